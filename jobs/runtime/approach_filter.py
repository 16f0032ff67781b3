"""Filter of approaches: of one sender, recipient and period about one message passes, the earliest one in any case.

A worker remembers what it has let through, in a table of fixed size. Whatever it has forgotten, or another worker has
let through, passes once more, and changes nothing there (ST-9): no result depends on the table. Nor on chosen ids: ids
with equal keys can be made in a second, so a slot holds a hash with a secret of this process.
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
        self._seals = np.zeros(slots, dtype=np.int64)
        self._times = np.zeros(slots, dtype=np.int64)  # the earliest that passed, and 1 more; 0: none
        self._mask = slots - 1

    def hold_back(self, messages: Sequence[MessageSent]) -> NDArray[np.bool_]:
        """Return for each of some one-to-one messages whether one as early has passed."""
        found = approaches_of_messages(messages)
        approaches = map(Approach, found.keys.tolist(), found.start_hours.tolist())
        held = [
            self._has_passed(approach.key, _seal_of(message, approach), message.at_ms)
            for message, approach in zip(messages, approaches, strict=True)
        ]
        return np.array(held, dtype=np.bool_)

    def of_message(self, message: MessageSent) -> AccountApproached | None:
        """Return the approach of a one-to-one message if it passes."""
        approach = approach_of(message)
        if not self._passes(approach.key, _seal_of(message, approach), message.at_ms):
            return None
        return approached(approach, message.sender_id, message.recipient_id or "", message.at_ms)

    def of_texts(
        self, texts: Texts, buffer: bytes, places: NDArray[np.int64]
    ) -> Iterator[tuple[int, AccountApproached]]:
        """Yield those that pass of some one-to-one messages of a batch, each with its place in the batch."""
        found = approaches_of(texts, places)
        columns = places, found.keys, found.start_hours, texts.at_ms[places]
        for place, key, start_hour, at_ms in zip(*(column.tolist() for column in columns), strict=True):
            sender, recipient = (
                buffer[field.starts[place] : field.ends[place]] for field in (texts.senders, texts.recipients)
            )
            if self._passes(key, _seal(sender, recipient, start_hour), at_ms):
                yield place, approached(Approach(key, start_hour), sender.decode(), recipient.decode(), at_ms)

    def _passes(self, key: int, seal: int, at_ms: int) -> bool:
        if self._has_passed(key, seal, at_ms):
            return False
        slot = key & self._mask
        self._seals[slot], self._times[slot] = seal, at_ms + 1
        return True

    def _has_passed(self, key: int, seal: int, at_ms: int) -> bool:
        slot = key & self._mask
        return bool(0 < self._times[slot] <= at_ms + 1 and self._seals[slot] == seal)


def _seal_of(message: MessageSent, approach: Approach) -> int:
    return _seal(message.sender_id.encode(), (message.recipient_id or "").encode(), approach.start_hour)


def _seal(sender_id: bytes, recipient_id: bytes, start_hour: int) -> int:
    """Return a hash of 64 bits. Python hashes bytes with a secret that each process draws (PEP 456)."""
    return hash((sender_id, recipient_id, start_hour))
