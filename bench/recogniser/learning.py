"""Logistic regression over hashed n-grams, exact to the bit on every machine.

Sums of many numbers depend on their order, and exponentials on the processor. So all that is summed is a multiple of a
power of two and stays below 2^53 of them, which makes each sum exact; and the logistic function is a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from operators.recogniser.grams import BUCKETS, buckets
from operators.recogniser.recogniser import spread
from operators.recogniser.symbols import SPACE, is_unspaced_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from operators.recogniser.symbols import Symbols

    Numbers = NDArray[np.float64]
    Left = tuple[NDArray[np.bool_], ...]

UNITS: Final = 32
"""Weights are kept as whole multiples of 1/32, in a byte."""
_FINE: Final = 2.0**20  # steps of weights and of residuals in 1
_FINER: Final = 2.0**28  # steps in 1 of what a text adds to the gradient
_TABLE_STEPS: Final = 64  # entries of the logistic table in 1
_TABLE_END: Final = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn: passes over all texts, their pace, and how weights are kept small."""

    passes: int = 100
    pace: float = 1 / 64
    inertia: float = 7 / 8
    decay: float = 2e-5
    doubt: float = 1 / 16
    """The share of labels that may be wrong: no text is to be quite certain, or the odd ones would count most."""
    blanks: float = 1 / 4
    """The share of words that are blanked out in each pass, others each time: many signs are to count, not a few."""
    rarest: int = 2
    """A bucket that occurs less often gets no weight."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts to learn from: the buckets of the n-grams that begin at each symbol, and of each text what it is."""

    grams: tuple[NDArray[np.uint32], ...]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    words: NDArray[np.int64]
    """The word of each symbol; letters of scripts without spaces are words."""
    scales: Numbers
    """What a total is multiplied by to make it a level."""
    is_fraud: NDArray[np.bool_]
    importance: Numbers


def examples(symbols: Symbols, is_fraud: NDArray[np.bool_], importance: Numbers) -> Examples:
    """Return texts as examples."""
    end = symbols.end
    return Examples(
        grams=tuple(found[:end] for found in buckets(symbols.codes)),
        starts=symbols.starts,
        rows=symbols.rows[:end],
        words=np.cumsum((symbols.codes == SPACE) | is_unspaced_code()[symbols.codes]),
        scales=1 / spread(symbols),
        is_fraud=is_fraud,
        importance=importance,
    )


def learn(given: Examples, plan: Plan) -> NDArray[np.int8]:
    """Return the weight of every bucket."""
    total, whole = given.importance.sum(), (np.ones(len(given.rows), dtype=np.bool_),) * len(given.grams)
    curvature = _back(given, whole, _rounded(given.importance * given.scales**2 / 4, _FINER))
    common = _back(given, whole, np.ones(len(given.scales))) >= plan.rarest
    steps = np.where(common, plan.pace / (curvature + plan.decay * total), 0)
    weights, moves, bias = np.zeros(BUCKETS), np.zeros(BUCKETS), 0.0
    wanted = np.where(given.is_fraud, 1 - plan.doubt, plan.doubt)
    scales = given.scales / (1 - plan.blanks)
    for number in range(plan.passes):
        left = _left(given, plan.blanks, number)
        missed = given.importance * (wanted - _logistic(_totals(given, left, weights) * scales + bias))
        gradient = _back(given, left, _rounded(missed * scales, _FINER)) - plan.decay * total * weights
        moves = plan.inertia * moves + steps * gradient
        weights = _rounded(weights + moves, _FINE)
        bias += float(_rounded(missed, _FINE).sum() / total)
    return np.clip(np.rint(weights * UNITS), -127, 127).astype(np.int8)


def _left(given: Examples, blanks: float, number: int) -> Left:
    """Return for each length which n-grams have no blank: chance is a hash of the word and of the pass's number."""
    words = np.arange(given.words[-1] + 1, dtype=np.uint32) + np.uint32(number * 0x632BE5AB % 2**32)
    hashed = words * np.uint32(0x9E3779B1)
    hashed = (hashed ^ (hashed >> np.uint32(15))) * np.uint32(0x85EBCA6B)
    legible = (hashed >> np.uint32(8) >= int(blanks * 2**24))[given.words]
    left, end = [legible], len(given.rows)
    for length in range(1, len(given.grams)):
        left.append(left[-1][:-1] & legible[length:])
    return tuple(each[:end] for each in left)


def _totals(given: Examples, left: Left, weights: Numbers) -> Numbers:
    begun = np.zeros(len(given.rows))
    for found, kept in zip(given.grams, left, strict=True):
        begun += weights[found] * kept
    return np.add.reduceat(begun, given.starts)


def _back(given: Examples, left: Left, amounts: Numbers) -> Numbers:
    """Return for each bucket the sum of the amounts of the texts that have it, as often as they have it."""
    spread = amounts[given.rows]
    total = np.zeros(BUCKETS)
    for found, kept in zip(given.grams, left, strict=True):
        total += np.bincount(found, spread * kept, BUCKETS)
    return total


def _rounded(numbers: Numbers, steps: float) -> Numbers:
    return np.rint(numbers * steps) / steps


def _logistic(numbers: Numbers) -> Numbers:
    places = np.rint(np.clip(numbers, -_TABLE_END, _TABLE_END) * _TABLE_STEPS).astype(np.int64)
    return _logistic_table()[places + _TABLE_END * _TABLE_STEPS]


@cache
def _logistic_table() -> Numbers:
    """Return the logistic function from -16 to 16; decimal arithmetic rounds the same everywhere."""
    ends = _TABLE_END * _TABLE_STEPS
    values = (1 / (1 + (-Decimal(place) / _TABLE_STEPS).exp()) for place in range(-ends, ends + 1))
    return _rounded(np.array([float(value) for value in values]), _FINE)
