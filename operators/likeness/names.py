"""Names as people see them (FA-91): whether two are the same name, or one is made from the other.

Names come as their words (`operators.text.names`). What comparisons need is derived from these each time, so that it
may change without a migration.
"""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from rapidfuzz.distance import OSA, Levenshtein

from operators.likeness.romanisation import consonants, is_consonantal, romanise
from operators.text.normalisation import is_unspaced, normalise
from operators.text.seen_names import LONG, skeleton, unmarked_words, without_additions, without_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RUNS: Final = re.compile("[0-9]+|[^0-9 ]+")
_ENDINGS: Final = frozenset("aeoаяα")
_OTHER_ENDING: Final = Fraction(4, 5)
"""Most that words have in common of which one has a vowel more at its end: Robert and Roberta, Иванов and Иванова."""


class NameLikeness(StrEnum):
    """How alike two names are."""

    SAME = "same"  # as people see them
    COMMON = "common"  # the same, and the friend's is one that many bear
    DERIVED = "derived"  # one is made from the other


class _Name(Struct, frozen=True):
    """The forms of a name that comparisons need."""

    whole: frozenset[str]  # skeletons of all of its words
    bare: frozenset[str]  # without what people add to names, and in other orders
    words: tuple[str, ...]  # skeletons of the words, without what was added
    written: tuple[str, ...]  # the words themselves, without what was added


@lru_cache(65536)
def _name(words: str) -> _Name:
    written = unmarked_words(words)
    bare = without_additions(written)
    skeletons = tuple(map(skeleton, bare))
    return _Name(
        whole=frozenset(_orders(list(map(skeleton, written)))),
        bare=frozenset((*_orders(skeletons), *_orders(list(map(skeleton, without_number(bare)))), *_turned(bare))),
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
        len(mine) == len(theirs) > LONG
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
