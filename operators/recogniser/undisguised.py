"""A second reading of texts: as people read them who see through what disguises letters and spaces (FA-96)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from itertools import groupby
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, NamedTuple

from operators.text.accents import fold_accents
from operators.text.lookalikes import DIGITS, lookalikes
from operators.text.normalisation import affected_code_points
from operators.text.signs import pictured, sign_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from operators.recogniser.words import Words

    Kept = Iterable[tuple[int, str]]
    """What is kept of a word: the offset of each letter that is read, and the letter."""

_LONGEST: Final = 2_048
"""Code points of the longest text that is read twice."""
_OTHERS: Final = 4
"""Of so many letters at most one looks like no Latin one,"""
_OWN: Final = 4
"""and at least one is Latin, or the text is in the other script."""
_LONG: Final = 6
_WORD: Final = re.compile(r"\S+")
_LETTERS: Final = re.compile("[a-z]+")
_ONLY_LETTERS: Final = "".join(chr(code) if chr(code) in ascii_lowercase else " " for code in range(128))
_ADDRESS: Final = re.compile(r"://|\w\.\w|\w/\w")
_AMOUNT: Final = re.compile(r"\W*\d+[a-z]{1,2}\W*")
_IN_WORD: Final = re.compile(r"[a-z][0-9@$|€£¥¢+]|[a-z]!+[a-z]|[0-9@$€£¥¢][a-z]|^![a-z]")
_NO_LETTER: Final = re.compile(r"[^\w\s]|_")
_SIGN: Final = re.compile("[0-9@$|+!]")
_SUSPICIOUS: Final = re.compile("[0-9@$|+!]|rn|vv")
_TWICE: Final = [letter * 2 for letter in ascii_lowercase]
_RUN: Final = re.compile(r"\S+|\s+")
_SPELLED: Final = 2
"""Words that are known with letters for their digits and signs; then these stand for letters in all words."""
_SHORT: Final = 3
"""Digits, signs and letters of the longest word that may be an amount as well."""
_PAIRS: Final = {"rn": "m", "vv": "w"}
"""Two letters that look like one."""
_OUTER: Final = '"()[]-!?.,:;'
_APOSTROPHES: Final = "'\u2019\u02bc`"
_REPEATED: Final = re.compile(r"([a-z])\1\1")
_DOUBLED: Final = re.compile(r"\W*(?:([a-z])\1){2,}\W*")
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
    if _is_dotted(own) or _is_unknown(own.translate(_ONLY_LETTERS).split(), words):
        return False
    return not any(_is_meant_otherwise(word, words) for word in _suspicious(own))


@cache
def _latin_looks() -> frozenset[str]:
    """Return all characters that look like a letter of ASCII."""
    chars = {*ascii_lowercase, *_latin(), *map(chr, affected_code_points())}
    return frozenset(char for char in chars if _LETTERS.match(_seen_letter(char)))


def _is_dotted(own: str) -> bool:
    """Return whether signs may stand between letters."""
    return len(_NO_LETTER.findall(own)) * _DOTS_OF >= len(own)


def _suspicious(own: str) -> Iterable[str]:
    """Return the words of ASCII that may be read in another way: with signs, pairs, or many equal letters."""
    doubled = [letters for letters in _TWICE if letters in own]
    if any(one + other in own for one in doubled for other in (one[0], *doubled)):
        return own.split()
    if _is_unpaired(own) and not _SIGN.search(own):
        return ()
    return [word for word in own.split() if not (word.isalpha() and _is_unpaired(word)) and _SUSPICIOUS.search(word)]


def _is_unpaired(letters: str) -> bool:
    """Return whether no two letters look like one."""
    return "rn" not in letters and "vv" not in letters


def _is_meant_otherwise(word: str, words: Words) -> bool:
    spelled = _without_signs(word, words) if _has_signs(word) else None
    return _meant(spelled, word, words) is not None


def folded(text: str) -> str:
    """Return a text with its letters folded, and without marks."""
    return "".join(map(_own_letter, text))


def _by_letters(letters: Iterable[str]) -> Plain:
    """Return a reading of a text by what each of its characters is read as."""
    listed = list(letters)
    return Plain("".join(listed), [place for place, read in enumerate(listed) if read])


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
    listed = [(found.start(), found[0]) for found in _WORD.finditer(read.text)]
    spelled = {start: _without_signs(word, words) for start, word in listed if _has_signs(word)}
    if sum(word is not None for word in spelled.values()) >= _SPELLED:
        spelled |= {start: word.translate(_tables()[0]) for start, word in listed if spelled.get(start, "") is None}
        spelled |= {start: _without_signs(word, words) for start, word in listed if _is_short(word)}
    meant = {start: _meant(spelled.get(start), word, words) for start, word in listed}
    if all(letters is None for letters in meant.values()):
        return read
    kept: list[tuple[int, str]] = []
    for found in _RUN.finditer(read.text):
        start = found.start()
        kept += ((start + place, letter) for place, letter in meant.get(start) or enumerate(found[0]))
    return _picked(read, kept)


def _has_signs(word: str) -> bool:
    """Return whether digits or signs in a word may stand for letters."""
    return bool(_IN_WORD.search(word)) and not _ADDRESS.search(word) and not _AMOUNT.fullmatch(word)


def _is_short(word: str) -> bool:
    return len(word) <= _SHORT and not word.isalpha()


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
