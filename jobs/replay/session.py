"""A replay of recorded events through the job: policies, shadow policy, events in batches, end of time.

Events are read ahead in batches, so that the prefilter can search the texts of many messages at once; most messages are
skipped by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from jobs.dataflow.risk import risk_graph
from jobs.errors import BadInput
from jobs.replay.engine import Replay
from jobs.replay.event_files import InputEvent
from jobs.replay.state_directory import open_state
from schemas.jsonl import BadLine
from schemas.malformed import Malformed, PictureRefused
from state.spec import UnreadableStateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jobs.replay.engine import Output
    from jobs.replay.input_report import InputReport
    from operators.policy.model import Policy
    from schemas.records import MessageSent, PolicyPublished
    from state.stores.store import Store

_MAX_BATCH_EVENTS: Final = 2_000
_MAX_BATCH_BYTES: Final = 4 * 2**20
"""Bounds the memory of a batch that is read ahead: a few events are large, most are small."""

ProgressCallback = Callable[[InputEvent, int], None]
"""Called after each event, with the size of all events in bytes."""

BadLineCallback = Callable[[InputEvent, BadLine], None]
"""Called with each line that is not a valid event, or of which the picture is refused (AI-34)."""


class EventSource(Protocol):
    """Recorded events in the order of their arrival; they can be read more than once."""

    @property
    def size(self) -> int:
        """The approximate size of all events in bytes."""

    @property
    def report(self) -> InputReport:
        """What was noticed in the events that were read."""

    def events(self) -> Iterator[InputEvent]:
        """Yield the events."""

    def policies(self) -> Iterable[PolicyPublished]:
        """Yield the published policies among the events."""


class ReplaySession:
    """One run of the job over recorded events.

    `shadow` is a policy that decides in shadow mode beside the one in force. With `ends`, event time ends after the
    last event: all timers fire, all windows close. `read`, `rejected` and `late` (at some step) count events, and
    `without_picture` those that count although their picture is refused.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        shadow: PolicyPublished | None = None,
        ends: bool = True,
        on_bad_line: BadLineCallback | None = None,
    ) -> None:
        self._policy, self._shadow, self._ends, self._on_bad_line = policy, shadow, ends, on_bad_line
        self.read = self.rejected = self.without_picture = self.late = 0
        self.metrics: Counter[str] = Counter()

    def outputs(
        self,
        events: EventSource,
        store: Store,
        policies: Iterable[PolicyPublished],
        progress: ProgressCallback | None = None,
    ) -> Iterator[Output]:
        """Yield the outputs of a run on a store; `policies` are all that the events contain."""
        run = Replay(risk_graph(), store, self._policy)
        self.metrics = run.counts
        run.load_policies(policies)
        if self._shadow is not None:
            yield from _start_shadow(run, self._shadow)
        for event, harmless in prefilter_ahead(events.events(), run):
            late = run.late
            yield from self._push(run, event) if harmless is None else run.skip(harmless)
            self.read += 1
            self.late += run.late > late
            if progress is not None:
                progress(event, events.size)
        if self._ends:
            yield from run.finish()

    def outputs_on_copy(
        self, events: EventSource, start: Path | None, progress: ProgressCallback | None = None
    ) -> Iterator[Output]:
        """Yield the outputs of a run on a copy of the state in `start`. Raise BadInput for unreadable state."""
        with open_state(None, start) as state, state_errors(start):
            yield from self.outputs(events, state.store, events.policies(), progress)

    def _push(self, run: Replay, event: InputEvent) -> Iterator[Output]:
        try:
            if not isinstance(event.parsed, BadLine):
                yield from run.push(event.parsed)
                return
            self.rejected += 1
            bad_line = event.parsed
        except PictureRefused as fault:
            self.without_picture += 1
            bad_line = event.as_bad_line(fault)
        except Malformed as fault:
            self.rejected += 1
            bad_line = event.as_bad_line(fault)
        if self._on_bad_line is not None:
            self._on_bad_line(event, bad_line)


@contextmanager
def state_errors(state: Path | None) -> Iterator[None]:
    """Turn errors of unreadable state into BadInput. Every other exception is a bug and passes."""
    try:
        yield
    except UnreadableStateError as fault:
        raise BadInput(state, str(fault)) from fault
    except Exception as fault:
        # RocksDB's errors come as bare exceptions, and nothing else does.
        if type(fault) is Exception and state is not None:
            raise BadInput(state, f"holds state that cannot be read or written: {fault}") from fault
        raise


def prefilter_ahead(events: Iterable[InputEvent], run: Replay) -> Iterator[tuple[InputEvent, MessageSent | None]]:
    """Yield the events in their order, each with its message if that is harmless and can be skipped, else None.

    An event must be pushed or skipped before the next one is requested.
    """
    for batch in batches(events):
        yield from zip(batch, run.prefilter([event.parsed for event in batch]), strict=True)


def batches(events: Iterable[InputEvent]) -> Iterator[list[InputEvent]]:
    """Yield the events in batches of a bounded number and size."""
    batch: list[InputEvent] = []
    size = 0
    for event in events:
        batch.append(event)
        size += len(event.raw)
        if len(batch) >= _MAX_BATCH_EVENTS or size >= _MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _start_shadow(run: Replay, shadow: PolicyPublished) -> Iterator[Output]:
    try:
        yield from run.start_shadow(shadow)
    except Malformed as fault:  # its version is that of another policy
        raise BadInput(f"--shadow {shadow.version}", fault.message) from fault
