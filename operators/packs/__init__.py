"""Which keyword packs ship with the product? Key: the pack's name. A pack is a text file, one phrase a line."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from operators.policy_screen import Keyword

PACKS = ("en", "zh")


def phrases(lines: str) -> tuple[str, ...]:
    """Return the phrases of a pack in their order; blank lines and lines that begin with `#` say nothing."""
    stripped = map(str.strip, lines.splitlines())
    return tuple(dict.fromkeys(line for line in stripped if line and not line.startswith("#")))


@cache
def load_pack(name: str) -> tuple[Keyword, ...]:
    """Return a pack's keywords; each is its own id. Raise `LookupError` for a pack that does not ship."""
    if name not in PACKS:
        message = f"no such pack: {name}"
        raise LookupError(message)
    written = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return tuple(Keyword(id=phrase, text=phrase) for phrase in phrases(written))
