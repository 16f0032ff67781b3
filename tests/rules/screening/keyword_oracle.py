"""A naive reference implementation of the search of keywords: tries every substring, straight from the rules."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from snowballstemmer.arabic_stemmer import ArabicStemmer
from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.indonesian_stemmer import IndonesianStemmer
from snowballstemmer.russian_stemmer import RussianStemmer
from snowballstemmer.spanish_stemmer import SpanishStemmer

from operators.screening.phrase import Phrase
from schemas.records import Span
from tests.rules.screening.disguise_oracle import SIGNS, Reading, emoji, in_long_word, read, stands
from tests.rules.screening.text_oracle import (
    accentless,
    adjoined,
    clusters,
    fold,
    fold_keyword,
    is_mark,
    map_view,
    same_accents,
    spelt,
    unspaced,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy.keywords import Keyword, ScreenRules

_STEMMERS = {
    "ar": ArabicStemmer,
    "en": EnglishStemmer,
    "es": SpanishStemmer,
    "id": IndonesianStemmer,
    "ru": RussianStemmer,
}
SHORTEST_RUN = 7  # letters that all forms of a phrase share, if more than its last word has forms
Written = tuple[str, list[int], list[int]]
"""A version of a text, and where each of its characters begins and ends in the original."""


def keywords(text: str, rules: ScreenRules) -> Iterator[Span]:
    plain = list(spans_of([(text, [*range(len(text))], [*range(1, len(text) + 1)])], rules))
    yield from plain or spans_of([*written(text, rules)], rules)


def spans_of(texts: list[Written], rules: ScreenRules) -> Iterator[Span]:
    """Yield the hits of keywords in some versions of a text, each with where its characters begin and end."""
    for keyword in rules.keywords:
        parts = [
            sorted({
                (starts[start], ends[end - 1])
                for phrase in alternatives.split(" / ")
                for version, starts, ends in texts
                for start, end in places(version, keyword, phrase)
            })
            for alternatives in keyword.text.split(" + ")
        ]  # fmt: skip
        for start, end in parts[0] if len(parts) == 1 else apart(parts):
            yield Span(detector="keyword", keyword=keyword.id, start=start, end=end)


def apart(parts: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    chosen: list[tuple[int, int]] = []
    for found in parts:
        free = [place for place in found if not any(set(range(*place)) & set(range(*other)) for other in chosen)]
        if not free:
            return []
        chosen.append(free[0])
    return chosen


def written(text: str, rules: ScreenRules) -> Iterator[Written]:
    """Yield a text as it is, and with what is disguised in it written plainly."""
    yield text, [*range(len(text))], [*range(1, len(text) + 1)]
    signs = any(emoji(c) or (c in SIGNS and stands(text, at, is_letter)) for at, c in enumerate(text))
    for with_signs in (False, True)[: 1 + signs]:
        shown = map_view("".join(read(char, signs=with_signs) for char in text), accentless)
        reading = Reading(text, shown, accentless, signs=with_signs)
        plain = reading.plain((each, any(map(unspaced, each))) for each in searched(rules))
        if plain:
            yield "".join(char for char, _, _ in plain), [at for _, at, _ in plain], [end for _, _, end in plain]


def searched(rules: ScreenRules) -> Iterator[str]:
    """Yield what is searched for in disguise: phrases, and the parts that all forms of a phrase share."""
    for keyword in rules.keywords:
        for phrase in re.split(r" [+/] ", keyword.text):
            yield fold_keyword(phrase)
            yield Phrase(phrase, keyword.language, anywhere=keyword.anywhere).anchor


def is_letter(char: str) -> bool:
    return char.isalpha() and accentless(char) != ""


def places(text: str, keyword: Keyword, phrase: str) -> Iterator[tuple[int, int]]:
    shown = map_view(text, accentless)
    plain = "".join(char for char, _, _ in shown)
    word = fold_keyword(phrase)
    free = any(map(unspaced, word)) if keyword.anywhere is None else keyword.anywhere
    language = keyword.language or by_script(phrase)
    forms = [*other_forms(text, phrase, language)] if not free and language in _STEMMERS else []
    exact = [
        (shown[i][1], shown[i + len(word) - 1][2])
        for i in range(len(plain))
        if plain[i : i + len(word)] == word
        and same_accents(phrase, text[shown[i][1] : shown[i + len(word) - 1][2]])
    ]  # fmt: skip
    alone = [place for place in exact if free or not adjoined(text, *place)]
    yield from alone
    yield from (form for form in forms if not any(within(place, form) for place in alone))
    if keyword.anywhere is None:
        several = len(words(phrase)) > 1
        for place in exact:
            if in_long_word(word, text, *place, several=several) and not any(within(place, form) for form in forms):
                yield place


def within(place: tuple[int, int], other: tuple[int, int]) -> bool:
    return other[0] <= place[0] and place[1] <= other[1]


def by_script(phrase: str) -> str:
    script = unicodedata.name(next(filter(str.isalpha, phrase), "0")).split()[0]
    return {"LATIN": "en", "CYRILLIC": "ru", "ARABIC": "ar", "DEVANAGARI": "hi"}.get(script, "")


def words(text: str) -> list[tuple[int, int]]:
    pieces = re.split(r"(\W|_)", "".join("x" if is_mark(char) else char for char in text))
    ends = list(accumulate(map(len, pieces)))
    runs = [(end - len(piece), end) for piece, end in zip(pieces, ends, strict=True) if re.fullmatch(r"[^\W_]+", piece)]
    begun = [(next((at for at in range(*run) if not is_mark(text[at])), run[1]), run[1]) for run in runs]
    return [run for run in begun if run[0] < run[1]]


@cache
def stems(language: str, word: str) -> frozenset[str]:
    forms = {"".join(fold(each) for _, each in clusters(word)), fold_keyword(word)}
    return frozenset(fold_keyword(_STEMMERS[language]().stemWord(form)) for form in forms)


def core(language: str, word: str) -> str:
    folded = fold_keyword(word)
    if language == "ar":
        return min((stem for stem in stems(language, word) if stem in folded), key=len, default="")
    return next(
        folded[:n] for n in range(len(folded), -1, -1) if all(s.startswith(folded[:n]) for s in stems(language, word))
    )


def inflects(language: str, word: str, *, last: bool) -> bool:
    shared, whole = core(language, word), fold_keyword(word)
    inside = not last and language != "ar"
    return len(shared) >= (3 if shared == whole and (last or language == "ar") else 4) and not (
        inside and shared == whole
    )


def longest_run(language: str, own: list[str]) -> int:
    runs = [""]
    for number, word in enumerate(own):
        changes = inflects(language, word, last=number == len(own) - 1)
        runs[-1] += core(language, word) if changes else fold_keyword(word)
        if changes:
            runs.append("")
    return max(map(len, runs))


def is_form(language: str, own: str, other: str, *, last: bool) -> bool:
    if not inflects(language, own, last=last):
        return False
    shared = core(language, own)
    there = shared in fold_keyword(other) if language == "ar" else fold_keyword(other).startswith(shared)
    return there and bool(stems(language, own) & stems(language, other)) and agree(own, other, len(shared))


def agree(own: str, other: str, length: int) -> bool:
    pairs = list(zip(spelt(own), spelt(other), strict=False))[:length]
    return all(b == a or short in (a, b) for (short, a), (_, b) in pairs)


def other_forms(text: str, phrase: str, language: str) -> Iterator[tuple[int, int]]:
    own = [phrase[slice(*place)] for place in words(phrase)]
    if "".join(map(fold_keyword, own)) != fold_keyword(phrase):
        return
    only_last = language != "ar" and longest_run(language, own) < SHORTEST_RUN
    if not any(inflects(language, word, last=word is own[-1]) for word in (own[-1:] if only_last else own)):
        return
    found = words(text)
    for at in range(len(found) - len(own) + 1):
        window = found[at : at + len(own)]
        if all(
            (fold_keyword(text[slice(*place)]) == fold_keyword(word) and agree(word, text[slice(*place)], len(word)))
            or (
                not (only_last and number < len(own) - 1)
                and is_form(language, word, text[slice(*place)], last=number == len(own) - 1)
            )
            for number, (word, place) in enumerate(zip(own, window, strict=True))
        ):
            yield window[0][0], window[-1][1]
