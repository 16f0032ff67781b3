"""What travels to a step? A parcel: what its order and its repetition are judged by, then the record.

    event time (8 bytes) | class of C-2 (1) | until when its repetition does nothing, 0: never mind (8)
    | length of the event id (2) | event id | the record as it is passed within the job

All numbers are big-endian. Parcels wait as they are: `jobs/flink/java` sorts them in Flink,
`jobs/replay/event_queue.py` in a replay.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from schemas.event_order import RANKS, Rank, order_of
from schemas.internal_form import encode_internal
from schemas.records import FollowAnswered, MessageScreened
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Callable

    from operators.policy.versions import PolicyBook

T = TypeVar("T")

_HEAD: Final = struct.Struct(">qBqH")

_JUDGED: Final = frozenset(
    {kind for kind in INPUT_OF if RANKS[kind] in (Rank.CONTENT, Rank.ANSWER)} | {MessageScreened, FollowAnswered}
)
"""What is judged or counted, and so must not act twice (C-12). A fact that is repeated changes nothing by itself."""


class Envelope(NamedTuple):
    """A parcel that was opened as far as its order goes."""

    at_ms: int
    rank: int
    until_ms: int
    event_id: bytes
    record: bytes


def pack(record: Any, policies: PolicyBook) -> bytes:  # noqa: ANN401 - any record that a step takes: it has a time
    """Return a record as it travels to a step. How long it is remembered is the policy's of its time."""
    rank, event_id = order_of(record)
    memory_ms = policies.in_force(record.at_ms).common.repeat_memory_ms if type(record) in _JUDGED else 0
    until_ms = record.at_ms + memory_ms if memory_ms else 0
    return _HEAD.pack(record.at_ms, rank, until_ms, len(event_id)) + event_id + encode_internal(record)


def unpack(parcel: bytes) -> Envelope:
    """Return the parts of a parcel."""
    at_ms, rank, until_ms, size = _HEAD.unpack_from(parcel)
    end = _HEAD.size + size
    return Envelope(at_ms, rank, until_ms, parcel[_HEAD.size : end], parcel[end:])


class CachedLast(Generic[T]):
    """Makes something of a record once, for all the keys that the record goes to one after the other."""

    __slots__ = ("_made", "_make", "_record")

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make, self._record = make, None
        self._made: T

    def __call__(self, record: Any) -> T:  # noqa: ANN401 - as for `parcel_of`
        """Return what was made of the record, or make it."""
        if record is not self._record:
            self._made = self._make(record)
            self._record = record
        return self._made
