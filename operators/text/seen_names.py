"""Names as people see them: without marks, with one letter for those that look alike, without what people add (FA-91).

Names come as their words (`operators.text.names`). What comparisons need is derived from these each time, so that it
may change without a migration.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from operators.text.accents import normalise_accents
from operators.text.lookalikes import DIGITS, lookalikes
from operators.text.normalisation import is_unspaced, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALIKE_IN_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_ONE: Final = str.maketrans("l1|", "iii")
_IN_A_WORD: Final = str.maketrans({digit: letters[0] for digit, letters in DIGITS.items()} | {"1": "i"})
_REPEATED: Final = re.compile("([a-z\u0370-\u052f])\\1+")
_DIGITS: Final = re.compile("[0-9]+")
_ADDED_DIGITS: Final = 2
"""Digits of a number that may be added to a single word; a longer one, such as a year, tells people apart."""
_YEAR: Final = 4
"""The same of a name of several words, or of a script without spaces."""
LONG: Final = 5
"""In words of more letters a slip is likelier than another name: Ana and Anna are two, Maria and Maira."""
_TATWEEL: Final = "\u0640"
_VOWELLED: Final = ("ARABIC", "HEBREW")  # scripts whose marks many people leave out


def unmarked(words: str) -> str:
    """Return words without the marks that people leave out, and without what only stretches them."""
    plain = " ".join(map(normalise_accents, words.split()))
    if plain.isascii():
        return plain
    apart = unicodedata.normalize("NFD", plain.replace(_TATWEEL, ""))
    kept = (char for char in apart if not (unicodedata.combining(char) and _is_vowelled(char)))
    return unicodedata.normalize("NFC", "".join(kept))


def unmarked_words(words: str) -> Sequence[str]:
    """Return the words of a name without such marks, one at least: the name as it is, if it has nothing else."""
    return unmarked(words).split() or [words]


@lru_cache(4096)
def _is_vowelled(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_VOWELLED)


@lru_cache(65536)
def skeleton(word: str) -> str:
    """Return a word with one letter for all that look like it, and in a long one repeated letters once."""
    if not word.isdecimal():
        word = _DIGITS.sub(lambda run: run[0].translate(_IN_A_WORD) if len(run[0]) == 1 else run[0], word)
    letters = word.translate(lookalikes()).translate(_ONE)
    for pair, single in _ALIKE_IN_PAIRS:
        letters = letters.replace(pair, single)
    return _REPEATED.sub(r"\1", letters) if len(letters) > LONG else letters


@cache
def _listed(name: str) -> frozenset[str]:
    lines = files("operators.text").joinpath(name).read_text("utf-8").splitlines()
    return frozenset(unmarked(normalise(word)) for line in lines if not line.startswith("#") for word in line.split())


def without_additions(words: Sequence[str]) -> Sequence[str]:
    """Return the words without those that people add; all of them if nothing would be left."""
    added = _listed("added_words.txt")
    kept = [_without_suffix(word) for word in words if word not in added]
    return list(filter(None, kept)) or words


def _without_suffix(word: str) -> str:
    """Return a word of a script without spaces without an added word that it ends or begins with."""
    if not is_unspaced(word[-1]):
        return word
    for added in sorted(_listed("added_words.txt"), key=len, reverse=True):
        for rest in (word.removesuffix(added), word.removeprefix(added)):
            if 1 < len(rest) < len(word):
                return rest
    return word


def without_number(words: Sequence[str]) -> Sequence[str]:
    """Return the words without a short number at the end."""
    *first, last = words
    rest = last.rstrip("0123456789")
    kept = [*first, rest] if rest else first
    if not kept:
        return words
    most = _YEAR if len(kept) > 1 or is_unspaced(kept[0][0]) else _ADDED_DIGITS
    return kept if len(last) - len(rest) <= most else words


@lru_cache(65536)
def is_given(words: str) -> bool:
    """Return whether a name is one that platforms give to accounts without one: it says nothing about a person."""
    letters = _DIGITS.sub("", unmarked(words).replace(" ", ""))
    return letters in _listed("given_names.txt") or words.replace(" ", "").isdecimal()


@lru_cache(65536)
def name_skeleton(words: str) -> str:
    """Return what the bearers of a name are counted by; empty: the name says nothing about a person.

    It is equal for names that differ in marks, letters that look alike, order, added words or a short number.
    """
    if not words or is_given(words):
        return ""
    bare = without_number(without_additions(unmarked_words(words))) if normalise(words) else [words]
    return " ".join(sorted(map(skeleton, bare)))
