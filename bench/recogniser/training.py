"""Training: weights from all lines that are not held out; thresholds and triggers from models that lack a part."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain, compress
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.recogniser.calibration import ABOUT_MONEY, calibrate
from bench.recogniser.disguised import disguised
from bench.recogniser.learning import Plan, examples, learn
from bench.recogniser.lines import families, held_out
from bench.recogniser.triggers import Form, choose
from operators.recogniser.model import Model
from operators.recogniser.recogniser import levels_of, readings_of
from operators.recogniser.scripts import LEARNED, UNSPACED, Script
from operators.recogniser.symbols import read
from operators.recogniser.undisguised import folded
from operators.recogniser.words import Words
from operators.text.accents import normalise_accents
from operators.text.skeleton import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bench.recogniser.lines import Line
    from operators.recogniser.model import Levels

    Column = NDArray[np.int64]
    Mask = NDArray[np.bool_]

VERSION: Final = 3
USUAL: Final = Plan()
PARTS: Final = 4
"""Models for the thresholds: each lacks one part of the lines, and is measured by it."""
_FEWEST: Final = 20
"""Hard harmless lines without which a script gets no thresholds, so that nothing is found in it."""
_ABOUT_MONEY: Final = dict.fromkeys(UNSPACED, 25)
"""Keywords of these scripts flag more harmless messages about money than those of others."""
_IMPORTANCE: Final = {"ad": 0.5, "kdconv": 0.25, "tencent": 0.25, "mendeley": 6.0, "sms": 6.0}
_HARD: Final = 1.0
_COMMON: Final = 3
"""A word of fewer texts may be misspelt."""
_LETTERS: Final = re.compile("[a-z]+")


def train(lines: Sequence[Line], plan: Plan = USUAL) -> Model:
    """Return a model that has learned from those of some lines that are not held out."""
    return _Training(list(compress(lines, ~held_out([line.text for line in lines]))), plan).model()


class _Training:
    def __init__(self, lines: Sequence[Line], plan: Plan) -> None:
        self._texts, self._plan = [line.text for line in lines], plan
        self._scripts = read(self._texts).scripts()
        self._is_fraud = np.array([not line.is_harmless for line in lines])
        self._everyday = np.array([line.is_everyday for line in lines])
        self._chat = np.array([line.is_chat for line in lines])
        self._hard = np.array([line.is_hard for line in lines])
        self._importance = np.array([_importance(line) for line in lines])
        self._words = tuple(_frequent(compress(self._texts, self._scripts == Script.LATIN)))

    def model(self) -> Model:
        levels = dict(self._calibrated(self._unseen_levels()))
        weights = self._weights(np.ones(len(self._texts), dtype=np.bool_))
        return Model(VERSION, weights, levels, self.triggers(weights, levels), self._words)

    def triggers(self, weights: NDArray[np.int8], levels: Mapping[Script, Levels]) -> tuple[str, ...]:
        """Return triggers for the frauds that weights find in each script."""
        known = self._levels(np.ones(len(self._texts), dtype=np.bool_), weights)
        found = (self._triggers(script, known >= each.thresholds[-1]) for script, each in levels.items())
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    def _weights(self, mask: Mask) -> NDArray[np.int8]:
        """Return what is learned from some lines, and from copies of frauds in disguise."""
        rows = np.flatnonzero(mask)
        copies = [(row, copy) for row in rows[self._is_fraud[rows]].tolist() for copy in disguised(self._texts[row])]
        rows = np.concatenate((rows, np.array([row for row, _ in copies], dtype=np.int64)))
        symbols = read([*compress(self._texts, mask), *(copy for _, copy in copies)])
        return learn(examples(symbols, self._is_fraud[rows], self._importance[rows]), self._plan)

    def _unseen_levels(self) -> Column:
        """Return the level of each line, by a model that has not learned from it."""
        part, levels = families(self._texts) % PARTS, np.zeros(len(self._texts), dtype=np.int64)
        for unseen in (part == number for number in range(PARTS)):
            if unseen.any():
                levels[unseen] = self._levels(unseen, self._weights(~unseen))
        return levels

    def _levels(self, mask: Mask, weights: NDArray[np.int8]) -> Column:
        """Return the levels of some lines, as they are read."""
        listed = readings_of(list(compress(self._texts, mask)), Words(self._words))
        levels = np.full(np.count_nonzero(mask), np.iinfo(np.int64).min)
        read_as = levels_of(read([plain.text for _, plain in listed]), weights)
        np.maximum.at(levels, [row for row, _ in listed], read_as)
        return levels

    def _calibrated(self, unseen: Column) -> Iterator[tuple[Script, Levels]]:
        for script in LEARNED:
            chat, hard = (unseen[(self._scripts == script) & each] for each in (self._chat, self._hard))
            if len(hard) >= _FEWEST:
                yield script, calibrate(chat, hard, _ABOUT_MONEY.get(script, ABOUT_MONEY))

    def _triggers(self, script: Script, hits: Mask) -> list[str]:
        of_scripts = np.isin(self._scripts, UNSPACED if script in UNSPACED else (script,))  # Han and Kana share letters
        found = self._normalised((self._scripts == script) & self._is_fraud & hits)
        return choose(found, self._normalised(of_scripts & self._everyday), _form(script))

    def _normalised(self, mask: Mask) -> list[str]:
        return [_searched(text) for text in compress(self._texts, mask)]


def _searched(text: str) -> str:
    """Return the skeleton of a text, with one digit for each of its numbers: which they are says nothing."""
    return "0".join(map(skeleton, re.split(r"\d+", normalise_accents(text))))


def _frequent(texts: Iterable[str]) -> Iterator[str]:
    """Yield the words of texts in Latin letters that are in a few of them, the most frequent first."""
    counted = Counter(chain.from_iterable(set(_LETTERS.findall(folded(text))) for text in texts))
    listed = sorted((-count, word) for word, count in counted.items() if count >= _COMMON)
    return (word for _, word in listed)


def _form(script: Script) -> Form:
    least, most = (1, 4) if script in UNSPACED else (3, 8)
    return Form(least, most, of_ascii=script == Script.LATIN)


def _importance(line: Line) -> float:
    if line.is_harmless:
        return _HARD if line.is_hard else _IMPORTANCE.get(line.source, 1.0)
    return _IMPORTANCE.get(line.label, 1.0)
