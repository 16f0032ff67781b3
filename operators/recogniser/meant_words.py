"""Words of a text as they are meant: digits and signs that stand for letters, pairs that look like one, repeats."""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final

from operators.text.lookalikes import DIGITS
from operators.text.signs import sign_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from operators.recogniser.words import Words

    Kept = Iterable[tuple[int, str]]
    """What is kept of a word: the offset of each letter that is read, and the letter."""

_ADDRESS: Final = re.compile(r"://|\w\.\w|\w/\w")
_AMOUNT: Final = re.compile(r"\W*\d+[a-z]{1,2}\W*")
_IN_WORD: Final = re.compile(r"[a-z][0-9@$|€£¥¢+]|[a-z]!+[a-z]|[0-9@$€£¥¢][a-z]|^![a-z]")
_KINDS_OF: Final = {**dict.fromkeys("0123456789@$", "0"), **dict.fromkeys("|+", "+"), "!": "!"}
_KINDS: Final = "".join("a" if char in ascii_lowercase else _KINDS_OF.get(char, " ") for char in map(chr, range(128)))
_JOINTS: Final = ("a0", "0a", "a+", "!a")
"""By what kinds of characters, side by side, every word has signs in which they may stand for letters."""
_MANY_EQUAL: Final = re.compile(r"([a-z])\1(?:\1|([a-z])\2)")
_SPELLED: Final = 2
"""Words that are known with letters for their digits and signs; then these stand for letters in all words."""
_SHORT: Final = 3
"""Digits, signs and letters of the longest word that may be an amount as well."""
_PAIRS: Final = {"rn": "m", "vv": "w"}
"""Two letters that look like one."""
_OUTER: Final = '"()[]-!?.,:;'
_REPEATED: Final = re.compile(r"([a-z])\1\1")
_DOUBLED: Final = re.compile(r"\W*(?:([a-z])\1){2,}\W*")


def suspicious_words(own: str) -> Sequence[str]:
    """Return the words of ASCII that may be read in another way: with signs, pairs, or many equal letters."""
    if _MANY_EQUAL.search(own):
        return own.split()
    is_paired, kinds = not _is_unpaired(own), own.translate(_KINDS)
    is_signed = any(joint in kinds for joint in _JOINTS)
    if not is_paired and not is_signed:
        return ()
    words = own.split()
    paired = [word for word in words if not _is_unpaired(word)] if is_paired else []
    return [*paired, *(word for word in words if not word.isalpha())] if is_signed else paired


def _is_unpaired(letters: str) -> bool:
    """Return whether no two letters look like one."""
    return "rn" not in letters and "vv" not in letters


def is_meant_otherwise(word: str, words: Words) -> bool:
    """Return whether a word by itself is read otherwise than it is written."""
    spelled = _without_signs(word, words) if _has_signs(word) else None
    return _meant(spelled, word, words) is not None


def meant_words(listed: Sequence[str], words: Words) -> Sequence[Kept | None]:
    """Return how each word of a text is read; None: as it is written."""
    spelled = [_without_signs(word, words) if _has_signs(word) else None for word in listed]
    if len(spelled) - spelled.count(None) >= _SPELLED:
        spelled = [_spelled_anyway(word, found, words) for word, found in zip(listed, spelled, strict=True)]
    return [_meant(found, word, words) for word, found in zip(listed, spelled, strict=True)]


def _spelled_anyway(word: str, found: str | None, words: Words) -> str | None:
    """Return a word with letters for its digits and signs, in a text in which these stand for letters."""
    if len(word) <= _SHORT and not word.isalpha():
        return _without_signs(word, words)
    return word.translate(_tables()[0]) if found is None and _has_signs(word) else found


def _has_signs(word: str) -> bool:
    """Return whether digits or signs in a word may stand for letters."""
    return bool(_IN_WORD.search(word)) and not _ADDRESS.search(word) and not _AMOUNT.fullmatch(word)


def _meant(spelled: str | None, word: str, words: Words) -> Kept | None:
    """Return how a word is read if it is not as it is written."""
    if spelled is not None:
        return enumerate(spelled)
    if _DOUBLED.fullmatch(word):
        first = next(place for place, letter in enumerate(word) if letter.isalpha())
        return [pair for pair in enumerate(word) if not pair[1].isalpha() or (pair[0] - first) % 2 == 0]
    if _ADDRESS.search(word):
        return None
    return _without_repeats(word, words) if _REPEATED.search(word) else _without_pairs(word, words)


def _without_signs(word: str, words: Words) -> str | None:
    """Return a word with the letters that its digits and signs stand for, if that is a word."""
    core = word.rstrip("!?.,:;")
    spellings = [found for found in (core.translate(table) for table in _tables()) if found.strip(_OUTER) in words]
    return words.best(*spellings) + word[len(core) :] if spellings else None


@cache
def _tables() -> tuple[dict[int, str], ...]:
    """Return maps of digits and signs to letters: those to the first of two letters, and those to the second."""
    letters = {ord(digit): stands_for for digit, stands_for in DIGITS.items()}
    return tuple(sign_letters() | {code: found[which] for code, found in letters.items()} for which in (0, -1))


def _without_pairs(word: str, words: Words) -> Kept | None:
    """Return an unknown word with one letter for two that look like it, if that is known."""
    for pair, letter in _PAIRS.items():
        if pair in word and word.replace(pair, letter).strip(_OUTER) in words and word.strip(_OUTER) not in words:
            seconds = {found.start() + 1 for found in re.finditer(pair, word)}
            letters = ((place, letter if place + 1 in seconds else char) for place, char in enumerate(word))
            return [found for found in letters if found[0] not in seconds]
    return None


def _without_repeats(word: str, words: Words) -> Kept:
    """Return the letters of a word, where there are three or more of one only as many as a known word has."""
    runs = [(letter, len([*same])) for letter, same in groupby(word)]
    spellings = ["".join(_run(letter, size, most) for letter, size in runs) for most in (1, 2)]
    most = spellings.index(words.best(*spellings)) + 1
    return list(_kept(runs, most))


def _kept(runs: Sequence[tuple[str, int]], most: int) -> Iterator[tuple[int, str]]:
    at = 0
    for letter, size in runs:
        yield from enumerate(_run(letter, size, most), start=at)
        at += size


def _run(letter: str, size: int, most: int) -> str:
    return letter * (min(size, most) if letter.isalpha() and size > 2 else size)  # noqa: PLR2004 - more than any word has
