"""Keys of state entries: several ids joined by a separator, or the empty key of a state that has one entry."""

from typing import Final

JOINT: Final = "\x1f"
"""The separator, U+001F, which no id contains."""

SELF: Final = ""
"""The entry of a state that has only one, and the key itself among the erased."""


def joint(*parts: str) -> str:
    """Return the entry key of several ids."""
    return JOINT.join(parts)


def parts(entry: str) -> list[str]:
    """Return the ids of an entry key."""
    return entry.split(JOINT)
