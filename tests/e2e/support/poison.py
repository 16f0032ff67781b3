"""Malformed Kafka records that must end as dead letters, with the expected reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from schemas.codec import encode
from schemas.records import (
    Decision,
    FriendAdded,
    MessageScreened,
    MessageSent,
    PolicyMode,
    PolicyPublished,
    VerificationAnswered,
)
from schemas.records.enums import AnswerVia

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

AT_MS = 1_700_000_000_000
GOOD = MessageSent(event_id="m", at_ms=AT_MS, sender_id="alice", recipient_id="bob", text="please send the payment")
FRIEND = FriendAdded(event_id="f", at_ms=AT_MS, account_id="alice", friend_id="bob")
BROKERS_LIMIT = 1_048_588
"""The default maximum size of a batch at a broker, including 73 bytes of overhead."""


@dataclass(frozen=True)
class Poison:
    """One Kafka record, and the reason for which it is refused."""

    reason: str
    value: bytes | None
    topic: str = "messages"
    key: bytes | None = b"bob"


def poisons(rng: random.Random) -> Iterator[Poison]:
    """Yield one of each kind."""
    yield from undecodable(rng)
    yield from unknown()
    yield from impossible()
    yield from out_of_range()


def undecodable(rng: random.Random) -> Iterator[Poison]:
    good = encode(GOOD)
    values = [None, b"", b"\xc3", good[:10], good[:-1], good[: len(good) // 2], good + b"\x00", good * 2]
    values += [rng.randbytes(size) for size in (1, 9, 10, 11, 100, 10_000)]
    # A lone surrogate, a lead byte without its continuation, and an endless length.
    values += [good.replace(b"please", broken) for broken in (b"\xed\xa0\x80abc", b"plea\xe9s", b"ple\xff\xfe\xfd")]
    values.append(good[:10] + b"\xff" * 20)
    for value in values:
        yield Poison("UNDECODABLE", value)
        yield Poison("UNDECODABLE", value, topic="relations", key=b"" if value is None else None)
    yield Poison("UNDECODABLE", good[:-2], key=b"\xff\x00\xfe")


def unknown() -> Iterator[Poison]:
    yield Poison("UNKNOWN_SCHEMA", b"\xc3\x01" + b"\x00" * 8 + encode(GOOD)[10:])
    yield Poison("UNKNOWN_SCHEMA", b"\xc3\x01" + b"\xff" * 8, topic="verifications", key=b"")
    # Record types of ours that are no input: internal and output records.
    found = MessageScreened(
        event_id="s", at_ms=AT_MS, sender_id="alice", recipient_id="bob", group_id=None, screened=(), findings=()
    )
    yield Poison("UNKNOWN_SCHEMA", encode(found))
    yield Poison("UNKNOWN_SCHEMA", encode(decision()), topic="relations")


def decision() -> Decision:
    return Decision(
        decision_id="d" * 32,
        at_ms=AT_MS,
        rule="friendship-age",
        outcome="MIDDLE",
        subject_id="alice",
        cause_event_id="m",
        policy_version="v",
        reasons=(),
        evidence="{}",
    )


def impossible() -> Iterator[Poison]:
    yield Poison("IMPOSSIBLE", encode(replace(GOOD, group_id="group")))
    yield Poison("IMPOSSIBLE", encode(replace(GOOD, recipient_id=None)))
    yield Poison("IMPOSSIBLE", encode(replace(GOOD, recipient_id="alice")))
    yield Poison("IMPOSSIBLE", encode(replace(GOOD, event_id="")))
    yield Poison("IMPOSSIBLE", encode(replace(GOOD, sender_id="al\x1fice")))
    yield Poison("IMPOSSIBLE", encode(replace(GOOD, sender_id="a" * 257)))
    yield Poison("IMPOSSIBLE", encode(replace(FRIEND, friend_id="alice")), topic="relations", key=b"alice")


def out_of_range() -> Iterator[Poison]:
    for at_ms in (-1, -(2**63), 253_402_300_800_000, 2**63 - 1, AT_MS + 300_001):
        yield Poison("OUT_OF_RANGE", encode(replace(GOOD, at_ms=at_ms)))
        yield Poison("OUT_OF_RANGE", encode(replace(FRIEND, at_ms=at_ms)), topic="relations", key=b"alice")
    yield Poison("OUT_OF_RANGE", encode(replace(FRIEND, since_ms=-2)), topic="relations", key=b"alice")
    yield Poison("OUT_OF_RANGE", encode(replace(GOOD, text="x" * 65_537)))
    yield Poison("OUT_OF_RANGE", encode(replace(GOOD, text="x" * 1_000_000)))
    # As long as the broker accepts: as a dead letter, with its headers, it is longer.
    yield Poison("OUT_OF_RANGE", encode(replace(GOOD, text="x" * (BROKERS_LIMIT - 200))))
    answer = VerificationAnswered(
        event_id="v", at_ms=-5, verification_id="v", account_id="bob", genuine=True, via=AnswerVia.FIRST_APP
    )
    yield Poison("OUT_OF_RANGE", encode(answer), topic="verifications")
    wrong = PolicyPublished(
        event_id="p",
        at_ms=AT_MS,
        version="wrong",
        effective_at_ms=AT_MS,
        mode=PolicyMode.LIVE,
        document="friendship_age: {t1_ms: -1}",
    )
    yield Poison("INVALID_POLICY", encode(wrong), topic="policies", key=b"wrong")
