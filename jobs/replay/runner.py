"""How are event files replayed? Read, pushed through the job, written and counted. Key: none."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from jobs.replay.event_files import EventFiles, InputEvent, open_events
from jobs.replay.output_files import OutputFiles
from jobs.replay.session import ProgressCallback, prefilter_ahead, start_shadow, state_errors
from jobs.replay.state_directory import open_state
from operators.erasure.acquaintance import Acquaintance
from schemas.jsonl import BadLine
from schemas.malformed import Malformed
from schemas.records import Decision
from schemas.topics import COMMANDS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jobs.replay.engine import Output
    from jobs.replay.state_directory import StateTransaction
    from operators.policy.model import Policy
    from schemas.records import MessageSent, PolicyPublished, Record


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What to replay, and where to. `state` is kept; `start` is only copied from.

    `shadow` decides beside the policy in force, about what is later than all that the state has seen.
    """

    events: tuple[Path, ...]
    out: Path
    policy: Policy
    state: Path | None = None
    start: Path | None = None
    shadow: PolicyPublished | None = None


@dataclass(slots=True)
class ReplayCounts:
    """What a run did. `late` are events that came to a step when its clock had passed them.

    `steps` has what each step counted, by the names of the job's metrics, in the order of the dataflow.
    """

    read: int = 0
    repeated: int = 0
    late: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    shadow_decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    risk_windows: int = 0
    steps: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def applied(self) -> int:
        """Events that were taken, also those that rightly changed nothing (C-17)."""
        return self.read - self.repeated - self.dead_letters.total()

    def add(self, topic: str, record: Record) -> None:
        """Count an output."""
        if isinstance(record, Decision):
            made = self.shadow_decisions if topic == SHADOW_DECISIONS else self.decisions
            made[record.rule, record.outcome] += 1
        elif topic == COMMANDS:
            self.commands[type(record).__name__] += 1
        else:
            self.risk_windows += 1


def replay_files(assignment: ReplayRequest, watch: ProgressCallback | None = None) -> ReplayCounts:
    """Replay event files into output files; `watch` sees each arrival and the size of all files in bytes.

    Every input has been read through before anything is written, and outputs and state take their places at the end.
    Raise BadInput for anything that cannot be read or written.
    """
    with open_events(assignment.events) as recordings:
        policies = list(recordings.policies())
        with (
            open_state(assignment.state, assignment.start) as draft,
            OutputFiles(assignment.out, append=draft.continued) as outputs,
        ):
            work = _Work(assignment, draft, outputs)
            with state_errors(assignment.state or assignment.start):
                work.begin(policies)
                work.read(recordings, watch)
                draft.seal()
            outputs.publish()
            draft.commit()
            return work.tallies


class _Work:
    """One run under way."""

    def __init__(self, assignment: ReplayRequest, draft: StateTransaction, outputs: OutputFiles) -> None:
        self._assignment, self._draft, self._outputs = assignment, draft, outputs
        self._names_places = len(assignment.events) > 1
        self.tallies = ReplayCounts()

    def begin(self, policies: Iterable[PolicyPublished]) -> None:
        """Set the job up on its state, with all policies that it will meet."""
        graph = risk_graph()
        self._run = Replay(graph, self._draft.store, self._assignment.policy)
        self._run.load_policies(policies)
        if self._assignment.shadow is not None:
            self._write(start_shadow(self._run, self._assignment.shadow))
        # A friend request is seen by two steps; the one that only notes who has to do with whom is not counted.
        self._steps = [step.uid for step in graph.steps]
        self._repeated = [f"{uid}.repeated" for uid in self._steps if uid != Acquaintance.uid]

    def read(self, recordings: EventFiles, watch: ProgressCallback | None) -> None:
        """Take in all events. Only without a state directory is their end the end of time."""
        for arrival, harmless in prefilter_ahead(recordings.events(), self._run):
            self._take(arrival, harmless)
            if watch is not None:
                watch(arrival, recordings.size)
        if self._assignment.state is None:
            self._write(self._run.finish())
        self.tallies.repeated = self._sum(self._repeated)
        self.tallies.steps = dict(self._counted())

    def _take(self, arrival: InputEvent, harmless: MessageSent | None) -> None:
        self.tallies.read += 1
        late = self._run.late
        if harmless is not None:
            self._write(self._run.skip(harmless))
        elif isinstance(arrival.parsed, BadLine):
            self._refuse(arrival.parsed, arrival)
        else:
            self._push(arrival, arrival.parsed)
        self.tallies.late += self._run.late > late

    def _push(self, arrival: InputEvent, record: Record) -> None:
        try:
            self._write(self._run.push(record))
        except Malformed as fault:
            self._refuse(arrival.as_bad_line(fault), arrival)

    def _write(self, outputs: Iterable[Output]) -> None:
        for topic, _, record in outputs:
            self._outputs.write(topic, record)
            self.tallies.add(topic, record)

    def _refuse(self, letter: BadLine, arrival: InputEvent) -> None:
        self._outputs.write_dead_letter(letter, arrival.file if self._names_places else None)
        self.tallies.dead_letters[str(letter.reason)] += 1

    def _counted(self) -> Iterator[tuple[str, Counter[str]]]:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for name, count in self._run.counts.items():
            step, _, what = name.partition(".")
            counts[step][what] += count
        return ((step, counts[step]) for step in self._steps if step in counts)

    def _sum(self, names: Iterable[str]) -> int:
        return sum(self._run.counts[name] for name in names)
