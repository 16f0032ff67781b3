"""Values of state entries about a protected account, and their codecs: friends, links, blocks, verifications.

A field is added as a new version with a default; none is renamed.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from state.codecs import TIME_BYTES, struct_codec
from state.spec import Codec

_KNOWN = b"\1"  # in version 1, ends the bytes of a friendship whose start is known


class Friendship(Struct, frozen=True):
    """A friend on the list: since when (None: unknown), and the time of the latest fact about it.

    `ended_ms` is the end of an earlier friendship of the two: this one did not begin before, and its start is known.
    """

    since_ms: int | None
    fact_ms: int
    ended_ms: int | None = None


def _pack(friendship: Friendship) -> bytes:
    fact, since_ms, ended_ms = friendship.fact_ms.to_bytes(TIME_BYTES, "big"), friendship.since_ms, friendship.ended_ms
    if since_ms is None:
        return fact
    if ended_ms is not None:
        return fact + since_ms.to_bytes(TIME_BYTES, "big") + ended_ms.to_bytes(TIME_BYTES, "big")
    age_ms = friendship.fact_ms - since_ms
    size = max(age_ms.bit_length() // 8 + 1, TIME_BYTES) if age_ms else 1
    return fact + age_ms.to_bytes(size, "big", signed=True)


def _unpack(raw: bytes) -> Friendship:
    fact_ms = int.from_bytes(raw[:TIME_BYTES], "big")
    if len(raw) == TIME_BYTES:
        return Friendship(None, fact_ms)
    if len(raw) == 3 * TIME_BYTES:
        return Friendship(*(int.from_bytes(raw[at : at + TIME_BYTES], "big") for at in (TIME_BYTES, 0, 2 * TIME_BYTES)))
    return Friendship(fact_ms - int.from_bytes(raw[TIME_BYTES:], "big", signed=True), fact_ms)


def _unpack_1(raw: bytes) -> Friendship:
    fact_ms = int.from_bytes(raw[:TIME_BYTES], "big")
    if len(raw) <= TIME_BYTES + 1:
        return Friendship(None if len(raw) == TIME_BYTES else fact_ms, fact_ms)
    since_ms, ended = int.from_bytes(raw[TIME_BYTES : 2 * TIME_BYTES], "big"), raw[2 * TIME_BYTES : -1]
    return Friendship(since_ms, fact_ms, int.from_bytes(ended, "big") if ended else None)


FRIENDSHIP_CODEC: Final[Codec[Friendship]] = Codec(version=2, encode=_pack, decode={1: _unpack_1, 2: _unpack})
"""Packed by hand, as there is one per friend: eight bytes, version included, where it began when it was reported.

An older one has its age instead of its start: ages repeat across friendships, starts do not. With a variable size rows
would compress worse.
"""


def _join(texts: tuple[str, ...]) -> bytes:
    return "\x1f".join(texts).encode()


def _split(raw: bytes) -> tuple[str, ...]:
    return tuple(raw.decode().split("\x1f"))


IDS_CODEC: Final[Codec[tuple[str, ...]]] = Codec(version=1, encode=_join, decode={1: _split})
"""One id or more; none contains U+001F."""


def _join_dated(times: Mapping[str, int]) -> bytes:
    return "\x1f".join(f"{known_id}\x1e{at_ms}" for known_id, at_ms in times.items()).encode()


def _split_dated(raw: bytes) -> Mapping[str, int]:
    return {known_id: int(at_ms) for known_id, at_ms in (each.split("\x1e") for each in raw.decode().split("\x1f"))}


DATED_IDS_CODEC: Final[Codec[Mapping[str, int]]] = Codec(
    version=2, encode=_join_dated, decode={1: lambda raw: dict.fromkeys(_split(raw), 0), 2: _split_dated}
)
"""One id or more, each with a time, or 0. Numbers as text compress best beside ids. Version 1 had no times."""


class Link(Struct, frozen=True):
    """An account of the same person in another application."""

    channels: tuple[str, ...]
    last_used_ms: int
    verified: bool
    fact_ms: int
    since_ms: int | None = None  # since when it is linked and verified without a break; None: it is not, or unknown


class Links(Struct, frozen=True):
    """All links, by application and account there."""

    known: Mapping[str, Link]


LINKS_CODEC: Final = struct_codec(Links, ("known",))
"""Version 1 did not say since when a link is verified."""


class Suspected(Struct, frozen=True, array_like=True):
    """The time of the suspicious messages of an account that no quiet time parts: the earliest, the latest."""

    began_ms: int
    latest_ms: int


SUSPECTED_CODEC: Final = struct_codec(Suspected)


class Memberships(Struct, frozen=True, array_like=True):
    """An account's latest groups with the time at which it joined, and those it has left with the time's complement."""

    since: Mapping[str, int]


MEMBERSHIPS_CODEC: Final = struct_codec(Memberships)


class AlertNumber(Struct, frozen=True, array_like=True):
    """The telephone number to warn an account at; None: none."""

    number: str | None
    fact_ms: int


ALERT_NUMBER_CODEC: Final = struct_codec(AlertNumber)


class Block(Struct, frozen=True, array_like=True):
    """A sender on the recipient's block list; `wrote_ms` is the time of its message, which an erasure compares with."""

    at_ms: int
    decision_id: str
    reason: str
    wrote_ms: int


BLOCK_CODEC: Final = struct_codec(Block)


class Pair(Struct, frozen=True, array_like=True):
    """Marks between a recipient and a sender, besides friendship and block. A time that is None: no such mark."""

    latest: str = ""  # the newest verification in state
    pending: bool = False  # whether that one awaits its answer
    answered: str = ""  # the verification whose answer made the pair genuine or not genuine
    asked_ms: int = 0  # when the sender wrote the message that it was about
    genuine_ms: int | None = None  # the answer that started the cool-down
    suspicious: int = 0  # messages since then that count towards escalation
    escalated: bool = False
    not_genuine_ms: int | None = None
    contradicted: bool = False
    trusted_ms: int | None = None  # the recipient's statement of trust
    decision_id: str = ""  # the decision on that answer; empty: made before it was kept


_PAIR_1: Final = (
    *("latest", "pending", "answered", "asked_ms", "genuine_ms", "suspicious", "escalated", "not_genuine_ms"),
    *("contradicted", "trusted_ms"),
)
PAIR_CODEC: Final = struct_codec(Pair, _PAIR_1)
"""Version 1 did not say which decision an answer led to."""


class Signs(Struct, frozen=True, array_like=True):
    """Weakly suspicious messages of one sender, the earliest first: times, event ids, points."""

    times: tuple[int, ...]
    event_ids: tuple[str, ...]
    points: tuple[int, ...]


SIGNS_CODEC: Final = struct_codec(Signs)


class Verification(Struct, frozen=True, array_like=True):
    """A verification request to the person behind a sender. `outcome` is empty while it is pending."""

    account_id: str  # the protected account
    sender_id: str
    cause_event_id: str
    asked_ms: int
    deadline_ms: int
    policy_version: str
    app: str
    alternate_id: str | None  # None: asked in the first application
    channel: str
    usable: bool  # whether the alternate account is still linked and verified
    reasons: tuple[str, ...]
    late: bool  # whether the message that caused it was late
    attached: tuple[str, ...]  # the first event ids, the causing one included
    attached_count: int
    outcome: str = ""


VERIFICATION_CODEC: Final = struct_codec(Verification)
