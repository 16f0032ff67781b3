"""Keys of state entries: several ids joined by a separator, or the empty key of a state that has one entry."""

from typing import Final

SEPARATOR: Final = "\x1f"
"""The separator, U+001F, which no id contains."""

SELF: Final = ""
"""The entry of a state that has only one, and the key itself among the erased."""


def join_ids(*parts: str) -> str:
    """Return the entry key of several ids."""
    return SEPARATOR.join(parts)


def split_ids(entry: str) -> list[str]:
    """Return the ids of an entry key."""
    return entry.split(SEPARATOR)
