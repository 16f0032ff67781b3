"""How a step is run for one key, whatever engine runs it: in event-time order, each event once, alarms after events.

An event waits as state, with a timer at its own time, until the watermark has passed it (C-2, C-3). A late one is
handled as it arrives (C-4). A judged event that comes again does nothing (C-12). Both engines run this very class.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from jobs.wire import time_of
from operators.operator import Tally
from schemas.codec import decode, encode, header_of
from schemas.order import RANKS, Rank, order_of
from schemas.records import MessageScreened, Record
from schemas.topics import INPUT_OF
from state.host import ALARMS, JUDGED, WAITING
from state.spec import K, MapCell, MapSpec, RawMap, V

if TYPE_CHECKING:
    from jobs.graph import Graph, Route, Step
    from operators.policy import Policy
    from operators.policy_book import PolicyBook

_HOUR_MS = 3_600_000  # how coarsely judged events are forgotten: one timer a key and hour instead of one an event
_TIME = 8  # bytes of a payload that say its event time


class Turn(Protocol):
    """What an engine lends while it hands over one record or one timer."""

    key: str
    watermark_ms: int

    @property
    def policies(self) -> PolicyBook:
        """The policies known by now."""

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        """Return a state of the key at hand."""

    def register(self, at_ms: int) -> None:
        """Call `wake(at_ms)` for this key once the watermark has reached it; twice for one time is once."""

    def count(self, name: str) -> None:
        """Add one to a metric."""


def payload_of(record: Record) -> bytes:
    """Return a record as it travels to a step: its event time in 8 bytes, then its single-object encoding."""
    return time_of(record).to_bytes(_TIME, "big", signed=True) + encode(record)


class Host:
    """One step of a graph."""

    def __init__(self, graph: Graph, step: Step) -> None:
        self._graph, self._step, self._operator = graph, step, step.operator
        self._repeatable = _judged_types() & set(step.operator.handles)

    @property
    def states(self) -> tuple[MapSpec[Any, Any], ...]:
        """Every state that the engine must lend: the operator's, and the host's own."""
        return (*self._operator.states, WAITING, ALARMS, JUDGED)

    def arrive(self, payload: bytes, turn: Turn) -> Iterator[Route]:
        """Take a record in: let it wait for its time, or handle it now if it is late."""
        payload = self._admitted(payload, turn)
        at_ms = int.from_bytes(payload[:_TIME], "big", signed=True)
        if at_ms <= turn.watermark_ms:
            turn.count("late")
            yield from self._apply(decode(payload[_TIME:]), turn, late=True)
        elif not self._operator.ordered:
            yield from self._apply(decode(payload[_TIME:]), turn, late=False)
        else:
            waiting = WAITING.over(turn.cell(WAITING))
            waiting.put(at_ms, (*(waiting.get(at_ms) or ()), payload))
            turn.register(at_ms)

    def wake(self, at_ms: int, turn: Turn) -> Iterator[Route]:
        """Handle what waits for `at_ms`, then the operator's alarm."""
        waiting = WAITING.over(turn.cell(WAITING))
        payloads = waiting.get(at_ms)
        if payloads is not None:
            waiting.remove(at_ms)
            for record in sorted((decode(payload[_TIME:]) for payload in payloads), key=order_of):
                yield from self._apply(record, turn, late=False)
        alarms = ALARMS.over(turn.cell(ALARMS))
        if alarms.get(at_ms):
            alarms.remove(at_ms)
            yield from self._emit(self._operator.on_timer(at_ms, _Context(turn, at_ms, late=False)), turn)
        if at_ms % _HOUR_MS == 0:
            self._forget_judged(at_ms, turn)

    def _admitted(self, payload: bytes, turn: Turn) -> bytes:
        admission = self._admissions.get(payload[_TIME : _TIME + 10])
        if admission is None:
            return payload
        record = decode(payload[_TIME:])
        return payload_of(admission(record, [turn.policies.in_force(time_of(record))]))

    @cached_property
    def _admissions(self) -> dict[bytes, Any]:
        return {header_of(kind): admission for kind, admission in self._operator.admits.items()}

    def _apply(self, record: Record, turn: Turn, *, late: bool) -> Iterator[Route]:
        if type(record) in self._repeatable and self._is_repeated(record, turn, late=late):
            turn.count("repeated")
            return
        turn.count("applied")
        handler = self._operator.handles[type(record)]
        yield from self._emit(handler(record, _Context(turn, time_of(record), late=late)), turn)

    def _emit(self, conclusions: Iterator[Any], turn: Turn) -> Iterator[Route]:
        for conclusion in conclusions:
            if isinstance(conclusion, Tally):
                turn.count(conclusion.name)
            else:
                yield from self._graph.routes(self._step.uid, conclusion)

    def _is_repeated(self, record: Any, turn: Turn, *, late: bool) -> bool:  # noqa: ANN401 - judged: it has an event id
        judged = JUDGED.over(turn.cell(JUDGED))
        memory_ms = turn.policies.in_force(record.at_ms).common.repeat_memory_ms
        judged_ms = judged.get(record.event_id)
        if judged_ms is not None and record.at_ms - judged_ms < memory_ms:
            return True
        # A late event is remembered from now on, or it would be forgotten before its repetition comes.
        now_ms = turn.watermark_ms if late else record.at_ms
        judged.put(record.event_id, now_ms)
        turn.register((now_ms + memory_ms) // _HOUR_MS * _HOUR_MS + _HOUR_MS)
        return False

    def _forget_judged(self, at_ms: int, turn: Turn) -> None:
        judged = JUDGED.over(turn.cell(JUDGED))
        memory_ms = turn.policies.in_force(at_ms).common.repeat_memory_ms
        for event_id, judged_ms in list(judged.items()):
            if judged_ms + memory_ms <= at_ms:
                judged.remove(event_id)


class _Context:
    """The operator's view of a turn."""

    __slots__ = ("_at_ms", "_turn", "late")

    def __init__(self, turn: Turn, at_ms: int, *, late: bool) -> None:
        self._turn, self._at_ms, self.late = turn, at_ms, late

    @property
    def key(self) -> str:
        return self._turn.key

    @property
    def policy(self) -> Policy:
        return self._turn.policies.in_force(self._at_ms)

    def policy_of(self, version: str) -> Policy:
        return self._turn.policies.of(version)

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        return spec.over(self._turn.cell(spec))

    def wake_at(self, at_ms: int) -> None:
        ALARMS.over(self._turn.cell(ALARMS)).put(at_ms, True)  # noqa: FBT003 - a mark has one value
        self._turn.register(at_ms)


def _judged_types() -> set[type]:
    return {kind for kind in INPUT_OF if RANKS[kind] in (Rank.CONTENT, Rank.ANSWER)} | {MessageScreened}
