"""Streams of one kind of event by which somebody could make the job work or remember without end, by their length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas.records import (
    AlternateAccountLinked,
    Channel,
    ContactAdded,
    ContactKind,
    FollowRequested,
    FriendAdded,
    FriendRequested,
    IncidentReported,
    JoinVia,
    LocationUpdated,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MessageSent,
    ReviewAnswered,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemas.records import Record

START_MS: Final = 1_700_000_000_000
_NAMED: Final = 16
"""Objects that every report of a flood names."""
_REPORTERS: Final = 60


def _event(number: int) -> dict[str, Any]:
    return {"event_id": f"e{number}", "at_ms": START_MS + number}


def _report(number: int, reporter_id: str, object_ids: tuple[str, ...] = ()) -> Record:
    return IncidentReported(
        **_event(number),
        incident_id=f"i{number}",
        reporter_id=reporter_id,
        latitude=48.2,
        longitude=16.4,
        kind="accident",
        description=None,
        object_ids=object_ids,
    )


def _request(number: int, requester_id: str, target_id: str) -> Record:
    return FriendRequested(**_event(number), request_id=f"q{number}", requester_id=requester_id, target_id=target_id)


def _follow(number: int, follower_id: str, object_id: str) -> Record:
    return FollowRequested(**_event(number), follower_id=follower_id, object_id=object_id, relation=None)


def _joined(number: int, account_id: str, inviter_id: str) -> Record:
    return MemberJoined(
        **_event(number), group_id="g", account_id=account_id, inviter_id=inviter_id, via=JoinVia.INVITE
    )


def _reported(number: int) -> Record:
    """Whoever reports has joined before there was anything to report."""
    if number < _REPORTERS:
        return MemberJoined(**_event(number), group_id="g", account_id=f"r{number}", via=JoinVia.FOUNDING)
    reporter_id = f"r{number % _REPORTERS}"
    return MemberReported(**_event(number), group_id="g", account_id="victim", reporter_id=reporter_id, reason="spam")


def _joined_and_left(number: int) -> Record:
    if number % 2:
        return MemberLeft(**_event(number), group_id="g", account_id="mallory")
    return _joined(number, "mallory", "owner")


def _link(number: int) -> Record:
    return AlternateAccountLinked(
        **_event(number),
        account_id="mallory",
        app=f"app{number}",
        alternate_id=f"a{number}",
        channels=(Channel.VIDEO,),
        last_used_ms=START_MS,
        verified=False,
    )


def _location(number: int) -> Record:
    latitude, longitude = (number * 7919 % 18_000) / 100 - 90, (number * 104_729 % 36_000) / 100 - 180
    return LocationUpdated(**_event(number), account_id="mallory", latitude=latitude, longitude=longitude)


def _review(number: int, decision_id: str, reviewer_id: str) -> Record:
    """Answers that agree on nothing: no two in a row."""
    about = {"decision_id": decision_id, "rule": "friendship-age", "subject_id": "mallory", "other_id": "victim"}
    return ReviewAnswered(**_event(number), **about, reviewer_id=reviewer_id, upheld=bool(number % 2))


FLOODS: Final[Mapping[str, Callable[[int], Record]]] = {
    "reports by one account": lambda n: _report(n, "mallory"),
    "reports by many that name the same objects": lambda n: _report(
        n, f"m{n}", tuple(f"o{one}" for one in range(_NAMED))
    ),
    "friend requests to one account": lambda n: _request(n, f"r{n}", "victim"),
    "friend requests between two": lambda n: _request(n, "mallory", "victim"),
    "friend requests to many": lambda n: _request(n, "mallory", f"v{n}"),
    "requests to follow one account": lambda n: _follow(n, f"f{n}", "victim"),
    "requests to follow many": lambda n: _follow(n, "mallory", f"o{n}"),
    "friends of one account": lambda n: FriendAdded(**_event(n), account_id=f"v{n}", friend_id="mallory"),
    "contacts of one account": lambda n: ContactAdded(
        **_event(n), account_id="mallory", contact_id=f"c{n}", kind=ContactKind.ADDRESS_BOOK
    ),
    "joins and departures of one account": _joined_and_left,
    "joins in a chain": lambda n: _joined(n, f"m{n}", f"m{n - 1}"),
    "joins by one inviter": lambda n: _joined(n, f"m{n}", "owner"),
    "reports of one member": _reported,
    "links of one account": _link,
    "locations of one account": _location,
    "messages to one account": lambda n: MessageSent(
        **_event(n), sender_id="mallory", recipient_id="victim", text="please make a payment now"
    ),
    "answers of many about one decision": lambda n: _review(n, "d", f"r{n}"),
    "answers of one about one decision": lambda n: _review(n, "d", "r"),
    "answers of one about one account": lambda n: _review(n, f"d{n}", "r"),
}
"""The event with a number, of each flood."""
