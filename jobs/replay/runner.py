"""Replays event files into output files, with state that is kept from run to run, and counts what happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobs.dataflow.risk import risk_graph
from jobs.replay.event_files import InputRules, open_events
from jobs.replay.events_digest import DigestedEvents
from jobs.replay.generations import RunRecord
from jobs.replay.input_report import InputReport
from jobs.replay.output_files import OutputFiles
from jobs.replay.session import ReplaySession, state_errors
from jobs.replay.state_directory import open_state
from schemas.codec import encode
from schemas.records import Decision
from schemas.topics import COMMANDS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.replay.event_files import EventFiles, InputEvent
    from jobs.replay.session import ProgressCallback
    from operators.policy.model import Policy
    from schemas.jsonl import BadLine
    from schemas.records import PolicyPublished, Record


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """The inputs and outputs of a replay. `state` is updated; `start` is only copied from.

    `shadow` is a policy that decides in shadow mode, on events later than all that the state has seen.
    """

    events: tuple[Path, ...]
    out: Path
    policy: Policy
    state: Path | None = None
    start: Path | None = None
    shadow: PolicyPublished | None = None
    rules: InputRules = field(default_factory=InputRules)


@dataclass(slots=True)
class ReplayCounts:
    """Counters of a run. `late` are events that reached a step after its watermark had passed them.

    `rejected` are events that do not count at all, `without_picture` those that count without their picture (AI-34):
    `dead_letters` are of both. `steps` has the counters of each step, by the names of the job's metrics, in the order
    of the dataflow. `is_repetition` means that the run before was the same one, and that nothing was written (C-29).
    """

    read: int = 0
    repeated: int = 0
    late: int = 0
    rejected: int = 0
    without_picture: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    shadow_decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    risk_windows: int = 0
    is_repetition: bool = False
    steps: dict[str, Counter[str]] = field(default_factory=dict)
    input: InputReport = field(default_factory=InputReport, compare=False)  # names the files

    @property
    def applied(self) -> int:
        """Events that were accepted, also those that rightly changed nothing (C-17)."""
        return self.read - self.repeated - self.rejected

    def add(self, topic: str, record: Record) -> None:
        """Count an output."""
        if isinstance(record, Decision):
            made = self.shadow_decisions if topic == SHADOW_DECISIONS else self.decisions
            made[record.rule, record.outcome] += 1
        elif topic == COMMANDS:
            self.commands[type(record).__name__] += 1
        else:
            self.risk_windows += 1


def replay_files(request: ReplayRequest, progress: ProgressCallback | None = None) -> ReplayCounts:
    """Replay event files into output files; `progress` gets each event and the size of all files in bytes.

    Every input is read through once before anything is written. Outputs and state become valid at the end, in one step.
    Raise BadInput for anything that cannot be read or written.
    """
    counts = ReplayCounts()
    with open_events(request.events, rules=request.rules) as files:
        policies = list(files.policies())
        with (
            open_state(request.state, request.start) as state,
            OutputFiles(request.out, append=state.continued) as outputs,
        ):

            def write_dead_letter(event: InputEvent, bad_line: BadLine) -> None:
                outputs.write_dead_letter(bad_line, event.file if files.count > 1 else None)
                counts.dead_letters[str(bad_line.reason)] += 1

            # With a state directory the next run goes on from here: event time does not end.
            ends = request.state is None
            session = ReplaySession(request.policy, shadow=request.shadow, ends=ends, on_bad_line=write_dead_letter)
            events = None if request.state is None else _digested(files, request)
            with state_errors(request.state or request.start):
                for topic, _, record in session.outputs(events or files, state.store, policies, progress):
                    outputs.write(topic, record)
                    counts.add(topic, record)
                counts.input = files.report
                run = None if events is None else RunRecord(events.hexdigest(), str(request.out.absolute()))
                counts.is_repetition = run is not None and run == state.last_run and outputs.exist
                if not counts.is_repetition:
                    outputs.publish(state.seal(run), state.commit)
    _add_metrics(counts, session)
    return counts


def _digested(files: EventFiles, request: ReplayRequest) -> DigestedEvents:
    shadow = b"" if request.shadow is None else encode(request.shadow)
    mapping = [] if request.rules.mapping is None else [request.rules.mapping.digest]
    return DigestedEvents(files, bytes(request.out.absolute()), request.policy.version.encode(), shadow, *mapping)


def _add_metrics(counts: ReplayCounts, session: ReplaySession) -> None:
    counts.read, counts.late = session.read, session.late
    counts.rejected, counts.without_picture = session.rejected, session.without_picture
    counts.steps = dict(_metrics_by_step(session.metrics))
    counts.repeated = sum(metrics["repeated"] for metrics in counts.steps.values())


def _metrics_by_step(metrics: Counter[str]) -> Iterator[tuple[str, Counter[str]]]:
    by_step: dict[str, Counter[str]] = defaultdict(Counter)
    for name, count in metrics.items():
        uid, _, metric = name.partition(".")
        by_step[uid][metric] += count
    return ((step.uid, by_step[step.uid]) for step in risk_graph().steps if step.uid in by_step)
