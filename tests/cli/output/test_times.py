"""Times, durations and intervals as people say them."""

from __future__ import annotations

import pytest

from jobs.explain.wording import format_time
from operators.policy.durations import describe_duration, describe_interval

DAY = 86_400_000


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "no time at all"),
        (1, "1 millisecond"),
        (3 * DAY - 1, "2 days 23 hours"),
        (3 * DAY, "3 days"),
        (400 * DAY, "1 year 35 days"),
        (-90_000, "minus 1 minute 30 seconds"),
    ],
)
def test_durations_have_two_units_and_are_never_rounded_up(ms: int, said: str) -> None:
    assert describe_duration(ms) == said


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ("[0, 3d)", "less than 3 days"),
        ("[1d, 30d)", "1 to 30 days"),
        ("[1h, 1d)", "1 hour to 1 day"),
        ("[30m, 90m)", "30 minutes to 1 hour 30 minutes"),
        ("[30d, inf)", "30 days or more"),
        ("[0, inf)", "any time"),
        ("[0.5d, 1w)", "12 hours to 7 days"),
        ("[soon, later)", "[soon, later)"),
        ("", ""),
    ],
)
def test_intervals_of_the_evidence_are_said_in_words(interval: str, said: str) -> None:
    assert describe_interval(interval) == said


@pytest.mark.parametrize(
    ("at_ms", "said"),
    [(0, "1970-01-01 00:00:00 UTC"), (1_001, "1970-01-01 00:00:01.001 UTC"), (1 << 62, f"{1 << 62} ms")],
)
def test_times_are_in_utc(at_ms: int, said: str) -> None:
    assert format_time(at_ms) == said
