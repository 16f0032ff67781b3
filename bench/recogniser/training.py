"""Training: weights from all lines that are not held out; thresholds and triggers from models that lack a part."""

from __future__ import annotations

from itertools import chain, compress
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.recogniser.calibration import calibrate
from bench.recogniser.learning import Plan, examples, learn
from bench.recogniser.lines import families, held_out
from bench.recogniser.triggers import Form, choose
from operators.recogniser.model import Model
from operators.recogniser.recogniser import levels_of
from operators.recogniser.scripts import LEARNED, UNSPACED, Script
from operators.recogniser.symbols import read
from operators.text.accents import normalise_accents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bench.recogniser.lines import Line
    from operators.recogniser.model import Levels

    Column = NDArray[np.int64]
    Mask = NDArray[np.bool_]

VERSION: Final = 1
USUAL: Final = Plan()
PARTS: Final = 4
"""Models for the thresholds: each lacks one part of the lines, and is measured by it."""
_FEWEST: Final = 20
"""Hard harmless lines without which a script gets no thresholds, so that nothing is found in it."""
_IMPORTANCE: Final = {"ad": 0.5, "kdconv": 0.25, "tencent": 0.25, "mendeley": 6.0, "sms": 6.0}
_HARD: Final = 1.0


def train(lines: Sequence[Line], plan: Plan = USUAL) -> Model:
    """Return a model that has learned from those of some lines that are not held out."""
    return _Training(list(compress(lines, ~held_out([line.text for line in lines]))), plan).model()


class _Training:
    def __init__(self, lines: Sequence[Line], plan: Plan) -> None:
        self._texts, self._plan = [line.text for line in lines], plan
        self._symbols = read(self._texts)
        self._scripts = self._symbols.scripts()
        self._is_fraud = np.array([not line.is_harmless for line in lines])
        self._everyday = np.array([line.is_everyday for line in lines])
        self._chat = np.array([line.is_chat for line in lines])
        self._hard = np.array([line.is_hard for line in lines])
        self._importance = np.array([_importance(line) for line in lines])

    def model(self) -> Model:
        levels = dict(self._calibrated(self._unseen_levels()))
        weights = self._weights(np.ones(len(self._texts), dtype=np.bool_))
        return Model(VERSION, weights, levels, self.triggers(weights, levels))

    def triggers(self, weights: NDArray[np.int8], levels: Mapping[Script, Levels]) -> tuple[str, ...]:
        """Return triggers for the frauds that weights find in each script."""
        known = levels_of(self._symbols, weights)
        found = (self._triggers(script, known >= each.thresholds[-1]) for script, each in levels.items())
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    def _weights(self, mask: Mask) -> NDArray[np.int8]:
        return learn(examples(self._symbols.only(mask), self._is_fraud[mask], self._importance[mask]), self._plan)

    def _unseen_levels(self) -> Column:
        """Return the level of each line, by a model that has not learned from it."""
        part, levels = families(self._texts) % PARTS, np.zeros(len(self._texts), dtype=np.int64)
        for unseen in (part == number for number in range(PARTS)):
            if unseen.any():
                levels[unseen] = levels_of(self._symbols.only(unseen), self._weights(~unseen))
        return levels

    def _calibrated(self, unseen: Column) -> Iterator[tuple[Script, Levels]]:
        for script in LEARNED:
            chat, hard = (unseen[(self._scripts == script) & each] for each in (self._chat, self._hard))
            if len(hard) >= _FEWEST:
                yield script, calibrate(chat, hard)

    def _triggers(self, script: Script, hits: Mask) -> list[str]:
        of_scripts = np.isin(self._scripts, UNSPACED if script in UNSPACED else (script,))  # Han and Kana share letters
        found = self._normalised((self._scripts == script) & self._is_fraud & hits)
        return choose(found, self._normalised(of_scripts & self._everyday), _form(script))

    def _normalised(self, mask: Mask) -> list[str]:
        return [normalise_accents(text) for text in compress(self._texts, mask)]


def _form(script: Script) -> Form:
    least, most = (1, 4) if script in UNSPACED else (3, 8)
    return Form(least, most, of_ascii=script == Script.LATIN)


def _importance(line: Line) -> float:
    if line.is_harmless:
        return _HARD if line.is_hard else _IMPORTANCE.get(line.source, 1.0)
    return _IMPORTANCE.get(line.label, 1.0)
