"""Sites that fraudulent links imitate, and the domains that are really theirs (FA-75)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from operators.text.accents import normalise_accents
from operators.text.skeleton import representatives

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LIKE_TOGETHER: Final = (("rn", "m"), ("vv", "w"))
_EVERYDAY: Final = "~"
_NEVER_IMITATED: Final = "!"
_NATIONAL: Final = "*"
_NATIONAL_LETTERS: Final = 2


class Site(NamedTuple):
    """A site: its name, its domain, and whether the name is also an everyday word."""

    name: str
    domain: str
    everyday: bool


class Sites(NamedTuple):
    """All known sites, by what their names look like, and their domains."""

    by_look: Mapping[str, Site]
    domains: frozenset[str]
    national: frozenset[str]
    """Names that are the site's own under every national ending."""

    def is_own(self, labels: Sequence[str], registered: int) -> bool:
        """Return whether a host belongs to a known site. `registered` is where its registered domain begins."""
        if any(".".join(labels[start:]) in self.domains for start in range(registered + 1)):
            return True
        return labels[registered] in self.national and len(labels[-1]) == _NATIONAL_LETTERS


def look_of(label: str) -> str:
    """Return a label with one letter for all that look like it."""
    look = normalise_accents(label).translate(representatives())
    for pair, letter in _LIKE_TOGETHER:
        look = look.replace(pair, letter)
    return look


def _entries(file: str) -> Iterator[list[str]]:
    text = files("operators.detectors").joinpath(file).read_text(encoding="utf-8")
    return (words for line in text.splitlines() if (words := line.split()) and not line.startswith("#"))


@cache
def known_sites() -> Sites:
    """Return the sites of `known_domains.txt`."""
    by_look, domains, national = {}, set(), set()
    for name, *endings in _entries("known_domains.txt"):
        plain = name.strip(_EVERYDAY + _NEVER_IMITATED)
        own = [f"{plain}.{ending}" for ending in endings if ending != _NATIONAL]
        domains.update(own)
        if _NATIONAL in endings:
            own.append(f"{plain}.com")
            national.add(plain)
        if not name.startswith(_NEVER_IMITATED):
            by_look[look_of(plain)] = Site(plain, own[0], name.startswith(_EVERYDAY))
    return Sites(by_look, frozenset(domains), frozenset(national))


@cache
def link_words() -> frozenset[str]:
    """Return the words that fraudulent links put beside a site's name."""
    return frozenset(word for (word,) in _entries("link_words.txt"))
