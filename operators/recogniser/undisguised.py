"""A second reading of texts: as people read them who see through what disguises letters and spaces (FA-96)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, NamedTuple

from operators.recogniser.meant_words import is_meant_otherwise, meant_words, suspicious_words
from operators.recogniser.symbols import apostrophes
from operators.text.accents import fold_accents
from operators.text.lookalikes import lookalikes
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


_LATIN, _FOREIGN, _SIGN, _OTHER, _UNSURE = "afs ?"
"""What a character is: a letter that looks like one of ASCII, another letter, a sign, neither, or several of these."""


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
    if text.isascii():
        return _are_words_as_written(text.replace("'", "").replace("`", "").lower(), words)
    kinds = "".join(map(_kind, text))
    if _UNSURE in kinds:
        return False
    if kinds.count(_FOREIGN) > kinds.count(_LATIN) // _OTHERS or _LATIN not in kinds:
        return kinds.count(_SIGN) * _DOTS_OF < len(kinds)
    own = [*map(_own_letter, text)]
    joined = "".join(own)
    return joined.isascii() and own == [*map(_seen_letter, text)] and _are_words_as_written(joined, words)


def _are_words_as_written(own: str, words: Words) -> bool:
    signs = own.encode().translate(None, delete=_WORD_CHARS)
    if len(signs) * _DOTS_OF >= len(own) or _is_unknown(own.translate(_ONLY_LETTERS).split(), words):
        return False
    return _are_all_meant(own, words)


def _are_all_meant(own: str, words: Words) -> bool:
    """Return whether each word of a text of ASCII, read by itself, is as it is written."""
    return not any(is_meant_otherwise(word, words) for word in suspicious_words(own))


@lru_cache(4096)
def _kind(char: str) -> str:
    """Return what a character is in every reading; nothing, if it is none in its own."""
    own, seen = _own_letter(char), _seen_letter(char)
    is_latin = bool(_LETTERS.search(own + seen))
    if is_latin and (not own or len(seen) > 1):
        return _UNSURE
    if is_latin:
        return _LATIN
    if own and _NO_LETTER.match(own):
        return _SIGN
    return own and (_FOREIGN if own.isalpha() and seen.isalpha() else _OTHER)


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
    if unicodedata.category(char) in {"Mn", "Me", "Cf"} or char in apostrophes():
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
    signs = _NO_LETTER.findall(read.text)
    if not signs or len(read.text) < _FEWEST or len(signs) * _DOTS_OF < len(read.text):
        return read
    ((dot, times),) = Counter(signs).most_common(1)
    if times * _DOTS_OF < len(read.text):
        return read
    kept = [place for place, char in enumerate(read.text) if char != dot]
    return _picked(read, ((place, read.text[place]) for place in kept))


def _picked(read: Plain, kept: Kept) -> Plain:
    places, letters = zip(*kept, strict=True)
    return Plain("".join(letters), [read.places[place] for place in places])


def _by_words(read: Plain, words: Words) -> Plain:
    """Return a reading with each word as it is meant."""
    if read.text.isascii() and _are_all_meant(read.text, words):
        return read
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
    unknown = at = 0
    for run in _LETTERS.finditer("".join(char for _, char in joined)):
        kept += joined[at : run.start()]
        at = run.start()
        for word in words.split(run[0]):
            kept += [(joined[at][0], " "), *joined[at : at + len(word)]]
            unknown += 0 if len(word) >= _WORD_LETTERS and word in words else len(word)
            at += len(word)
        if unknown * _BETTER > total:
            return read
        kept.append((joined[at - 1][0], " "))
    return _picked(read, [*kept, *joined[at:]])
