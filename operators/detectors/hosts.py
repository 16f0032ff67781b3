"""Host names in texts, also those that are written so that no application makes a link of them (FA-10)."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from publicsuffixlist import PublicSuffixList

from operators.detectors.detector import UnusableRule
from operators.text.accents import normalise_accents
from operators.text.normalisation import is_unspaced, nfkc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SPELT_ENDINGS: Final = (
    "com", "net", "org", "info", "biz", "xyz", "top", "shop", "store", "online", "site", "website", "club", "vip",
    "live", "app", "link", "click", "icu", "co", "cc", "io", "me", "tv", "cn", "ru", "uk", "de", "fr", "es", "it",
    "br", "mx", "in", "id", "jp", "vn", "us", "eu",
)  # fmt: skip
"""The last parts of names before which the word *dot* is a dot. Not all: *do to* is no host."""
_MOST_DOTS: Final = 3  # of a host whose spellings are all listed
_ACE: Final = "xn--"
_LONGEST_LABEL: Final = 63


def _any_case(word: str) -> str:
    # Not by a flag: that lets other letters stand for `i`, `k` and `s`, which normalisation keeps apart.
    return "".join(f"[{char}{char.upper()}]" for char in word)


_LETTERS = r"(?:[^\W_]|[.-])+"
_ENDING = rf"(?=(?:{'|'.join(map(_any_case, SPELT_ENDINGS))})(?![0-9A-Za-z]))"
_WORD = _any_case("dot")
_SPELT_DOT = (
    rf"\s?[\[({{]\.[\])}}]\s?"
    rf"|(?:\s{{1,3}}{_WORD}\s{{1,3}}|\s?[\[({{]\s?{_WORD}\s?[\])}}]\s?){_ENDING}"
    r"|(?<=[0-9A-Za-z])[\u3002\uff61](?=[0-9A-Za-z])"
)
_DOT = re.compile(_SPELT_DOT)
_RUN = re.compile(rf"{_LETTERS}(?:(?:{_SPELT_DOT}){_LETTERS})*")
_HAS_DOT = re.compile(rf"[\w-]\.|{_SPELT_DOT}")
_HOST = re.compile(r"(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)*")


class Name(NamedTuple):
    """A host name, or what may be one: its place in an NFKC text, and the name in the form that is compared."""

    start: int
    end: int
    host: str


def has_dot(text: str) -> bool:
    """Return whether an NFKC text may have a host name of several parts."""
    return _HAS_DOT.search(text) is not None


def runs_of_names(text: str) -> Iterator[Iterator[Sequence[Name]]]:
    """Yield for each run of letters, digits, hyphens and dots of an NFKC text what may be host names in it.

    First the whole run; then its parts between characters of scripts without spaces, where only these delimit a name.
    """
    for run in _RUN.finditer(text):
        yield _readings(text, *run.span())


def _readings(text: str, start: int, end: int) -> Iterator[Sequence[Name]]:
    yield [_name(text, start, end)]
    yield [_name(text, *part) for part in _between_unspaced(text, start, end)]


def _between_unspaced(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for at in range(start, end):
        if is_unspaced(text[at]):
            yield begin, at
            begin = at + 1
    if begin > start:
        yield begin, end


def _name(text: str, start: int, end: int) -> Name:
    written = text[start:end]
    start, end = start + len(written) - len(written.lstrip(".")), end - len(written) + len(written.rstrip("."))
    return Name(start, end, compared(_DOT.sub(".", text[start:end])))


def compared(host: str) -> str:
    """Return a host name in the form that is compared: NFKC, case-folded, with the letters that punycode stands for."""
    folded = nfkc(host).casefold() if not host.isascii() else host.lower()
    return ".".join(map(_decode_label, folded.split("."))) if _ACE in folded else folded


def _decode_label(label: str) -> str:
    if not label.startswith(_ACE) or not label.isascii() or len(label) > _LONGEST_LABEL:
        return label
    try:
        shown = label.removeprefix(_ACE).encode().decode("punycode")
    except UnicodeError:
        return label
    return shown if encoded(shown) == label and nfkc(shown).casefold() == shown else label


def encoded(label: str) -> str:
    """Return a label as it is sent: in punycode, if it is not ASCII."""
    return label if label.isascii() else _ACE + label.encode("punycode").decode().lower()


@cache
def public_suffixes() -> PublicSuffixList:
    """The ICANN part of the public suffix list that ships with the library."""
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def normalise_host(host: str) -> str:
    """Return a configured host name in the form that is compared, without dots around it.

    Raise `UnusableRule` for anything that is not a host name, or is a public suffix such as `co.uk`.
    """
    name = compared(host.strip().strip("."))
    if not _HOST.fullmatch(name):
        raise UnusableRule("shopping_hosts", f"{host!r} is not a host name")
    if public_suffixes().publicsuffix(name) == name:
        raise UnusableRule(
            "shopping_hosts", f"{host!r} is a public suffix: every site below it would be a shop (FA-10)"
        )
    return name


def spellings(host: str) -> frozenset[str]:
    """Return normalised phrases, one of which every text with the host has, however its dots are written."""
    forms = {host, ".".join(map(encoded, host.split(".")))}
    return frozenset(phrase for form in forms for phrase in _dotted(form.split(".")))


def _dotted(labels: Sequence[str]) -> Iterator[str]:
    if len(labels) > _MOST_DOTS + 1:
        yield normalise_accents(max(labels, key=len))
        return
    for dots in product(("", "dot"), repeat=len(labels) - 1):
        yield normalise_accents("".join(label + dot for label, dot in zip(labels, (*dots, ""), strict=True)))
