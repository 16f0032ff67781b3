"""A second reading of texts: as people read them who see through what disguises letters and spaces (FA-96)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, NamedTuple

from operators.recogniser.meant_words import is_meant_otherwise, meant_words, suspicious_words
from operators.text.accents import fold_accents
from operators.text.lookalikes import lookalikes
from operators.text.normalisation import affected_code_points
from operators.text.signs import pictured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from operators.recogniser.meant_words import Kept
    from operators.recogniser.words import Words

_LONGEST: Final = 2_048
"""Code points of the longest text that is read twice."""
_OTHERS: Final = 4
"""Of so many letters at most one looks like no Latin one,"""
_OWN: Final = 4
"""and at least one is Latin, or the text is in the other script."""
_LONG: Final = 6
_LETTERS: Final = re.compile("[a-z]+")
_ONLY_LETTERS: Final = "".join(chr(code) if chr(code) in ascii_lowercase else " " for code in range(128))
_NO_LETTER: Final = re.compile(r"[^\w\s]|_")
_WORD_CHARS: Final = bytes(code for code in range(128) if chr(code).isalnum() or chr(code).isspace())
_RUN: Final = re.compile(r"\S+|\s+")
_APOSTROPHES: Final = "'\u2019\u02bc`"
_DOTS_OF: Final = 3
"""A sign that is one of so many characters or more stands between letters."""
_FEWEST: Final = 8
"""Letters without which there is nothing to find where words are run together or broken."""
_HALF: Final = 2
"""A text of which known words make less than half has its spaces in the wrong places,"""
_BETTER: Final = 4
"""if all but a quarter of it are then words,"""
_WORD_LETTERS: Final = 3
"""of as many letters at least."""


class Plain(NamedTuple):
    """A text as it is read, and which code point of the original each of its own stands for."""

    text: str
    places: Sequence[int]


def undisguised(text: str, words: Words) -> Plain | None:
    """Return another reading of a text, if there is one."""
    if len(text) > _LONGEST or _is_as_written(text, words):
        return None
    own = _by_letters(map(_own_letter, text))
    read = own if text.isascii() else _by_letters(_seen_letters(text))
    is_latin = _is_latin(text, read.text)
    read = _respaced(_by_words(_undotted(read), words), words) if is_latin else _undotted(own)
    return None if read.text == own.text else read


def _is_as_written(text: str, words: Words) -> bool:
    """Return whether a text has certainly no other reading, as most have none: what follows takes its time."""
    if not text.isascii():
        return _latin_looks().isdisjoint(text) and not _is_dotted(folded(text))
    own = text.replace("'", "").replace("`", "").lower()
    signs = own.encode().translate(None, delete=_WORD_CHARS)
    if len(signs) * _DOTS_OF >= len(own) or _is_unknown(own.translate(_ONLY_LETTERS).split(), words):
        return False
    return not any(is_meant_otherwise(word, words) for word in suspicious_words(own))


@cache
def _latin_looks() -> frozenset[str]:
    """Return all characters that look like a letter of ASCII."""
    chars = {*ascii_lowercase, *_latin(), *map(chr, affected_code_points())}
    return frozenset(char for char in chars if _LETTERS.match(_seen_letter(char)))


def _is_dotted(own: str) -> bool:
    """Return whether signs may stand between letters."""
    return len(_NO_LETTER.findall(own)) * _DOTS_OF >= len(own)


def folded(text: str) -> str:
    """Return a text with its letters folded, and without marks."""
    return "".join(map(_own_letter, text))


def _by_letters(letters: Iterable[str]) -> Plain:
    """Return a reading of a text by what each of its characters is read as."""
    listed = list(letters)
    return Plain("".join(listed), [place for place, read in enumerate(listed) for _ in read])


def _seen_letters(text: str) -> Iterator[str]:
    """Yield for each character the letter that it looks like, but none for a long word without any of its own."""
    for run in _RUN.finditer(text):
        is_foreign = len(run[0]) > _LONG and not any(map(_is_own, run[0]))
        yield from map(_own_letter if is_foreign else _seen_letter, run[0])


@lru_cache(4096)
def _own_letter(char: str) -> str:
    """Return a character folded, without its marks; nothing for a mark, an apostrophe, or what is invisible."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf"} or char in _APOSTROPHES:
        return ""
    folded = fold_accents(char)
    return folded if len(folded) == 1 else char


