"""What does the job conclude from recorded events, when nothing of it is written down? Key: none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from jobs.dataflow.risk import risk
from jobs.errors import BadInput
from jobs.replay.engine import Replay
from jobs.replay.event_files import Arrival
from jobs.replay.state_directory import drafted
from schemas.jsonl import BadLine
from schemas.malformed import Malformed
from state.spec import UnreadableStateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jobs.replay.engine import Output
    from operators.policy.model import Policy
    from schemas.records import MessageSent, PolicyPublished


class Recorded(Protocol):
    """Events of the past, in the order of their arrival; they can be read through more than once."""

    @property
    def size(self) -> int:
        """How many bytes they are, about."""

    def arrivals(self) -> Iterator[Arrival]:
        """Yield them."""

    def policies(self) -> Iterable[PolicyPublished]:
        """Yield the policies among them."""


class Rerun:
    """One more run over recorded events, on a copy of the state that it begins with, if there is any.

    `shadow` decides beside the policy in force, as in the run that is done again.
    """

    def __init__(
        self, policy: Policy, start: Path | None = None, *, shadow: PolicyPublished | None = None, ends: bool = True
    ) -> None:
        self._policy, self._start, self._shadow, self._ends = policy, start, shadow, ends
        self.refused = 0  # lines that are no event

    def outputs(self, events: Recorded, watch: Watch | None = None) -> Iterator[Output]:
        """Yield what is concluded. Raise BadInput for state that cannot be read."""
        with drafted(None, self._start) as draft, blaming(self._start):
            run = Replay(risk(), draft.store, self._policy)
            run.learn(events.policies())
            if self._shadow is not None:
                yield from cast(run, self._shadow)
            for arrival, harmless in sifted(events.arrivals(), run):
                yield from self._pushed(run, arrival) if harmless is None else run.pass_over(harmless)
                if watch is not None:
                    watch(arrival, events.size)
            if self._ends:
                yield from run.finish()

    def _pushed(self, run: Replay, arrival: Arrival) -> Iterator[Output]:
        try:
            if not isinstance(arrival.found, BadLine):
                yield from run.push(arrival.found)
                return
        except Malformed:
            pass
        self.refused += 1


Watch = Callable[[Arrival, int], None]


@contextmanager
def blaming(state: Path | None) -> Iterator[None]:
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


def cast(run: Replay, shadow: PolicyPublished) -> Iterator[Output]:
    """Put a policy into the shadow of a run that begins. Raise BadInput where its version is of another policy."""
    try:
        yield from run.cast(shadow)
    except Malformed as fault:
        raise BadInput(f"--shadow {shadow.version}", fault.message) from fault


_EVENTS_AT_MOST: Final = 2_000


_BYTES_AT_MOST: Final = 4 * 2**20
"""A few events are large, most are small: what is read ahead takes little memory in either case."""


def sifted(arrivals: Iterable[Arrival], run: Replay) -> Iterator[tuple[Arrival, MessageSent | None]]:
    """Yield the arrivals in their order, each with the message in it if that can be passed over.

    What an arrival leads to has to be carried out before the next one is asked for.
    """
    for batch in _batches(arrivals):
        yield from zip(batch, run.harmless([arrival.found for arrival in batch]), strict=True)


def _batches(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    batch: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        batch.append(arrival)
        size += len(arrival.raw)
        if len(batch) >= _EVENTS_AT_MOST or size >= _BYTES_AT_MOST:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
