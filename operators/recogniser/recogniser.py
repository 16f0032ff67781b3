"""The recogniser (FA-79 to FA-82): reads a batch of texts, and says how much each is like fraud, and what in it is.

All arithmetic is exact, so that a text gives the same on every machine, alone and in any batch.
"""

from __future__ import annotations

from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick

from operators.recogniser.grams import sums
from operators.recogniser.model import TRIGGERS_NEEDED, shipped_model
from operators.recogniser.scripts import Script
from operators.recogniser.stretches import stretches_of
from operators.recogniser.symbols import Symbols, read
from operators.recogniser.undisguised import Plain, undisguised
from operators.recogniser.words import Words
from operators.text.signs import has_sign_letters
from operators.text.skeleton import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from operators.recogniser.model import Model
    from operators.recogniser.stretches import Stretch
    from operators.text.views import Views

    Column = NDArray[np.int64]

_REMEMBERED: Final = 1 << 20
"""Code points of the texts that are remembered, at most."""
_FINE_BITS: Final = 10
_FINE: Final = 1 << _FINE_BITS
_NEVER: Final = 1 << 62


class Reading(NamedTuple):
    """What the recogniser says of a text: how much it is like fraud, its script, and what counted most in a hit."""

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


def readings_of(texts: Sequence[str], words: Words) -> list[tuple[int, Plain]]:
    """Return all texts as they are written, and then some without their disguises, each with its text's index."""
    written = [(row, Plain(text, range(len(text)))) for row, text in enumerate(texts)]
    others = ((row, undisguised(text, words)) for row, text in enumerate(texts))
    return [*written, *((row, plain) for row, plain in others if plain is not None)]


def most_telling(rows: Column, levels: Column) -> Column:
    """Return for each row the index of the highest of its levels; the first of equal ones."""
    order = np.lexsort((np.arange(len(rows)), -levels, rows))
    firsts = np.flatnonzero(np.diff(rows[order], prepend=-1))
    chosen: Column = order[firsts]
    return chosen


def _has_one_skeleton(text: str) -> bool:
    """Return whether the prefilter sees the same letters in a text, and so the same triggers."""
    return text.isascii() and not has_sign_letters(text)


def _by_script(limits: Mapping[Script, int]) -> Column:
    return np.array([limits.get(script, _NEVER) for script in Script], dtype=np.int64)


def _origin(plain: Plain, stretch: Stretch) -> Stretch:
    start, end = stretch
    return plain.places[start], plain.places[end - 1] + 1


class Recogniser:
    """Reads texts with a model. What it read last is remembered, so that reading it again is cheap."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.words = Words(model.words)
        self.triggers = tuple(sorted(set(map(skeleton, model.triggers))))
        self._gate = AhoCorasick(self.triggers)
        self._floors = _by_script({script: each.floor for script, each in model.levels.items()})
        self._thresholds = _by_script({script: min(each.thresholds) for script, each in model.levels.items()})
        self._recent: dict[str, Reading | None] = {}
        self._remembered = 0

    def reading(self, views: Views) -> Reading | None:
        """Return what it says of a text; None: nothing."""
        text = views.text
        if text in self._recent and (self._recent[text] is None or _has_one_skeleton(text)):
            return self._recent[text]
        if not any(self._passes(read.skeleton) for read in views.readings):
            return None
        if text not in self._recent:
            self.read_all([text])
        return self._recent[text]

    def pass_over(self, texts: Iterable[str]) -> None:
        """Remember that there is nothing to say of some texts, which have too few triggers."""
        for text in texts:
            self._remember(text, None)

    def _passes(self, searched: str) -> bool:
        found = self._gate.find_matches_as_indexes(searched, overlapping=True)
        return len({trigger for trigger, _, _ in found}) >= TRIGGERS_NEEDED

    def read_all(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Read some texts, at least one, that pass the first look; return of which there is something to say.

        They pass the one of the prefilter, which in texts with one skeleton is exact.
        """
        listed = readings_of(texts, self.words)
        symbols = read([plain.text for _, plain in listed])
        levels, scripts = levels_of(symbols, self.model.weights), symbols.scripts()
        above = levels - self._floors[scripts]
        chosen = most_telling(np.array([row for row, _ in listed]), above)
        said = above[chosen] >= 0
        readings = self._readings([listed[row][1] for row in chosen[said].tolist()], levels, scripts, chosen[said])
        for text, is_said in zip(texts, said.tolist(), strict=True):
            self._remember(text, next(readings) if is_said else None)
        return said

    def _readings(
        self, plain: Sequence[Plain], levels: Column, scripts: NDArray[np.uint8], rows: Column
    ) -> Iterator[Reading]:
        reached, written_in = levels[rows], scripts[rows]
        may_hit = reached >= self._thresholds[written_in]
        hits = list(compress(plain, may_hit))
        stretches = iter(stretches_of(read([each.text for each in hits]), self.model.weights) if hits else ())
        for each, level, script, is_hit in zip(
            plain, *(column.tolist() for column in (reached, written_in, may_hit)), strict=True
        ):
            found = next(stretches) if is_hit else ()
            yield Reading(level, Script(script), tuple(_origin(each, stretch) for stretch in found))

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
