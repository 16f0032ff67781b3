"""What-if run over answers of reviewers: each answers the new side's decision on the same cause (RV-13)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.analysis.what_if import WhatIfRun, run_what_if
from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from tests.analysis.test_what_if_properties import Told, nothing_changes
from tests.support.reviews.answering import reviewed
from tests.support.story import DAY, HOUR, Story, rules

BLOCKING = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))


@pytest.mark.parametrize("upheld", [True, False])
def test_an_answer_is_about_the_same_decision_on_the_new_side__rv_13(upheld: bool) -> None:  # noqa: FBT001
    story = reviewed(Story(BLOCKING).friends_for(0).message(), HOUR, upheld=upheld).message(2 * HOUR)
    renamed = replace(BLOCKING, version="renamed")
    nothing_changes(run_what_if(WhatIfRun(new=renamed, against=BLOCKING), Told(story.events)))
