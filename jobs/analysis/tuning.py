"""Runs of recorded events under variants of one policy, and what people said of the decisions of each (RV-23).

All variants have the same version, so a decision on the same cause has the same id under each, and what reviewers said
of it is known. Several variants run in one pass over the events, each with a state of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jobs.analysis.precision import Tally
from jobs.analysis.recorded_reviews import miss_of, read_reviews
from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from jobs.replay.session import batches
from operators.reviews.review import Verdict
from schemas.jsonl import BadLine
from schemas.malformed import Malformed, PictureRefused
from schemas.records import Decision, MessageSent, PolicyPublished
from schemas.topics import DECISIONS
from state.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobs.analysis.recorded_reviews import Miss, RecordedReviews
    from jobs.analysis.sample import Sample
    from jobs.replay.engine import Output
    from jobs.replay.event_files import InputEvent
    from jobs.replay.session import EventSource, ProgressCallback
    from operators.policy.model import Policy

_AT_ONCE: Final = 8
"""Variants that run in one pass: each has the whole state in memory."""


@dataclass(slots=True)
class VariantRun:
    """The decisions of a variant: their number by rule; outcome and rule of those that people looked at, by id.

    `digests` tell by rule whether two runs decide the same: id, outcome and actions of all decisions in any order.
    """

    decisions: Counter[str] = field(default_factory=Counter)
    digests: dict[str, int] = field(default_factory=dict)
    reviewed: dict[str, tuple[str, str]] = field(default_factory=dict)
    found: set[Miss] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rule under a variant: its decisions and what people said of them, and what is lost against the present policy.

    What people said of a decision holds where the outcome is the one that they looked at. `upheld_lost` and
    `overturned_avoided` are decisions of the present policy that are made no more, or with another outcome.
    """

    tally: Tally
    upheld_lost: int
    overturned_avoided: int
    found: int


class Tuning:
    """The runs of the present policy and its variants. `refused` counts events that are not valid."""

    def __init__(self, policies: Sequence[Policy], sample: Sample | None = None) -> None:
        """Take the policies to run; the first is the present one."""
        self._policies, self.sample = policies, sample
        self.runs = [VariantRun() for _ in policies]
        self.events = self.refused = 0
        self.reviews: RecordedReviews

    def run(self, events: EventSource, watch: ProgressCallback | None = None) -> None:
        """Run all policies over the events, some in each pass. Policies among the events are passed over."""
        needed = self._policies[0].reviews.reviewers_needed
        self.reviews = read_reviews((event.parsed for event in events.events()), needed)
        starts = range(0, len(self._policies), _AT_ONCE)
        for start in starts:
            self.events = self.refused = 0
            policies = self._policies[start : start + _AT_ONCE]
            replays = [Replay(risk_graph(), MemoryStore(), policy) for policy in policies]
            runs = self.runs[start : start + _AT_ONCE]
            for batch in batches(self._events(events)):
                for run, replay in zip(runs, replays, strict=True):
                    self._record_all(run, _outputs(replay, batch))
                if watch is not None:
                    for event in batch:
                        watch(event, events.size * len(starts))
            for run, replay in zip(runs, replays, strict=True):
                self._record_all(run, replay.finish())

    def is_alike(self, place: int) -> bool:
        """Return whether the policy at a place makes the decisions of the present one."""
        return self.runs[place].digests == self.runs[0].digests

    @property
    def unknown(self) -> int:
        """The number of decisions that people looked at and that the present policy has not made."""
        return len(self.reviews.decision_ids) - len(self.runs[0].reviewed)

    def rules(self, own: Iterable[str], places: Sequence[int]) -> list[str]:
        """Return the rules that decide in some of the runs: a section's own, and others in which the runs differ."""
        runs = [self.runs[place] for place in places]
        seen = sorted({rule for run in runs for rule in run.decisions})
        mine = set(own)
        return [rule for rule in seen if rule in mine or len({run.digests.get(rule) for run in runs}) > 1]

    def compare(self, place: int, rule: str) -> Comparison:
        """Return what becomes of a rule under the policy at a place."""
        run, held, before = self.runs[place], self._held(place, rule), self._held(0, rule)
        lost = Counter(verdict for decision_id, verdict in before.items() if decision_id not in held)
        found = sum(miss[0] == rule for miss in run.found)
        tally = Tally(run.decisions[rule], Counter(held.values()))
        return Comparison(tally, lost[Verdict.UPHELD], lost[Verdict.OVERTURNED], found)

    def count_missed(self, rule: str) -> int:
        """Return the number of misses of a rule that people report, in the sample if one is drawn."""
        drawn = self.sample
        missed = self.reviews.missed.items()
        return sum(miss[0] == rule and (drawn is None or drawn.includes_unit(unit)) for miss, unit in missed)

    def _held(self, place: int, rule: str) -> dict[str, Verdict]:
        """Return what people said of a run's decisions, by id: of those with the outcome that people saw.

        That is the outcome that they repeat, else the one that the present policy has.
        """
        present, held = self.runs[0].reviewed, {}
        for decision_id, (outcome, decided_by) in self.runs[place].reviewed.items():
            seen = self.reviews.outcome_of(decision_id) or present.get(decision_id, (outcome,))[0]
            verdict = self.reviews.verdict_of(decision_id)
            if decided_by == rule and outcome == seen and verdict is not None:
                held[decision_id] = verdict
        return held

    def _events(self, events: EventSource) -> Iterator[InputEvent]:
        for event in events.events():
            found = event.parsed
            if isinstance(found, BadLine):
                self.refused += 1
            elif not isinstance(found, PolicyPublished) and (self.sample is None or self.sample.includes(found)):
                self.events += 1
                yield event

    def _record_all(self, run: VariantRun, outputs: Iterable[Output]) -> None:
        for topic, _, record in outputs:
            if topic == DECISIONS and isinstance(record, Decision):
                self._record(run, record)

    def _record(self, run: VariantRun, decision: Decision) -> None:
        if self.sample is not None and not self.sample.includes_decision(decision):
            return
        run.decisions[decision.rule] += 1
        decided = hash((decision.decision_id, decision.outcome, decision.actions))
        run.digests[decision.rule] = run.digests.get(decision.rule, 0) + decided
        if self.reviews.verdict_of(decision.decision_id) is not None:
            run.reviewed[decision.decision_id] = (decision.outcome, decision.rule)
        if (miss := miss_of(decision)) in self.reviews.missed:
            run.found.add(miss)


def _outputs(replay: Replay, batch: Sequence[InputEvent]) -> Iterator[Output]:
    """Yield what a batch of events leads to; one that is not valid, such as a damaged picture, leads to nothing."""
    harmless: Sequence[MessageSent | None] = replay.prefilter([event.parsed for event in batch])
    for event, message in zip(batch, harmless, strict=True):
        if message is not None:
            yield from replay.skip(message)
        elif not isinstance(event.parsed, BadLine):
            try:
                yield from replay.push(event.parsed)
            except (Malformed, PictureRefused):
                continue
