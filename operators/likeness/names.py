"""Names as people see them (FA-91): whether two are the same name, or one is made from the other.

Names come as their words (`operators.text.names`). What comparisons need is derived from these each time, so that it
may change without a migration.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from rapidfuzz.distance import OSA, Levenshtein

from operators.likeness.romanisation import consonants, is_consonantal, romanise
from operators.text.accents import normalise_accents
from operators.text.lookalikes import DIGITS, lookalikes
from operators.text.normalisation import is_unspaced, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ALIKE_IN_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_ONE: Final = str.maketrans("l1|", "iii")
_IN_A_WORD: Final = str.maketrans({digit: letters[0] for digit, letters in DIGITS.items()} | {"1": "i"})
_REPEATED: Final = re.compile("([a-z\u0370-\u052f])\\1+")
_DIGITS: Final = re.compile("[0-9]+")
_RUNS: Final = re.compile("[0-9]+|[^0-9 ]+")
_ADDED_DIGITS: Final = 2
"""Digits of a number that may be added to a single word; a longer one, such as a year, tells people apart."""
_YEAR: Final = 4
"""The same of a name of several words, or of a script without spaces."""
_LONG: Final = 5
"""Letters of a word in which a slip is likelier than another name: Ana and Anna are two."""
_ENDINGS: Final = frozenset("aeoаяα")
_OTHER_ENDING: Final = Fraction(4, 5)
"""Most that words have in common of which one has a vowel more at its end: Robert and Roberta, Иванов and Иванова."""
_TATWEEL: Final = "\u0640"
_VOWELLED: Final = ("ARABIC", "HEBREW")  # scripts whose marks many people leave out


class NameLikeness(StrEnum):
    """How alike two names are."""

    SAME = "same"  # as people see them
    DERIVED = "derived"  # one is made from the other


class _Name(Struct, frozen=True):
    """The forms of a name that comparisons need."""

    whole: frozenset[str]  # skeletons of all of its words
    bare: frozenset[str]  # without what people add to names, and in other orders
    words: tuple[str, ...]  # skeletons of the words, without what was added
    written: tuple[str, ...]  # the words themselves, without what was added


@lru_cache(65536)
def _name(words: str) -> _Name:
    written = _unmarked(words).split()
    bare = _without_additions(written)
    skeletons = tuple(map(_skeleton, bare))
    return _Name(
        whole=frozenset(_orders(list(map(_skeleton, written)))),
        bare=frozenset((*_orders(skeletons), *_orders(list(map(_skeleton, _without_number(bare)))), *_turned(bare))),
        words=skeletons,
        written=tuple(bare),
    )


def _orders(skeletons: Sequence[str]) -> Iterator[str]:
    """Yield the keys under which a name is the same: run together as it stands, and its words in order."""
    yield "".join(skeletons)
    yield " ".join(sorted(skeletons))


def _turned(words: Sequence[str]) -> Iterator[str]:
    """Yield a name of a script without spaces with its first character last."""
    if len(words) == 1 and is_unspaced(words[0][0]):
        yield words[0][1:] + words[0][0]


def _unmarked(words: str) -> str:
    """Return words without the marks that people leave out, and without what only stretches them."""
    plain = " ".join(map(normalise_accents, words.split()))
    if plain.isascii():
        return plain
    apart = unicodedata.normalize("NFD", plain.replace(_TATWEEL, ""))
    kept = (char for char in apart if not (unicodedata.combining(char) and _is_vowelled(char)))
    return unicodedata.normalize("NFC", "".join(kept))


@lru_cache(4096)
def _is_vowelled(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_VOWELLED)


@lru_cache(65536)
def _skeleton(word: str) -> str:
    """Return a word with one letter for all that look like it, and in a long one repeated letters once."""
    if not word.isdecimal():
        word = _DIGITS.sub(lambda run: run[0].translate(_IN_A_WORD) if len(run[0]) == 1 else run[0], word)
    letters = word.translate(lookalikes()).translate(_ONE)
    for pair, single in _ALIKE_IN_PAIRS:
        letters = letters.replace(pair, single)
    return _REPEATED.sub(r"\1", letters) if len(letters) > _LONG else letters


@cache
def _listed(name: str) -> frozenset[str]:
    lines = files("operators.likeness").joinpath(name).read_text("utf-8").splitlines()
    return frozenset(_unmarked(normalise(word)) for line in lines if not line.startswith("#") for word in line.split())


def _without_additions(words: Sequence[str]) -> Sequence[str]:
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


def _without_number(words: Sequence[str]) -> Sequence[str]:
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
    letters = _DIGITS.sub("", _unmarked(words).replace(" ", ""))
    return letters in _listed("given_names.txt") or words.replace(" ", "").isdecimal()


def name_likeness(one: str, other: str) -> NameLikeness | None:
    """Return how alike two names are, by their words; None: they are different names."""
    if one == other:
        return NameLikeness.SAME
    if not (normalise(one) and normalise(other)):
        return None
    mine, theirs = _name(one), _name(other)
    if not mine.whole.isdisjoint(theirs.whole | theirs.bare) or not theirs.whole.isdisjoint(mine.bare):
        return NameLikeness.SAME
    derived = (
        _is_part(mine.words, theirs.words)
        or _is_part(theirs.words, mine.words)
        or _is_initialled(mine.words, theirs.words)
        or _are_swapped(mine.words, theirs.words)
        or _sound_alike(mine.written, theirs.written)
    )
    return NameLikeness.DERIVED if derived else None


def _is_part(some: Sequence[str], all_: Sequence[str]) -> bool:
    """Return whether two words or more are all among those of a longer name."""
    return 1 < len(some) < len(all_) and set(some) <= set(all_)


def _is_initialled(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether the names differ only in words that one of them has as an initial; one word is written out."""
    pairs = list(zip(one, other, strict=False))
    if len(one) != len(other) or not any(mine == theirs and len(mine) > 1 for mine, theirs in pairs):
        return False
    return all(mine == theirs or (1 in (len(mine), len(theirs)) and mine[0] == theirs[0]) for mine, theirs in pairs)


