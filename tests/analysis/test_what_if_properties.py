"""What-if run of a policy against itself: no flips, whatever the events."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from jobs.analysis.sample import Sample
from jobs.analysis.what_if import WhatIfResult, WhatIfRun, run_what_if
from jobs.analysis.what_if_report import count_affected_accounts
from jobs.replay.event_files import InputEvent
from jobs.replay.input_report import InputReport
from tests.support import incident_streams, streams

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from schemas.records import PolicyPublished, Record

POLICY = incident_streams.policy()
OTHER_NAME = replace(POLICY, version="other")
ANYTHING = st.one_of(streams.stories(), incident_streams.stories())


@dataclass
class Told:
    """Events in a given order of arrival."""

    records: Sequence[Record]
    size: int = 0
    report: InputReport = field(default_factory=InputReport)

    def events(self) -> Iterator[InputEvent]:
        for line, event in enumerate(self.records, start=1):
            yield InputEvent(streams.time_ms(event), "events", line, b"", event)

    def policies(self) -> Iterator[PolicyPublished]:
        yield from ()


def nothing_changes(found: WhatIfResult) -> None:
    assert dict(found.flips.by_kind) == {}
    assert found.flips.other_actions == 0
    assert list(found.commands.by_type()) == []
    assert (count_affected_accounts(found), found.commands.members) == (0, 0)
    assert found.flips.decided[0] == found.flips.decided[1]


@given(ANYTHING, st.randoms(use_true_random=False))
def test_a_policy_against_itself_flips_nothing_in_any_order_of_arrival(
    events: list[Any], chance: random.Random
) -> None:
    found = run_what_if(WhatIfRun(new=OTHER_NAME, against=POLICY), Told(streams.shuffled(events, chance)))
    nothing_changes(found)
    assert found.events == len(events)


@given(ANYTHING, st.fractions(min_value="1/100", max_value=1))
def test_a_policy_against_itself_flips_nothing_in_any_sample(events: list[Any], share: Fraction) -> None:
    nothing_changes(run_what_if(WhatIfRun(new=OTHER_NAME, against=POLICY, sample=Sample(share)), Told(events)))
