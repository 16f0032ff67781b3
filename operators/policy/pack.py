"""Keyword packs that ship: text files in `packs/`, one entry a line, by kind of fraud (docs/screening.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Lists = Mapping[str, tuple[str, ...]]

_LIST: Final = re.compile(r"@([a-z_]+)\s*=\s*(.+)")
_REFERENCE: Final = re.compile(r"@([a-z_]+)")
_KIND: Final = re.compile(r"\[([a-z-]+)\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a pack: its id, its kind of fraud, and what it means as the text of a keyword.

    The id is the line with only the first of each part's alternatives.
    """

    id: str
    kind: str
    text: str


def parse_pack(text: str) -> Iterator[Entry]:
    """Yield the entries of a pack: every line that is no comment (#), no kind ([name]) and no list (@name = ...).

    A list's name in an entry stands for each of its phrases. Raise `ValueError` for a list that was not given before,
    and for an entry before the first kind.
    """
    lists: dict[str, tuple[str, ...]] = {}
    kind = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if found := _KIND.fullmatch(line):
            kind = found[1]
        elif found := _LIST.fullmatch(line):
            lists[found[1]] = tuple(_alternatives(found[2], lists))
        elif not line.startswith("#"):
            if not kind:
                message = f"no kind above the entry {line}"
                raise ValueError(message)
            parts = line.split(" + ")
            text = " + ".join(" / ".join(_alternatives(part, lists)) for part in parts)
            yield Entry(" + ".join(map(_shortened, parts)), kind, text)


def _shortened(part: str) -> str:
    first, *others = part.split(" / ")
    return f"{first} / …" if others else first


def _alternatives(part: str, lists: Lists) -> Iterator[str]:
    return (phrase for written in part.split(" / ") for phrase in _expand(written.strip(), lists))


def _expand(written: str, lists: Lists) -> Iterator[str]:
    """Yield a phrase with each choice of the lists that it names."""
    pieces = _REFERENCE.split(written)  # every second one is a list's name
    if unknown := set(pieces[1::2]) - lists.keys():
        message = f"no such list: @{min(unknown)}"
        raise ValueError(message)
    choices = [lists[piece] if place % 2 else (piece,) for place, piece in enumerate(pieces)]
    return map("".join, product(*choices))


@cache
def read_pack(name: str) -> tuple[Entry, ...]:
    """Return the entries of a pack that ships."""
    return tuple(parse_pack(files("operators.policy").joinpath("packs", f"{name}.txt").read_text(encoding="utf-8")))
