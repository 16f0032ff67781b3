"""Values of state entries about profiles and likeness, and their codecs: avatars, audience, friend requests."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from state.codecs import NUMBER, TIME_BYTES, struct_codec
from state.spec import Codec

_NEVER = b"\xff" * TIME_BYTES


class Named(Struct, frozen=True, array_like=True):
    """The name of an account, as namesakes are counted, and the event that set it."""

    name: str  # the hash of what people see; empty: none that counts
    fact_ms: int
    event_id: str


class Background(Struct, frozen=True, array_like=True):
    """What is known of an account's past: since when it exists, and hashes of the first who have it as a friend."""

    account_id: str  # empty unless a timer waits until the account is of age
    known_ms: int
    friends: tuple[str, ...] = ()
    established: bool = False


class Shown(Struct, frozen=True):
    """What an account shows: its picture, as pHash in hex (empty: none), and its name; and the account's background."""

    picture: str = ""
    fact_ms: int = -1  # of the newest fact about the picture
    event_id: str = ""
    earlier: tuple[str, ...] = ()  # pictures before it that may still count, the latest first
    named: Named | None = None
    background: Background | None = None


_SHOWN_1: Final = ("picture", "fact_ms", "event_id")
SHOWN_CODEC: Final = struct_codec(Shown, _SHOWN_1, (*_SHOWN_1, "earlier"))
"""Version 1 had no earlier pictures, version 2 pictures only."""


class Crowd(Struct, frozen=True):
    """The number of accounts that show a picture; when it becomes common; since when it is common."""

    picture: str  # its pHash in hex
    count: int = 0
    due_ms: int | None = None
    common_ms: int | None = None


CROWD_CODEC: Final = struct_codec(Crowd)


class Profile(Struct, frozen=True, array_like=True):
    """The profile of an account, each part with its newest fact. Texts are normalised, names are words."""

    version: str = ""
    revision: int = 0
    nickname: str = ""
    nickname_ms: int | None = None
    signature: str = ""
    signature_ms: int | None = None
    region: str = ""
    region_ms: int | None = None
    pictures: tuple[
        str, ...
    ] = ()  # as state.entries.appearances writes them: the one shown, then earlier ones, latest first
    avatar_ms: int | None = None
    common: Mapping[str, int] = field(default_factory=dict)  # pictures of the latest list of common ones: since when
    common_ms: int | None = None  # the time of that list
    common_names: Mapping[str, int] = field(default_factory=dict)  # hashes of the latest common names: since when
    nickname_id: str = ""
    signature_id: str = ""
    region_id: str = ""
    avatar_id: str = ""


_PROFILE_1: Final = (
    *("version", "revision", "nickname", "nickname_ms", "signature", "signature_ms", "region", "region_ms"),
    *("pictures", "avatar_ms"),
)
_PROFILE_2: Final = (*_PROFILE_1, "common", "common_ms")
_PROFILE_3: Final = (*_PROFILE_2, "common_names")
PROFILE_CODEC: Final = struct_codec(Profile, _PROFILE_1, _PROFILE_2, _PROFILE_3)
"""Version 1 had no `common` and no `common_ms`, version 2 no `common_names`, version 3 no events of the parts."""


class Onlooker(Struct, frozen=True):
    """An account that has this one on a list: the facts as a friend and as a contact, and the page."""

    friend_ms: int | None
    contact_ms: int | None
    page: int


