"""A naive reference implementation of normalisation, straight from FA-11 and FA-12."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

_INVISIBLE = "\u034f\ufe0f\U000e0100\u115f\u1160\u3164"
_simplify = cache(OpenCC("t2s").convert)
Mapped = list[tuple[str, int, int]]


def is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M") or char in "\uff9e\uff9f"


def unspaced(char: str) -> bool:
    name = unicodedata.name(char, "")
    return any(script in name for script in ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL"))


def clusters(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for at, char in enumerate(text):
        if found and is_mark(char):
            found[-1] = (found[-1][0], found[-1][1] + char)
        else:
            found.append((at, char))
    return found


def nfkc(cluster: str) -> str:
    return unicodedata.normalize("NFKC", cluster)


@cache
def fold(cluster: str) -> str:
    return "".join(simple for char in nfkc(cluster).casefold() if not separator(simple := _simplify(char)))


def separator(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "ZPS" or category in ("Cc", "Cf") or char in _INVISIBLE


def map_view(text: str, show: object) -> Mapped:
    shown: Mapped = []
    for at, cluster in clusters(text):
        whole = show(cluster)  # type: ignore[operator]
        alone = [show(char) for char in cluster]  # type: ignore[operator]
        if "".join(alone) == whole:
            shown += [(char, at + i, at + i + 1) for i, part in enumerate(alone) for char in part]
        else:
            shown += [(char, at, at + len(cluster)) for char in whole]
    return shown


def adjoined(text: str, start: int, end: int) -> bool:
    before, after = start - 1, end
    while before >= 0 and is_mark(text[before]):
        before -= 1
    while after < len(text) and is_mark(text[after]):
        after += 1
    return (before >= 0 and text[before].isalnum()) or (after < len(text) and text[after].isalnum())


@cache
def accentless(cluster: str) -> str:
    shown = ""
    for char in fold(cluster):
        if is_mark(char) and ((drawn(char) and not is_mark(cluster[0])) or (shown and european(shown[-1]))):
            continue
        shown += base(char) if european(char) else char
    return shown


def drawn(mark: str) -> bool:
    """Return whether a mark belongs to no script, by Unicode's blocks of such marks."""
    return re.match("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]", mark) is not None


def european(char: str) -> bool:
    return char in "0123456789" or unicodedata.name(char, "").startswith(("LATIN", "GREEK", "CYRILLIC"))


def base(char: str) -> str:
    first = unicodedata.normalize("NFD", char)[0]
    try:
        return unicodedata.lookup(unicodedata.name(first).split(" WITH ")[0])
    except KeyError:
        return first


def fold_keyword(text: str) -> str:
    return "".join(char for char, _, _ in map_view(text, accentless))


def spelt(text: str) -> list[tuple[str, str]]:
    found = [(accentless(cluster), fold(cluster)) for _, cluster in clusters(text)]
    return [
        pair
        for short, long in found
        for pair in ([(short, long)] if len(short) == 1 else zip(short, short, strict=True))
    ]


def same_accents(keyword: str, text: str) -> bool:
    return all(b == a or short in (a, b) for (short, a), (_, b) in zip(spelt(keyword), spelt(text), strict=False))