def _are_swapped(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether the names differ in two neighbouring letters of one word, in the wrong order."""
    if len(one) != len(other):
        return False
    unlike = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    if len(unlike) != 1:
        return False
    mine, theirs = unlike[0]
    return (
        len(mine) == len(theirs) >= _LONG
        and mine[0] == theirs[0]
        and OSA.distance(mine, theirs) == 1 < (Levenshtein.distance(mine, theirs))
    )


def _sound_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether the names are in two scripts, and alike as they are romanised."""
    if "".join(one).isascii() == "".join(other).isascii():
        return False
    mine, theirs = _sounds(one), _sounds(other)
    if any(map(is_consonantal, (*one, *other))):
        return not set(map(consonants, mine)).isdisjoint(map(consonants, theirs))
    return not set(mine).isdisjoint(theirs)


def _sounds(words: Sequence[str]) -> Sequence[str]:
    """Return the romanised words, run together in their order and with the last one first."""
    return [latin for order in (words, (words[-1], *words[:-1])) if (latin := romanise("".join(order)))]


def letters_alike(one: str, other: str) -> Fraction:
    """Return 1 - edit distance / longer length: of names of several words, that of the two words least alike."""
    mine, theirs = _RUNS.findall(one), _RUNS.findall(other)
    if len(mine) != len(theirs):
        return text_similarity(one.replace(" ", ""), other.replace(" ", ""))
    return min(_word_similarity(*pair) for pair in zip(mine, theirs, strict=True))


def _word_similarity(one: str, other: str) -> Fraction:
    similarity = text_similarity(one, other)
    shorter, longer = sorted((one, other), key=len)
    return min(similarity, _OTHER_ENDING) if longer[:-1] == shorter and longer[-1] in _ENDINGS else similarity


def text_similarity(one: str, other: str) -> Fraction:
    """Return 1 - edit distance / longer length of two texts that are not empty."""
    longer = max(len(one), len(other))
    return Fraction(longer - Levenshtein.distance(one, other), longer)
