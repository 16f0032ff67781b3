"""Precision as an interval: the share of upheld decisions, and how far it can be relied on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.analysis.precision import Tally, describe_interval, precision_object, wilson_interval
from operators.reviews.review import Verdict


def tally(upheld: int = 0, overturned: int = 0, disputed: int = 0) -> Tally:
    told = Tally()
    said = {Verdict.UPHELD: upheld, Verdict.OVERTURNED: overturned, Verdict.DISPUTED: disputed}
    for verdict, number in said.items():
        for _ in range(number):
            told.add(verdict)
    return told


@pytest.mark.parametrize(
    ("part", "whole", "interval"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_the_interval_is_that_of_the_literature__rv_21(part: int, whole: int, interval: tuple[float, float]) -> None:
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3."""
    assert wilson_interval(part, whole) == pytest.approx(interval, abs=0.00006)


@pytest.mark.parametrize(
    ("upheld", "overturned", "words"),
    [(10, 0, "72% to 100%"), (5, 5, "23% to 77%"), (0, 10, "0% to 28%"), (1, 0, "20% to 100%"), (0, 0, "unknown")],
)
def test_few_answers_do_not_look_certain__rv_21_rv_v19(upheld: int, overturned: int, words: str) -> None:
    assert describe_interval(tally(upheld, overturned)) == words


def test_a_decision_on_which_people_differ_is_looked_at_and_is_neither__rv_21() -> None:
    assert describe_interval(tally(disputed=9)) == "unknown"
    told = precision_object(tally(upheld=1, disputed=2))
    assert (told["decisions"], told["looked_at"], told["upheld"], told["overturned"]) == (3, 3, 1, 0)
    assert precision_object(Tally())["precision"] is None


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_an_interval_contains_the_share_and_is_the_shorter_the_more_answers_there_are(part: int, other: int) -> None:
    low, high = wilson_interval(part, whole := part + other)
    assert 0 <= low <= part / whole <= high <= 1
    lower, higher = wilson_interval(2 * part, 2 * whole)
    assert higher - lower < high - low
