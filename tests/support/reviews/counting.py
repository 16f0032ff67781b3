"""Counters with labels that a story leads to: a replay itself sums over labels."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from jobs.replay import engine

if TYPE_CHECKING:
    from operators.operator import Labels
    from tests.support.story import Story

Counts = dict[tuple[str, tuple[str, ...]], int]
"""Counters by name and values of the labels."""


def labelled_counts(story: Story) -> Counts:
    """Run a story and return its counters with labels."""
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()

    def count(_: object, name: str, labels: Labels = ()) -> None:
        if labels:
            counts[name, tuple(value for _, value in labels)] += 1

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine._ReplayStep, "count", count)
        story.play()
    return dict(counts)
