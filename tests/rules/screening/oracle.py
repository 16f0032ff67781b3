"""A naive reference implementation of screening: tries every substring, straight from the rules."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from opencc import OpenCC
from snowballstemmer.arabic_stemmer import ArabicStemmer
from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.indonesian_stemmer import IndonesianStemmer
from snowballstemmer.russian_stemmer import RussianStemmer
from snowballstemmer.spanish_stemmer import SpanishStemmer

from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy.keywords import Keyword, ScreenRules

_BETWEEN = "[\\s._\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2022\u2027\u30fb-]"
_SERIES = re.compile(f"[0-9]+(?:{_BETWEEN}{{1,3}}[0-9]+)*(?:{_BETWEEN}{{0,3}}[Xx])?")
_ISSUED = {  # the lengths that the ranges issue
    r"4.*": (13, 16, 18, 19),
    r"5[1-5].*": (16,),
    r"(222[1-9]|22[3-9]|2[3-6]|27[01]|2720).*": (16,),
    r"3[47].*": (15,),
    r"35(2[89]|[3-8]).*|220[0-4].*|8[12].*|9558.*|9704.*": (16, 17, 18, 19),
    r"(30[0-5]|3095|36|38|39).*": (14, 15, 16, 17, 18, 19),
    r"(50|5[6-9]|6).*": (13, 14, 15, 16, 17, 18, 19),
    r"(8600|9792|9860).*": (16,),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_INVISIBLE = "\u034f\ufe0f\U000e0100\u115f\u1160\u3164"
_simplify = cache(OpenCC("t2s").convert)
_STEMMERS = {
    "ar": ArabicStemmer,
    "en": EnglishStemmer,
    "es": SpanishStemmer,
    "id": IndonesianStemmer,
    "ru": RussianStemmer,
}
SHORTEST_CORE = 3  # letters of what all forms of a word have
SHORTEST = 13  # characters of the shortest number
DIGITS_AND_X = "0123456789Xx"
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
        if is_mark(char) and shown and european(shown[-1]):
            continue
        shown += base(char) if european(char) else char
    return shown


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


def keywords(text: str, rules: ScreenRules) -> Iterator[Span]:
    for keyword in rules.keywords:
        parts = [
            sorted({place for phrase in alternatives.split(" / ") for place in places(text, keyword, phrase)})
            for alternatives in keyword.text.split(" + ")
        ]
        if all(parts):
            for found in parts:
                for start, end in found if len(parts) == 1 else found[:1]:
                    yield Span(detector="keyword", keyword=keyword.id, start=start, end=end)


def places(text: str, keyword: Keyword, phrase: str) -> Iterator[tuple[int, int]]:
    shown = map_view(text, accentless)
    plain = "".join(char for char, _, _ in shown)
    word = fold_keyword(phrase)
    free = any(map(unspaced, word)) if keyword.anywhere is None else keyword.anywhere
    for i in range(len(plain)):
        if plain[i : i + len(word)] == word:
            start, end = shown[i][1], shown[i + len(word) - 1][2]
            if (free or not adjoined(text, start, end)) and same_accents(phrase, text[start:end]):
                yield start, end
    language = keyword.language or by_script(phrase)
    if not free and language in _STEMMERS:
        yield from other_forms(text, phrase, language)


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
    if language in ("ar", "id"):
        return min((stem for stem in stems(language, word) if stem in folded), key=len, default="")
    return next(
        folded[:n] for n in range(len(folded), -1, -1) if all(s.startswith(folded[:n]) for s in stems(language, word))
    )


def is_form(language: str, own: str, other: str, *, last: bool) -> bool:
    shared, folded = core(language, own), fold_keyword(own)
    if len(shared) < SHORTEST_CORE or (language == "en" and not last and shared == folded):
        return False
    there = shared in fold_keyword(other) if language in ("ar", "id") else fold_keyword(other).startswith(shared)
    return there and bool(stems(language, own) & stems(language, other)) and agree(own, other, len(shared))


def agree(own: str, other: str, length: int) -> bool:
    pairs = list(zip(spelt(own), spelt(other), strict=False))[:length]
    return all(b == a or short in (a, b) for (short, a), (_, b) in pairs)


def other_forms(text: str, phrase: str, language: str) -> Iterator[tuple[int, int]]:
    own = [phrase[slice(*place)] for place in words(phrase)]
    if "".join(map(fold_keyword, own)) != fold_keyword(phrase):
        return
    found = words(text)
    for at in range(len(found) - len(own) + 1):
        window = found[at : at + len(own)]
        if all(
            (fold_keyword(text[slice(*place)]) == fold_keyword(word) and agree(word, text[slice(*place)], len(word)))
            or is_form(language, word, text[slice(*place)], last=number == len(own) - 1)
            for number, (word, place) in enumerate(zip(own, window, strict=True))
        ):
            yield window[0][0], window[-1][1]


def national_id(digits: str) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", digits):
        return False
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[17]


def bank_card(digits: str) -> bool:
    if not re.fullmatch(r"[0-9]{13,19}", digits) or len(set(digits)) == 1:
        return False
    if not any(re.fullmatch(first, digits) and len(digits) in lengths for first, lengths in _ISSUED.items()):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def numbers(text: str, name: str, valid: object) -> Iterator[Span]:
    shown = map_view(text, nfkc)
    plain = "".join(char for char, _, _ in shown)
    hits = [
        (i, j)
        for i in range(len(plain))
        for j in range(i + SHORTEST, len(plain) + 1)
        if plain[i] in DIGITS_AND_X
        and _SERIES.fullmatch(plain[i:j])
        and not adjoined("".join(" " if unspaced(char) and not is_mark(char) else char for char in plain), i, j)
        and valid(re.sub(r"[^0-9X]", "", plain[i:j].upper()))  # type: ignore[operator]
    ]
    taken: list[tuple[int, int]] = []
    for i, j in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        if all(j <= start or i >= end for start, end in taken):
            taken.append((i, j))
            yield Span(detector=name, start=shown[i][1], end=shown[j - 1][2])


def links(text: str, rules: ScreenRules) -> Iterator[Span]:
    shown = map_view(text, nfkc)
    plain = re.sub("(?<=[0-9A-Za-z])\u3002(?=[0-9A-Za-z])", ".", "".join(char for char, _, _ in shown))
    for run in re.finditer(r"(?:[^\W_]|[.-])+", plain):
        whole = hosts_in([run.span()], plain, rules)
        pieces = [piece.span() for piece in re.finditer(r"[^\0]+", "".join("\0" if unspaced(c) else c for c in run[0]))]
        for start, end in whole or hosts_in([(run.start() + i, run.start() + j) for i, j in pieces], plain, rules):
            yield Span(detector="shopping_link", start=shown[start][1], end=shown[end - 1][2])


def hosts_in(spans: list[tuple[int, int]], plain: str, rules: ScreenRules) -> list[tuple[int, int]]:
    found = []
    for span in spans:
        start, end = span
        while start < end and plain[start] == ".":
            start += 1
        while start < end and plain[end - 1] == ".":
            end -= 1
        name = plain[start:end].casefold()
        if any(name == host or name.endswith("." + host) for host in rules.shopping_hosts):
            found.append((start, end))
    return found


def find(text: str, rules: ScreenRules) -> set[Span]:
    """Return every hit of keywords, Chinese identity numbers, cards and shopping links."""
    return {
        *keywords(text, rules),
        *numbers(text, "national_id", national_id),
        *numbers(text, "bank_card", bank_card),
        *links(text, rules),
    }
