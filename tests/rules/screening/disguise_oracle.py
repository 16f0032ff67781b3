"""A naive reference implementation of disguises, straight from FA-12, FA-67 and FA-68: tries every substring."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from operators.text import lookalikes as tables
from tests.rules.screening.text_oracle import is_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.rules.screening.text_oracle import Mapped

DIGITS = {"0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
OUTER = {"@": "a", "$": "s", "€": "e", "£": "l", "¥": "y", "¢": "c"}
INNER = {"!": "il", "|": "il", "+": "t"}
SIGNS = OUTER | INNER
HIDDEN = re.compile("[\u00ad\u0305\u0330-\u033f\u200b-\u200f\u2060-\u2064\u20d0-\u20f0\ufe20-\ufe2f\ufeff]")
REPEATED = re.compile(r"([A-Za-z])\1{2,}")


@cache
def table(name: str) -> dict[str, str]:
    lines = (Path(tables.__file__).parent / name).read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line[0] != "#"]
    return {char: letter for letter, chars in rows for char in chars}


def emoji(char: str) -> str:
    for first in (0x1F1E6, 0x1F150, 0x1F170):
        if first <= ord(char) < first + 26:
            return chr(ord("a") + ord(char) - first)
    return ""


def read(char: str, *, signs: bool) -> str:
    """Return what a character is read as, signs and emoji too or not."""
    return table("lookalikes.txt").get(char) or (signs and ((SIGNS.get(char, "")[:1]) or emoji(char))) or char


def klass(letter: str) -> str:
    looks = table("lookalikes.txt").get(letter, letter)
    heard = table("homophones.txt").get(looks, looks)
    first = DIGITS.get(heard, heard)[0]
    return "i" if first == "l" else first


def stands(text: str, at: int, is_letter: Callable[[str], bool]) -> bool:
    """Return whether a sign at a place may stand for a letter."""
    before, after = is_letter(text[at - 1 : at] if at else ""), is_letter(text[at + 1 : at + 2])
    if text[at] in OUTER:
        return before or after
    return before and (after or (text[at + 1 : at + 2] in [*INNER] and is_letter(text[at + 2 : at + 3])))


def within_word(text: str, at: int) -> bool:
    word = [
        char.isalnum() or char in SIGNS or unicodedata.category(char)[0] == "M" or char in "\uff9e\uff9f"
        for char in text
    ]
    begin = end = at
    while begin and word[begin - 1]:
        begin -= 1
    while end + 1 < len(text) and word[end + 1]:
        end += 1
    return any(char.isalpha() for char in text[begin:at] + text[at + 1 : end + 1])


class Reading:
    """One text as it is read: `shown` are its normalised letters, with the range that each is written in."""

    def __init__(self, text: str, shown: Mapped, accentless: Callable[[str], str], *, signs: bool) -> None:
        self.text, self.shown, self.accentless, self.signs = text, shown, accentless, signs

    def plain(self, phrases: Iterable[tuple[str, bool]]) -> list[tuple[str, int, int]]:
        """Return the text written plainly, each character with its range; nothing where no phrase is disguised."""
        found = [(word, *place) for word, unspaced in set(phrases) for place in self.places(word, unspaced=unspaced)]
        chosen: list[tuple[str, list[tuple[int, int, str]]]] = []
        for word, places in sorted(found, key=lambda each: (-len(each[0]), each[1][0][0], each[0])):
            if not any(covers(places, at) for _, others in chosen for at in range(others[0][0], others[-1][1])):
                chosen.append((word, places))
        return self.written(chosen) if chosen or HIDDEN.search(self.text) else []

    def written(self, chosen: list[tuple[str, list[tuple[int, int, str]]]]) -> list[tuple[str, int, int]]:
        out = []
        at = 0
        while at < len(self.text):
            here = [place for _, places in chosen for place in places if place[0] == at]
            end = here[0][1] if here else at + 1
            if here:
                out += [(letter, at, end) for _, _, letter in here]
            elif HIDDEN.match(self.text[at]):
                pass
            elif self.run_end(at, chosen) != at + 1:
                end = self.run_end(at, chosen)
                out.append((self.read_one(at) if self.is_read(at, chosen) else self.text[at], at, end))
            elif self.is_read(at, chosen):
                out.append((self.read_one(at), at, end))
            else:
                out.append((self.text[at], at, end))
            at = end
        return out

    def read_one(self, at: int) -> str:
        char, (begin, end) = self.text[at], self.word(at)
        if not any(read(other, signs=self.signs).isalpha() for other in self.text[begin:end]):
            return char
        return DIGITS[char][0] if char in DIGITS else read(char, signs=self.signs)

    def word(self, at: int) -> tuple[int, int]:
        begin, end = at, at
        while begin and not self.text[begin - 1].isspace():
            begin -= 1
        while end < len(self.text) and not self.text[end].isspace():
            end += 1
        return begin, end

    def run_end(self, at: int, chosen: list[tuple[str, list[tuple[int, int, str]]]]) -> int:
        """Return where equal letters end of which one is read, outside phrases."""
        end, (begin, last) = at, self.word(at)
        letter = self.text[at]
        if self.text[at].isspace() or not (letter.isascii() and letter.isalpha()):
            return at + 1
        single = REPEATED.sub(r"\1", self.text[begin:last].casefold())
        if len(single) < 6 and len(runs(single)) < len(single):
            return at + 1
        while end < last and self.text[end] == letter and not any(covers(places, end) for _, places in chosen):
            end += 1
        return end if end - at >= 3 else at + 1

    def is_read(self, at: int, chosen: list[tuple[str, list[tuple[int, int, str]]]]) -> bool:
        if self.text[at].isspace():
            return False
        begin, end = self.word(at)
        phrases = [word for word, places in chosen if any(covers(places, place) for place in range(begin, end))]
        if phrases or any(word.isascii() for word, _ in chosen):
            return all(word.isascii() for word in phrases)
        return any(char.isascii() and char.isalpha() for char in self.text[begin:end])

    def places(self, word: str, *, unspaced: bool) -> Iterator[tuple[list[tuple[int, int, str]]]]:
        """Yield where a word is disguised: a range of the text for each of its letters."""
        least, doubled = (2, 3) if unspaced else (4, 6)
        wanted = runs(word)
        if len(word) < 6 and len(wanted) < len(word):
            return
        if len(word) < least or (word.isascii() and word.isdecimal()) or len(wanted) < 2:
            return
        pieces = runs("".join(char for char, _, _ in self.shown))
        starts = [sum(map(len, pieces[:at])) for at in range(len(pieces) + 1)]
        for first in range(len(pieces) - len(wanted) + 1):
            here = pieces[first : first + len(wanted)]
            if [klass(piece[0]) for piece in here] != [klass(run[0]) for run in wanted]:
                continue
            if any(len(piece) < len(run) for piece, run in zip(here, wanted, strict=True)):
                continue
            bounds = starts[first : first + len(wanted) + 1]
            bounds[0] = self.reach(bounds[1] - len(wanted[0]), bounds[0], -1)
            bounds[-1] = self.reach(bounds[-2] + len(wanted[-1]), bounds[-1], 1)
            if self.agrees(wanted, bounds, doubled):
                yield (self.letters(wanted, bounds),)

    def reach(self, place: int, limit: int, step: int) -> int:
        """Return how far a run reaches without anything between its letters."""
        while place * step < limit * step and self.shown[place - 1][2] == self.shown[place][1]:
            place += step
        return place

    def letters(self, wanted: list[str], bounds: list[int]) -> list[tuple[int, int, str]]:
        places = []
        for run, begin, end in zip(wanted, bounds, bounds[1:], strict=False):
            last = begin + len(run) - 1
            places += [(*self.shown[at][1:], letter) for at, letter in zip(range(begin, last), run, strict=False)]
            places.append((self.shown[last][1], self.shown[end - 1][2], run[-1]))
        return places

    def agrees(self, wanted: list[str], bounds: list[int], doubled: int) -> bool:
        length = sum(map(len, wanted))
        kinds, repeats = "", []
        for run, begin, end in zip(wanted, bounds, bounds[1:], strict=False):
            if end - begin == len(run):
                kinds += "".join(self.kind(at, letter) for at, letter in zip(range(begin, end), run, strict=True))
            else:
                kinds += "".join(min(self.kind(at, letter) for letter in run) for at in range(begin, end))
                repeats.append(end - begin if run.isalpha() else 0)
        if "z" in kinds:
            return False
        if (length < doubled and len(repeats) < len(wanted) and any(times < 3 for times in repeats)) or 0 in repeats:
            return False
        if "c" in kinds and not {"a", "b"} & set(kinds) and length < 6:
            return False
        if ("e" in kinds and length < 3) or (kinds.count("d") + kinds.count("e")) * 3 > len(kinds) * 2:
            return False
        return bool(repeats) or set(kinds) != {"a"}

    def kind(self, at: int, letter: str) -> str:
        """Return a: the same; b: another form; c: another script; d: a sign; e: a homophone; z: another letter."""
        shown, start, end = self.shown[at]
        written = self.text[start]
        looks = table("lookalikes.txt").get(letter, letter)
        if emoji(written):
            return "b" if shown == looks else "z"
        own = self.accentless(self.text[start:end]) if written in table("lookalikes.txt") else shown
        if own == letter and written not in SIGNS:
            return "a"
        if looks in ("l" if written == "I" else SIGNS.get(written) or DIGITS.get(own, "")):
            return "d" if within_word(self.text, start) else "z"
        if table("homophones.txt").get(shown) == letter:
            return "e"
        if klass(shown) == klass(looks) and (own != shown or letter != looks):
            return "b" if "SMALL CAPITAL" in unicodedata.name(written) else "c"
        return "z"


def covers(places: list[tuple[int, int, str]], at: int) -> bool:
    return places[0][0] <= at < places[-1][1]


def runs(text: str) -> list[str]:
    return ["".join(run) for _, run in groupby(text, key=klass)]


def in_long_word(word: str, text: str, start: int, end: int, *, several: bool) -> bool:
    """Return whether a keyword counts inside a word (FA-12)."""
    first, last = start, end
    while first and (text[first - 1].isalnum() or is_mark(text[first - 1])):
        first -= 1
    while last < len(text) and (text[last].isalnum() or is_mark(text[last])):
        last += 1
    inside, around = (sum(not is_mark(char) for char in part) for part in (text[start:end], text[first:last]))
    if len(word) < 7:
        return len(word) >= 4 and around >= 24
    return several or inside > len(word) or around >= 16


def shown_places(clusters: list[tuple[int, str]]) -> list[int]:
    """Return the places of a text's code points as they are shown, by recursion over its overrides (FA-68)."""
    places: list[int] = []
    for is_end, paragraph in groupby(clusters, key=lambda cluster: cluster[1] in "\n\u0085"):
        rest = list(paragraph)
        while rest:
            places += [rest.pop(0)[0]] if is_end else level(rest, turned=False)
    return places


def level(rest: list[tuple[int, str]], *, turned: bool) -> list[int]:
    found: list[list[int]] = []
    while rest:
        at, cluster = rest.pop(0)
        found.append(list(range(at, at + len(cluster))))
        if cluster == "\u202e":
            found.append(level(rest, turned=True))
        elif cluster == "\u202c" and turned:
            break
    return [place for piece in (found[::-1] if turned else found) for place in piece]
