"""Filter of approaches: of one sender, recipient and period about one message passes, the earliest one in any case.

A worker remembers what it has let through, in a table of fixed size. Whatever it has forgotten, or another worker has
let through, passes once more, and changes nothing there (ST-9): no result depends on the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from operators.screening.approach import Approach, approach_of, approached, approaches_of, approaches_of_messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from schemas.message_columns import Texts
    from schemas.records import AccountApproached, MessageSent

SLOTS: Final = 1 << 20
"""Approaches remembered by a worker, in 16 MB. A slot that two of them share holds the one that passed last."""


class ApproachFilter:
    """Lets approaches pass; `slots` is a power of two."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._keys = np.zeros(slots, dtype=np.uint64)
        self._times = np.zeros(slots, dtype=np.int64)  # the earliest that passed, and 1 more; 0: none
        self._mask = slots - 1

    def hold_back(self, messages: Sequence[MessageSent]) -> NDArray[np.bool_]:
        """Return for each of some one-to-one messages whether one as early has passed."""
        at_ms = np.array([message.at_ms for message in messages], dtype=np.int64)
        return ~self._are_new(approaches_of_messages(messages).keys, at_ms)

    def of_message(self, message: MessageSent) -> AccountApproached | None:
        """Return the approach of a one-to-one message if it passes."""
        return self._pass(approach_of(message), message.sender_id, message.recipient_id or "", message.at_ms)

    def of_texts(
        self, texts: Texts, buffer: bytes, places: NDArray[np.int64]
    ) -> Iterator[tuple[int, AccountApproached]]:
        """Yield those that pass of some one-to-one messages of a batch, each with its place in the batch."""
        found, at_ms = approaches_of(texts, places), texts.at_ms[places]
        for number in np.flatnonzero(self._are_new(found.keys, at_ms)).tolist():
            place = int(places[number])
            sender, recipient = (
                buffer[field.starts[place] : field.ends[place]].decode() for field in (texts.senders, texts.recipients)
            )
            approach = Approach(int(found.keys[number]), int(found.start_hours[number]))
            record = self._pass(approach, sender, recipient, int(at_ms[number]))
            if record is not None:
                yield place, record

    def _are_new(self, keys: NDArray[np.uint64], at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        slots = (keys & np.uint64(self._mask)).astype(np.int64)
        times = self._times[slots]
        are_new: NDArray[np.bool_] = (self._keys[slots] != keys) | (times == 0) | (times > at_ms + 1)
        return are_new

    def _pass(self, approach: Approach, sender_id: str, recipient_id: str, at_ms: int) -> AccountApproached | None:
        if self._has_passed(approach, at_ms):
            return None
        slot = approach.key & self._mask
        self._keys[slot], self._times[slot] = approach.key, at_ms + 1
        return approached(approach, sender_id, recipient_id, at_ms)

    def _has_passed(self, approach: Approach, at_ms: int) -> bool:
        slot = approach.key & self._mask
        return bool(self._keys[slot] == approach.key and 0 < self._times[slot] <= at_ms + 1)
