"""The envelope of a record between steps: sort key, deduplication key, payload.

    event time (8 bytes) | rank of C-2 (1) | time until which a repetition is dropped, 0: no deduplication (8)
    | length of the event id (2) | event id | the record in the job's internal form

All numbers are big-endian. Pending events are stored as these bytes: `jobs/flink/java` buffers and sorts them in Flink,
`jobs/replay/event_queue.py` in a replay.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from jobs.runtime.wire_format import pack_approach
from schemas.event_order import RANKS, Rank, order_of
from schemas.internal_form import encode_internal
from schemas.records import AccountApproached, FollowAnswered, MessageScreened
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.dataflow.graph import Route
    from operators.policy.versions import PolicyBook

T = TypeVar("T")

_HEAD: Final = struct.Struct(">qBqH")

_DEDUPLICATED: Final = frozenset(
    {kind for kind in INPUT_OF if RANKS[kind] in (Rank.CONTENT, Rank.ANSWER)} | {MessageScreened, FollowAnswered}
)
"""Record types that are judged or counted, and so must not act twice (C-12). A repeated fact changes nothing. What
one step sends another is not looked up, since nothing follows from a repetition that the first step has dropped; except
`MessageScreened`: of a message and its repetition one may be screened by `late-screening`, the other at ingress."""


class Envelope(NamedTuple):
    """An unpacked envelope; the record stays serialized."""

    at_ms: int
    rank: int
    until_ms: int
    event_id: bytes
    record: bytes


def pack(route: Route, policies: PolicyBook) -> bytes:
    """Return the envelope of a route's record.

    How long its event id is kept for deduplication is set by the policy of its time.
    """
    record: Any = route.record  # a step handles only what has a time
    rank, event_id = order_of(record)
    is_deduplicated = route.drops_repeats and type(record) in _DEDUPLICATED
    memory_ms = policies.in_force(record.at_ms).common.repeat_memory_ms if is_deduplicated else 0
    until_ms = record.at_ms + memory_ms if memory_ms else 0
    return _HEAD.pack(record.at_ms, rank, until_ms, len(event_id)) + event_id + encode_internal(record)


def unpack(packed: bytes) -> Envelope:
    """Return the parts of a packed envelope."""
    at_ms, rank, until_ms, size = _HEAD.unpack_from(packed)
    end = _HEAD.size + size
    return Envelope(at_ms, rank, until_ms, packed[_HEAD.size : end], packed[end:])


class StepPayload:
    """Packs what a step of Flink's is sent: envelopes, and approaches in a form of their own.

    `policies` returns the policies that are known.
    """

    def __init__(self, policies: Callable[[], PolicyBook]) -> None:
        self._pack_envelope = CachedLast(lambda route: pack(route, policies()))

    def __call__(self, route: Route) -> bytes:
        """Return the payload of a route to a step."""
        if type(route.record) is AccountApproached:
            return pack_approach(route.record, route.key)
        return self._pack_envelope(route)


class CachedLast(Generic[T]):
    """A function of a route, whatever its step and key, that caches its last result: a record has several in a row."""

    __slots__ = ("_compute", "_drops_repeats", "_record", "_result")

    def __init__(self, compute: Callable[[Route], T]) -> None:
        self._compute, self._drops_repeats = compute, True
        self._record: object = None
        self._result: T

    def __call__(self, route: Route) -> T:
        """Return the cached result for the same record object, or compute it."""
        if route.record is not self._record or route.drops_repeats is not self._drops_repeats:
            self._result = self._compute(route)
            self._record, self._drops_repeats = route.record, route.drops_repeats
        return self._result
