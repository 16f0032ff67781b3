"""What-if run: the same events through the same operators under two policies, with the flips between their decisions.

The new side processes an event when the old side has finished everything before it in event time: a recorded answer
names the verification or the decision that was made under the old policy, and is passed to the new side under the id
that it has there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import structs

from jobs.analysis.command_diff import CommandDiff
from jobs.analysis.flip_reviews import FlipReviews
from jobs.analysis.recorded_reviews import read_reviews
from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from jobs.replay.session import state_errors
from jobs.replay.state_directory import open_state
from jobs.runtime.decision_diff import AGAINST, NEW, DecisionDiff
from jobs.runtime.wire_format import time_of
from operators.ids import identify
from operators.policy.event_group import EVENT_GROUP
from schemas.jsonl import BadLine
from schemas.malformed import Malformed, PictureRefused
from schemas.records import Decision, PolicyMode, PolicyPublished, ReviewAnswered, VerificationAnswered
from schemas.topics import COMMANDS, DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jobs.analysis.recorded_reviews import RecordedReviews
    from jobs.analysis.sample import Sample
    from jobs.replay.engine import Output
    from jobs.replay.session import EventSource, ProgressCallback
    from operators.policy.model import Policy
    from schemas.records import Record

_BEGINNING_MS: Final = -(1 << 63)
_HELD_AT_MOST: Final = 100_000
"""Most events held behind an answer to what has not been asked or decided yet: one answer from the far future must not
hold them all."""
_DECIDED_AT_MOST: Final = 1_000_000
"""Latest decisions of the old side whose ids on the new side are remembered."""
_ANSWERS: Final[Mapping[type[Record], str]] = {
    VerificationAnswered: "verification_id",
    ReviewAnswered: "decision_id",
}
"""The field by which an answer names the decision that it is about."""

_UNKNOWN_ANSWER: Final = "relationship.unknown-answer"


@dataclass(frozen=True, slots=True)
class WhatIfRun:
    """The settings of a what-if run: policy `new` compared with `against`.

    With `follows` the old side also applies the policies among the events. `start` is a state directory that both sides
    begin with a copy of; then `document` is the text of the new policy, which takes effect at the first event.
    """

    new: Policy
    against: Policy
    follows: bool = True
    document: str = ""
    start: Path | None = None
    sample: Sample | None = None
    examples: int = 5


@dataclass(slots=True)
class WhatIfResult:
    """The flips and counts of a what-if run."""

    flips: DecisionDiff
    commands: CommandDiff = field(default_factory=CommandDiff)
    events: int = 0
    """Events that both sides applied."""
    reviews: FlipReviews = field(default_factory=FlipReviews)
    refused: int = 0
    """What was read and is no valid event."""
    unknown_answers: int = 0
    superseded_by: str | None = None
    """A policy that was scheduled in the state, and took effect on the new side too."""


def run_what_if(run: WhatIfRun, events: EventSource, watch: ProgressCallback | None = None) -> WhatIfResult:
    """Run the events under both policies. Raises `BadInput` for unreadable state."""
    with ExitStack() as stack:
        drafts = [stack.enter_context(open_state(None, run.start)) for _ in (AGAINST, NEW)]
        stack.enter_context(state_errors(run.start))
        first = run.new if run.start is None else run.against
        sides = (
            Replay(risk_graph(), drafts[AGAINST].store, run.against),
            Replay(risk_graph(), drafts[NEW].store, first),
        )
        said = read_reviews((each.parsed for each in events.events()), run.against.reviews.reviewers_needed)
        work = _Comparison(run, sides, said)
        work.learn(events.policies())
        for arrival in events.events():
            work.accept(arrival.parsed)
            if watch is not None:
                watch(arrival, events.size)
        return work.finish()


class _Comparison:
    """The two replays of a what-if run, and the events between them."""

    def __init__(self, run: WhatIfRun, sides: tuple[Replay, Replay], said: RecordedReviews) -> None:
        self._run, self._sides = run, sides
        self._lateness_ms = run.against.common.out_of_order_ms
        self._highest_ms = self._new_from_ms = _BEGINNING_MS
        self._begun = run.start is None
        self._held: deque[Record] = deque()
        self._ids: dict[str, str] = {}
        reviews = FlipReviews(said)
        self.found = WhatIfResult(DecisionDiff(run.examples, on_flip=reviews.count), reviews=reviews)

    def learn(self, published: Iterable[PolicyPublished]) -> None:
        """Announce the policies among the events to the old side, if it applies them."""
        if self._run.follows:
            self._sides[AGAINST].load_policies(published)

    def accept(self, found: Record | BadLine) -> None:
        """Process an input: on the old side at once, on the new side in the same order, as soon as possible."""
        if isinstance(found, BadLine):
            self.found.refused += 1
        elif self._run.sample is None or self._run.sample.includes(found):
            self.found.events += 1
            if not self._begun:
                self._begin(time_of(found))
            self._take(found)

    def _take(self, event: Record) -> None:
        if isinstance(event, PolicyPublished):
            if self._run.follows and event.mode is PolicyMode.LIVE:
                self._push(AGAINST, event)
        elif self._push(AGAINST, event):
            self._held.append(event)
            self._highest_ms = max(self._highest_ms, time_of(event))
            self._release(self._highest_ms - self._lateness_ms - 1)

    def finish(self) -> WhatIfResult:
        """End event time on both sides, and return the result."""
        self._record(AGAINST, self._sides[AGAINST].finish())
        self._release(self._highest_ms)
        self._record(NEW, self._sides[NEW].finish())
        self.found.flips.finish()
        self.found.unknown_answers = self._sides[AGAINST].counts[_UNKNOWN_ANSWER]
        return self.found

    def _begin(self, at_ms: int) -> None:
        """Activate the new policy at the first event: what is open in the state ends under its own policy (C-19)."""
        self._begun = True
        self._new_from_ms = at_ms - self._lateness_ms
        policy = PolicyPublished(
            event_id=f"what-if {self._run.new.version}",
            at_ms=self._new_from_ms,
            version=self._run.new.version,
            effective_at_ms=self._new_from_ms,
            mode=PolicyMode.LIVE,
            document=self._run.document,
        )
        self._sides[NEW].load_policies([policy])
        self._record(NEW, self._sides[NEW].push(policy))

    def _release(self, watermark_ms: int) -> None:
        """Pass held events to the new side, up to an answer to what the old side has not decided yet."""
        while self._held:
            event = self._held[0]
            name = _ANSWERS.get(type(event))
            if name is not None:
                decision_id = getattr(event, name)
                is_decided = decision_id in self._ids or time_of(event) <= watermark_ms
                if not is_decided and len(self._held) < _HELD_AT_MOST:
                    return
                event = structs.replace(event, **{name: self._ids.get(decision_id, decision_id)})
            self._held.popleft()
            self._push(NEW, event)

    def _push(self, side: int, event: Record) -> bool:
        try:
            self._record(side, self._sides[side].push(event))
        except PictureRefused:
            return True
        except Malformed:
            if side == AGAINST:
                self.found.events -= 1
                self.found.refused += 1
            return False
        return True

    def _record(self, side: int, outputs: Iterable[Output]) -> None:
        for topic, _, record in outputs:
            if topic == COMMANDS:
                self.found.commands.add(record, 1 if side == NEW else -1)
            elif topic == DECISIONS and isinstance(record, Decision):
                self._record_decision(side, record)

    def _record_decision(self, side: int, decision: Decision) -> None:
        if side == AGAINST and decision.rule != EVENT_GROUP:  # of which nothing is undone, and whose ids say more
            self._ids[decision.decision_id] = self._id_on_new_side(decision)
            if len(self._ids) > _DECIDED_AT_MOST:
                del self._ids[next(iter(self._ids))]
        if side == NEW and self._is_superseded(decision):
            self.found.superseded_by = decision.policy_version
        if self._run.sample is None or self._run.sample.includes_decision(decision):
            self.found.reviews.see(side, decision)
            self.found.flips.add(side, decision)

    def _id_on_new_side(self, decision: Decision) -> str:
        """Return the id of the same decision under the new policy (C-10)."""
        is_new = decision.at_ms >= self._new_from_ms
        version = self._run.new.version if is_new else decision.policy_version
        about = (decision.subject_id, decision.other_id, decision.group_id, decision.incident_id)
        return identify(decision.rule, *about, decision.cause_event_id, version)

    def _is_superseded(self, decision: Decision) -> bool:
        """Return whether another policy judged a message that the new one should have: these are judged at once."""
        judged = decision.rule == "friendship-age" and decision.at_ms >= self._new_from_ms
        return judged and decision.policy_version != self._run.new.version
