"""Host names in texts, also those that are written so that no application makes a link of them (FA-10)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from publicsuffixlist import PSLFILE, PublicSuffixList

from operators.detectors.detector import UnusableRule
from operators.text.accents import normalise_accents
from operators.text.normalisation import is_unspaced, nfkc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.text.views import Views

SPELT_ENDINGS: Final = (
    "com", "net", "org", "info", "biz", "xyz", "top", "shop", "store", "online", "site", "website", "club", "vip",
    "live", "app", "link", "click", "icu", "co", "cc", "io", "me", "tv", "cn", "ru", "uk", "de", "fr", "es", "it",
    "br", "mx", "in", "id", "jp", "vn", "us", "eu",
)  # fmt: skip
"""The last parts of names before which the word *dot* is a dot. Not all: *do to* is no host."""
_MOST_DOTS: Final = 3  # of a host whose spellings are all listed
_ACE: Final = "xn--"
_LONGEST_LABEL: Final = 63
_IDEOGRAPHIC_STOP: Final = "\u3002"
"""A dot, where it is in a run of names."""


def _any_case(word: str) -> str:
    # Not by a flag: that lets other letters stand for `i`, `k` and `s`, which normalisation keeps apart.
    return "".join(f"[{char}{char.upper()}]" for char in word)


_LABEL = r"(?<![^\W_])(?<!-)(?:[^\W_]|-)++"
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
_DOTS = rf"\.+(?=[^\W_]|-)(?:[^\W_]|[.-])*|(?:{_SPELT_DOT}){_LETTERS}"
_DOTTED_RUN = re.compile(rf"{_LABEL}(?:{_DOTS})(?:(?:{_SPELT_DOT}){_LETTERS})*")
_PLAIN_RUN = re.compile(r"(?<![\w-])[\w-]++\.+(?=[\w-])[\w.-]*")
"""The same where a text has none of these signs, which is faster."""
_SIGNS_OF_OTHERS: Final = ("[.", "(.", "{.", "\u3002", "_")
# A dot in a name, or a sign that becomes a dot. What becomes several (an ellipsis) makes no name.
_MAY_HAVE_NAMES = re.compile(r"\.(?<=[\w\[({-]\.)[\w\])}-]|[\u2024\u2488-\u249b\u33c2\u33d8\ufe52\uff0e]")
_FULL_STOP = re.compile("[\u3002\uff61](?<=[0-9A-Za-z\uff10-\uff5a].)")
_HOST = re.compile(r"(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)*")


class Name(NamedTuple):
    """A host name, or what may be one: its place in an NFKC text, and the name in the form that is compared."""

    start: int
    end: int
    host: str


def runs_of_names(views: Views, *, dotted: bool = True) -> Iterator[Iterator[Sequence[Name]]]:
    """Yield for each run of letters, digits, hyphens and dots of the NFKC text what may be host names in it.

    First the whole run; then its parts between characters of scripts without spaces, where only these delimit a name.
    With `dotted` runs without a dot inside are left out.
    """
    for start, end in views.once(_dotted_runs) if dotted else _spans(_RUN, views):
        yield _readings(views.compatible.text, start, end)


def _spans(pattern: re.Pattern[str], views: Views) -> Sequence[tuple[int, int]]:
    return [found.span() for found in pattern.finditer(views.compatible.text)]


def _dotted_runs(views: Views) -> Sequence[tuple[int, int]]:
    if not _may_have_names(views):
        return ()
    plain = not _may_spell_a_dot(views) and not any(sign in views.compatible.text for sign in _SIGNS_OF_OTHERS)
    return _spans(_PLAIN_RUN if plain else _DOTTED_RUN, views)


def _may_have_names(views: Views) -> bool:
    text = views.text
    if _MAY_HAVE_NAMES.search(text) or _may_spell_a_dot(views):
        return True
    return not text.isascii() and _FULL_STOP.search(text) is not None


def _may_spell_a_dot(views: Views) -> bool:
    return "dot" in (views.text.lower() if views.text.isascii() else views.accentless.text)


def _readings(text: str, start: int, end: int) -> Iterator[Sequence[Name]]:
    yield [_name(text, start, end)]
    if text.isascii():
        return
    yield [_name(text, *part) for part in _between_unspaced(text, start, end)]


def _between_unspaced(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for at in range(start, end):
        if is_unspaced(text[at]) and text[at] != _IDEOGRAPHIC_STOP:
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


@lru_cache(4096)
def is_ending(label: str) -> bool:
    """Return whether names may end with a part, such as `com` or `uk`, in any form."""
    return bool(public_suffixes().is_public(encoded(compared(label))))


@cache
def ascii_endings() -> frozenset[str]:
    """Return all parts that names may end with, as they are sent."""
    rows = Path(PSLFILE).read_text("utf-8").splitlines()
    names = {row.split()[0].rsplit(".", 1)[-1] for row in rows if row.strip() and not row.startswith("//")}
    return frozenset(encoded(compared(name)) for name in names if is_ending(name))


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