@lru_cache(4096)
def _seen_letter(char: str) -> str:
    """Return the letter of ASCII that a character looks like, or its own."""
    own = unicodedata.normalize("NFKC", char) if unicodedata.category(char)[0] == "P" else _own_letter(char)
    return _latin().get(char) or _latin().get(own) or own


@cache
def _latin() -> dict[str, str]:
    return {chr(code): letter for code, letter in (lookalikes() | pictured()).items() if letter.isascii()}


def _is_latin(text: str, seen: str) -> bool:
    """Return whether a text has Latin letters enough, and hardly any that do not look like them."""
    latin = sum(map(len, _LETTERS.findall(seen)))
    if text.isascii():
        return latin > 0
    return sum(map(str.isalpha, seen)) - latin <= latin // _OTHERS and sum(map(_is_own, text)) * _OWN >= latin > 0


@lru_cache(4096)
def _is_own(char: str) -> bool:
    """Return whether a character is a letter of the Latin script, or an emoji of one."""
    return ord(char) in pictured() or unicodedata.name(fold_accents(char)[:1] or char, "").startswith("LATIN")


def _undotted(read: Plain) -> Plain:
    """Return a reading without the sign that stands between its letters."""
    signs = Counter(char for char in read.text if not char.isalnum() and not char.isspace()).most_common(1)
    if len(read.text) < _FEWEST or not signs or signs[0][1] * _DOTS_OF < len(read.text):
        return read
    kept = [place for place, char in enumerate(read.text) if char != signs[0][0]]
    return _picked(read, ((place, read.text[place]) for place in kept))


def _picked(read: Plain, kept: Kept) -> Plain:
    places, letters = zip(*kept, strict=True)
    return Plain("".join(letters), [read.places[place] for place in places])


def _by_words(read: Plain, words: Words) -> Plain:
    """Return a reading with each word as it is meant."""
    meant = meant_words(read.text.split(), words)
    if all(letters is None for letters in meant):
        return read
    kept: list[tuple[int, str]] = []
    of_words = iter(meant)
    for run in _RUN.finditer(read.text):
        letters = None if run[0].isspace() else next(of_words)
        kept += ((run.start() + place, letter) for place, letter in letters or enumerate(run[0]))
    return _picked(read, kept)


def _is_unknown(stand: Sequence[str], words: Words) -> bool:
    """Return whether most letters are not in known words as they stand."""
    total = sum(map(len, stand))
    return total >= _FEWEST and words.letters_of_known(stand) * _HALF < total


def _respaced(read: Plain, words: Words) -> Plain:
    """Return a reading with spaces between words that are known, where most are not as they stand."""
    stand = _LETTERS.findall(read.text)
    if not _is_unknown(stand, words):
        return read
    total = sum(map(len, stand))
    joined = [(place, char) for place, char in enumerate(read.text) if not char.isspace()]
    kept: list[tuple[int, str]] = []
    known = at = 0
    for run in _LETTERS.finditer("".join(char for _, char in joined)):
        kept += joined[at : run.start()]
        at = run.start()
        for word in words.split(run[0]):
            kept += [(joined[at][0], " "), *joined[at : at + len(word)]]
            known += len(word) if len(word) >= _WORD_LETTERS and word in words else 0
            at += len(word)
        kept.append((joined[at - 1][0], " "))
    better = known * _BETTER >= total * (_BETTER - 1)
    return _picked(read, [*kept, *joined[at:]]) if better else read
