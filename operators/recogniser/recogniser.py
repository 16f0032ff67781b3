"""The recogniser (FA-79 to FA-82): reads a batch of texts, and says how much each is like fraud, and what in it is.

All arithmetic is exact, so that a text gives the same on every machine, alone and in any batch.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick

from operators.recogniser.grams import sums
from operators.recogniser.model import TRIGGERS_NEEDED, shipped_model
from operators.recogniser.scripts import Script
from operators.recogniser.stretches import stretches_of
from operators.recogniser.symbols import Symbols, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from operators.recogniser.model import Model
    from operators.recogniser.stretches import Stretch

    Column = NDArray[np.int64]

_REMEMBERED: Final = 1 << 20
"""Code points of the texts that are remembered, at most."""
_FINE_BITS: Final = 10
_FINE: Final = 1 << _FINE_BITS
_NEVER: Final = np.iinfo(np.int64).max


class Reading(NamedTuple):
    """What the recogniser says of a text: how much it is like fraud, its script, and what counted most."""

    level: int
    script: Script
    stretches: tuple[Stretch, ...]


def levels_of(symbols: Symbols, weights: NDArray[np.int8]) -> Column:
    """Return how much each text is like fraud: what its n-grams weigh together, as if it had the usual length."""
    levels: Column = (sums(symbols, weights) << 2 * _FINE_BITS) // np.rint(spread(symbols) * _FINE).astype(np.int64)
    return levels


def spread(symbols: Symbols) -> NDArray[np.float64]:
    """Return how far the sum of a text's weights is from 0 by its length alone: the power 3/8 of it, as measured.

    Roots and products of doubles are the same to the last bit everywhere; powers are not.
    """
    roots = np.sqrt(symbols.lengths)
    return np.sqrt(roots * np.sqrt(roots))  # type: ignore[no-any-return]


class Recogniser:
    """Reads texts with a model. What it read last is remembered, so that reading it again is cheap."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._gate = AhoCorasick(list(model.triggers))
        floors = (model.levels[script].floor if script in model.levels else _NEVER for script in Script)
        self._floors = np.fromiter(floors, dtype=np.int64, count=len(Script))
        self._recent: dict[str, Reading | None] = {}
        self._remembered = 0

    def reading(self, text: str, normalised: str) -> Reading | None:
        """Return what it says of a text, of which the form for keywords is given (FA-11); None: nothing."""
        found = self._gate.find_matches_as_indexes(normalised, overlapping=True)
        if len({trigger for trigger, _, _ in found}) < TRIGGERS_NEEDED:
            return None
        if text not in self._recent:
            self.read_all([text])
        return self._recent[text]

    def read_all(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Read some texts, at least one; return of which there is something to say, if they pass the first look."""
        symbols = read(texts)
        levels = levels_of(symbols, self.model.weights)
        scripts = symbols.scripts()
        said = levels >= self._floors[scripts]
        readings = self._readings(symbols, levels, scripts, said)
        for text, is_said in zip(texts, said.tolist(), strict=True):
            self._remember(text, next(readings) if is_said else None)
        return said

    def _readings(
        self, symbols: Symbols, levels: Column, scripts: NDArray[np.uint8], said: NDArray[np.bool_]
    ) -> Iterator[Reading]:
        if not said.any():
            return
        stretches = stretches_of(symbols.only(said), self.model.weights)
        for level, script, stretch in zip(levels[said].tolist(), scripts[said].tolist(), stretches, strict=True):
            yield Reading(level, Script(script), stretch)

    def _remember(self, text: str, reading: Reading | None) -> None:
        if self._remembered > _REMEMBERED:
            self._recent.clear()
            self._remembered = 0
        self._recent[text] = reading
        self._remembered += len(text)


@cache
def shipped_recogniser() -> Recogniser:
    """Return the recogniser with the model that ships."""
    return Recogniser(shipped_model())
