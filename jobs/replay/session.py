"""What does the job conclude from recorded events, when nothing of it is written down? Key: none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from jobs.dataflow.risk import risk_graph
from jobs.errors import BadInput
from jobs.replay.engine import Replay
from jobs.replay.event_files import InputEvent
from jobs.replay.state_directory import open_state
from schemas.jsonl import BadLine
from schemas.malformed import Malformed
from state.spec import UnreadableStateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jobs.replay.engine import Output
    from operators.policy.model import Policy
    from schemas.records import MessageSent, PolicyPublished


class EventSource(Protocol):
    """Events of the past, in the order of their arrival; they can be read through more than once."""

    @property
    def size(self) -> int:
        """How many bytes they are, about."""

    def events(self) -> Iterator[InputEvent]:
        """Yield them."""

    def policies(self) -> Iterable[PolicyPublished]:
        """Yield the policies among them."""


class ReplaySession:
    """One more run over recorded events, on a copy of the state that it begins with, if there is any.

    `shadow` decides beside the policy in force, as in the run that is done again.
    """

    def __init__(
        self, policy: Policy, start: Path | None = None, *, shadow: PolicyPublished | None = None, ends: bool = True
    ) -> None:
        self._policy, self._start, self._shadow, self._ends = policy, start, shadow, ends
        self.rejected = 0  # lines that are no event

    def outputs(self, events: EventSource, watch: ProgressCallback | None = None) -> Iterator[Output]:
        """Yield what is concluded. Raise BadInput for state that cannot be read."""
        with open_state(None, self._start) as draft, state_errors(self._start):
            run = Replay(risk_graph(), draft.store, self._policy)
            run.load_policies(events.policies())
            if self._shadow is not None:
                yield from start_shadow(run, self._shadow)
            for arrival, harmless in prefilter_ahead(events.events(), run):
                yield from self._pushed(run, arrival) if harmless is None else run.skip(harmless)
                if watch is not None:
                    watch(arrival, events.size)
            if self._ends:
                yield from run.finish()

    def _pushed(self, run: Replay, arrival: InputEvent) -> Iterator[Output]:
        try:
            if not isinstance(arrival.parsed, BadLine):
                yield from run.push(arrival.parsed)
                return
        except Malformed:
            pass
        self.rejected += 1


ProgressCallback = Callable[[InputEvent, int], None]


@contextmanager
def state_errors(state: Path | None) -> Iterator[None]:
    """Say of state that cannot be read that it cannot be; everything else is a fault of ours and passes."""
    try:
        yield
    except UnreadableStateError as fault:
        raise BadInput(state, str(fault)) from fault
    except Exception as fault:
        # RocksDB's errors come as bare exceptions, and nothing else does.
        if type(fault) is Exception and state is not None:
            raise BadInput(state, f"holds state that cannot be read: {fault}") from fault
        raise


def start_shadow(run: Replay, shadow: PolicyPublished) -> Iterator[Output]:
    """Put a policy into the shadow of a run that begins. Raise BadInput where its version is of another policy."""
    try:
        yield from run.start_shadow(shadow)
    except Malformed as fault:
        raise BadInput(f"--shadow {shadow.version}", fault.message) from fault


_EVENTS_AT_MOST: Final = 2_000


_BYTES_AT_MOST: Final = 4 * 2**20
"""A few events are large, most are small: what is read ahead takes little memory in either case."""


def prefilter_ahead(arrivals: Iterable[InputEvent], run: Replay) -> Iterator[tuple[InputEvent, MessageSent | None]]:
    """Yield the arrivals in their order, each with the message in it if that can be passed over.

    What an arrival leads to has to be carried out before the next one is asked for.
    """
    for batch in _batches(arrivals):
        yield from zip(batch, run.prefilter([arrival.parsed for arrival in batch]), strict=True)


def _batches(arrivals: Iterable[InputEvent]) -> Iterator[list[InputEvent]]:
    batch: list[InputEvent] = []
    size = 0
    for arrival in arrivals:
        batch.append(arrival)
        size += len(arrival.raw)
        if len(batch) >= _EVENTS_AT_MOST or size >= _BYTES_AT_MOST:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
