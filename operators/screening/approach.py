"""Approaches: that an account wrote to another one, told once per sender, recipient and period (ST-9).

Whether somebody is a stranger depends on harmless messages, too, and those end at the screen. So one record per period
goes on: the earliest message of the period counts, and any other changes nothing, however often it is told. The periods
of a pair begin at an hour of its own, derived from the two ids, so that not everybody's begin at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from operators.policy.durations import HOUR
from operators.policy.strangers import PERIOD_HOURS
from schemas.records import AccountApproached
from schemas.text_hashes import hash_column, hash_text, mix, mix_column, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from operators.policy.model import Policy
    from schemas.message_columns import Texts
    from schemas.records import MessageSent

_SENDER, _PERIOD = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
_MASK: Final = (1 << 64) - 1
_PADDING: Final = bytes(8)  # a word is read at the last id, too


class Approach(Struct, frozen=True):
    """The key of a sender, a recipient and a period, and the period's first hour since the epoch, 0 at least."""

    key: int
    start_hour: int


class Approaches(Struct, frozen=True):
    """The same of many messages, as columns."""

    keys: NDArray[np.uint64]
    start_hours: NDArray[np.int64]


def wants_approaches(policies: Iterable[Policy]) -> bool:
    """Return whether a policy needs to know who wrote to whom first."""
    return any(policy.strangers.enabled for policy in policies)


def approach_of(message: MessageSent) -> Approach:
    """Return the approach that a one-to-one message belongs to."""
    pair = mix((hash_text(message.sender_id) * _SENDER + hash_text(message.recipient_id or "")) & _MASK)
    phase = pair % PERIOD_HOURS
    start_hour = max((message.at_ms // HOUR - phase) // PERIOD_HOURS * PERIOD_HOURS + phase, 0)
    return Approach(mix((pair + start_hour * _PERIOD) & _MASK), start_hour)


def approaches_of(texts: Texts, places: NDArray[np.int64]) -> Approaches:
    """Return what `approach_of` returns for some messages of a batch."""
    fields = (texts.senders, texts.recipients)
    starts, ends = (np.concatenate([column[places] for column in side]) for side in zip(*fields, strict=True))
    return _approaches(hash_column(texts.words, starts, ends), texts.at_ms[places])


def approaches_of_messages(messages: Sequence[MessageSent]) -> Approaches:
    """Return what `approach_of` returns for some one-to-one messages."""
    senders = [message.sender_id.encode() for message in messages]
    ids = senders + [(message.recipient_id or "").encode() for message in messages]
    sizes = np.array([len(each) for each in ids], dtype=np.int64)
    ends = np.cumsum(sizes)
    words = words_of(b"".join(ids) + _PADDING)
    at_ms = np.array([message.at_ms for message in messages], dtype=np.int64)
    return _approaches(hash_column(words, ends - sizes, ends), at_ms)


def _approaches(hashes: NDArray[np.uint64], at_ms: NDArray[np.int64]) -> Approaches:
    """Return the approaches of messages by the hashes of their senders, and of their recipients behind those."""
    pairs = mix_column(hashes[: at_ms.size] * np.uint64(_SENDER) + hashes[at_ms.size :])
    phases = (pairs % np.uint64(PERIOD_HOURS)).astype(np.int64)
    start_hours = np.maximum((at_ms // HOUR - phases) // PERIOD_HOURS * PERIOD_HOURS + phases, 0)
    return Approaches(mix_column(pairs + start_hours.astype(np.uint64) * np.uint64(_PERIOD)), start_hours)


def approached(approach: Approach, sender_id: str, recipient_id: str, at_ms: int) -> AccountApproached:
    """Return the record of an approach by a message at a time."""
    return AccountApproached(
        event_id=f"approach-{approach.key:016x}",
        at_ms=at_ms,
        sender_id=sender_id,
        recipient_id=recipient_id,
        since_ms=approach.start_hour * HOUR,
    )