def _pack(onlooker: Onlooker) -> bytes:
    times = (onlooker.friend_ms,) if onlooker.contact_ms is None else (onlooker.friend_ms, onlooker.contact_ms)
    page = onlooker.page.to_bytes((onlooker.page.bit_length() + 7) // 8, "big")
    return b"".join(_NEVER if at_ms is None else at_ms.to_bytes(TIME_BYTES, "big") for at_ms in times) + page


def _unpack(raw: bytes) -> Onlooker:
    size = TIME_BYTES if len(raw) < 2 * TIME_BYTES else 2 * TIME_BYTES  # a page needs at most five bytes
    friend_ms, contact_ms = (
        None if at in (b"", _NEVER) else int.from_bytes(at, "big") for at in (raw[:TIME_BYTES], raw[TIME_BYTES:size])
    )
    return Onlooker(friend_ms, contact_ms, int.from_bytes(raw[size:], "big"))


ONLOOKER_CODEC: Final[Codec[Onlooker]] = Codec(
    version=2, encode=_pack, decode={1: struct_codec(Onlooker).decode[1], 2: _unpack}
)
"""Packed by hand, as there is one per friend: seven bytes, version included, for a friend on the first page."""


class Roll(Struct, frozen=True):
    """The size of the audience, its last page, and the page with room; -1: there are no pages."""

    count: int = 0
    last: int = -1
    open: int = -1

    @property
    def paged(self) -> bool:
        """Whether there are pages."""
        return self.last >= 0


ROLL_CODEC: Final = struct_codec(Roll)


class Spreading(Struct, frozen=True):
    """A change of an account that has not reached its whole audience: event, and first page still to be notified."""

    account_id: str
    event_id: str
    page: int
    changed: bool  # whether the profile changed


SPREADING_CODEC: Final = struct_codec(Spreading)


class Hits(Struct, frozen=True, array_like=True):
    """The latest suspicious messages between the account and one other: times, ids, and spans as JSON."""

    times: tuple[int, ...]
    event_ids: tuple[str, ...]
    spans: tuple[str, ...]


HITS_CODEC: Final = struct_codec(Hits)


class Comparison(Struct, frozen=True):
    """A friend request with outstanding answers, at its target: the compared appearance and the alike friends."""

    requester_id: str
    requested_ms: int
    deadline_ms: int
    policy_version: str
    appearance: str  # the requester's, as state.entries.appearances writes it
    alike: tuple[str, ...]  # the friends above the threshold


COMPARISON_CODEC: Final = struct_codec(Comparison)


class Request(Struct, frozen=True):
    """A friend request that awaits answers, with the requests that joined it."""

    requester_id: str
    cause_event_id: str
    requested_ms: int
    deadline_ms: int
    policy_version: str
    request_ids: tuple[str, ...]  # the verification names the first one
    asked: tuple[str, ...]
    answers: tuple[str, ...]  # one per friend asked: empty, YES, NO, or DENIED where an earlier denial counts
    scores: tuple[str, ...]  # one per friend asked: the similarity of the two, as JSON
    compared: int
    not_comparable: int
    reasons: tuple[str, ...]


REQUEST_CODEC: Final = struct_codec(Request)


class SentRequests(Struct, frozen=True):
    """The latest friend requests of an account, the earliest first: times, hashes of the targets, what came of them.

    `reviewed` is the request that led to the latest decision about their number, at `reviewed_ms`; -1: none.
    """

    times: tuple[int, ...] = ()
    targets: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()  # bits, see operators.friend_gate.sent_requests
    reviewed_ms: int = -1
    reviewed: str = ""


SENT_REQUESTS_CODEC: Final = struct_codec(SentRequests)


class Denial(Struct, frozen=True):
    """When a friend denied being the requester, and the latest decision that rests on it; empty: none yet."""

    at_ms: int
    decision_id: str = ""


_DENIAL: Final = struct_codec(Denial)
DENIAL_CODEC: Final[Codec[Denial]] = Codec(
    version=2, encode=_DENIAL.encode, decode={1: lambda raw: Denial(NUMBER.decode[1](raw)), 2: _DENIAL.decode[1]}
)
"""Version 1 was the time alone."""


class Alias(Struct, frozen=True):
    """Another account of the same person: who confirmed it, when, and when the other of the two asked."""

    confirmed_by: str
    at_ms: int
    asked_ms: int

    def last_seen_ms(self, account_id: str) -> int:
        """Return the time of the latest sign of life of one of the two in this: an erasure compares with it."""
        return self.at_ms if account_id == self.confirmed_by else self.asked_ms


ALIAS_CODEC: Final = struct_codec(Alias)


class Drift(Struct, frozen=True):
    """The latest review of a changed profile that looks like another's, and how many findings of the two came since."""

    reviewed_ms: int
    further: int = 0


DRIFT_CODEC: Final = struct_codec(Drift)
