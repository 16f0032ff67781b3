"""Bounds of state: every state of the catalogue states one, and floods do not get past those that are numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.accounts import alternate_accounts
from operators.avatar_impersonation.conversation_hits import HITS_AT_MOST
from operators.enforcement import risk_window
from operators.event_group import filed_reports
from operators.friend_gate import gate
from operators.friendship_age import verification
from operators.ids import SHARDS
from operators.invite_forest import signs
from operators.policy.event_group import EventGroupPolicy
from operators.policy.model import Policy
from operators.reviews import review
from schemas.records import FriendAdded, JoinVia, MemberJoined, MessageSent, ProfileChanged
from state.stores.memory import MemoryStore
from tests.security.floods import FLOODS, START_MS
from tests.support.state_specs import state_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemas.records import Record

SPECS: Final = state_specs()
BOUND: Final = 5
SIGNS: Final = 16
FLOOD: Final = 120
_SIZE: Final = 4
_PARTS: Final = 3  # of a row's name: step, state, key


@pytest.mark.parametrize("name", SPECS)
def test_every_state_says_how_much_a_key_holds_and_what_happens_then(name: str) -> None:
    assert SPECS[name].bound
    assert SPECS[name].at_bound


def largest(store: MemoryStore, state: str) -> Mapping[str, Any]:
    """Return the entries of a state under the key that has the most of them."""
    found: dict[bytes, dict[str, Any]] = defaultdict(dict)
    for row, value in store.scan(b""):
        names: list[bytes] = []
        rest = row
        while rest and len(names) < _PARTS:
            end = _SIZE + int.from_bytes(rest[:_SIZE], "big")
            names.append(rest[_SIZE:end])
            rest = rest[end:]
        if len(names) == _PARTS and names[1] == state.encode():
            found[names[0] + names[2]][rest.decode("utf-8", "replace")] = SPECS[state].codec.loads(value)
    return max(found.values(), key=len)


@pytest.mark.parametrize(
    ("state", "flood", "size", "most"),
    [
        ("links", "links of one account", lambda held: len(held[""].known), BOUND),
        ("filed", "reports by one account", len, BOUND),
        ("filed-count", "reports by one account", lambda held: held["mallory"], BOUND),
        ("reported", "reports by one account", len, 3),
        ("incidents", "reports by one account", len, 3),
        (
            "mentions",
            "reports by many that name the same objects",
            lambda held: held["o1\x1f"].size,
            len(SHARDS) * BOUND,
        ),
        ("follows", "requests to follow one account", len, BOUND),
        ("pending-count", "requests to follow one account", lambda held: held[""], BOUND),
        ("pending-until", "requests to follow one account", len, BOUND),
        ("reports", "reports of one member", lambda held: len(held["victim"].times), SIGNS),
        ("windows", "reports of one member", lambda held: len(held[""].opened[0].decision_ids), BOUND),
        ("answers", "answers of many about one decision", lambda held: len(held["d"].given), BOUND),
    ],
)
def test_a_flood_does_not_get_past_the_bound(
    state: str, flood: str, size: Callable[[Any], int], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alternate_accounts, "MAX_LINKS", BOUND)
    monkeypatch.setattr(filed_reports, "REPORTS_AT_MOST", BOUND)
    monkeypatch.setattr(filed_reports, "MENTIONS_AT_MOST", BOUND)
    monkeypatch.setattr(risk_window, "MAX_LISTED", BOUND)
    monkeypatch.setattr(signs, "REPORTS_AT_LEAST", BOUND)
    monkeypatch.setattr(review, "REVIEWERS_AT_MOST", BOUND)
    store, policy = MemoryStore(), replace(Policy(), event_group=EventGroupPolicy(follow_pending_at_most=BOUND))
    run = Replay(risk_graph(), store, replace(policy, common=replace(policy.common, out_of_order_ms=1)))
    length = 10 * FLOOD if state in ("filed", "filed-count", "mentions") else FLOOD  # spread over 64 shards
    for number in range(length):
        list(run.push(FLOODS[flood](number)))
    assert size(largest(store, state)) == most


def event(number: int) -> dict[str, Any]:
    return {"event_id": f"e{number}", "at_ms": START_MS + number}


def pictures(number: int) -> list[Record]:
    """Return a new picture of one account."""
    return [ProfileChanged(**event(number), account_id="mallory", nickname="m", avatar_hash=number.to_bytes(8, "big"))]


def messages(number: int) -> list[Record]:
    """Return a suspicious message from a friend of unknown age, who is being verified."""
    start: list[Record] = []
    if number == 0:
        start = [FriendAdded(event_id="f", at_ms=START_MS - 9, account_id="victim", friend_id="mallory", since_ms=-1)]
    return [*start, FLOODS["messages to one account"](number)]


def requests(number: int) -> list[Record]:
    """Return a friend request of somebody who has the profile of one of the target's friends."""
    start: list[Record] = []
    if number == 0:
        start = [
            FriendAdded(event_id="f", at_ms=START_MS - 9, account_id="victim", friend_id="friend", since_ms=0),
            ProfileChanged(event_id="p", at_ms=START_MS - 8, account_id="friend", nickname="Anna Smith"),
            ProfileChanged(event_id="q", at_ms=START_MS - 8, account_id="mallory", nickname="Anna Smith"),
        ]
    return [*start, FLOODS["friend requests between two"](number)]


def posts(number: int) -> list[Record]:
    """Return a suspicious message in a group by one of its members."""
    start: list[Record] = []
    if number == 0:
        start = [
            MemberJoined(event_id=f"j-{who}", at_ms=START_MS - 9, group_id="g", account_id=who, via=via)
            for who, via in (("owner", JoinVia.FOUNDING), ("mallory", JoinVia.LINK))
        ]
    return [*start, MessageSent(**event(number), sender_id="mallory", group_id="g", text="make a payment now")]


@pytest.mark.parametrize(
    ("state", "stream", "size", "most"),
    [
        ("shown", pictures, lambda held: len(held[""].earlier), Policy().avatar_impersonation.previous_avatars),
        ("profile", pictures, lambda held: len(held[""].pictures), 1 + Policy().avatar_impersonation.previous_avatars),
        ("verifications", messages, lambda held: max(len(one.attached) for one in held.values()), BOUND),
        ("conversation-hits", messages, lambda held: max(len(one.times) for one in held.values()), HITS_AT_MOST),
        ("requests", requests, lambda held: max(len(one.request_ids) for one in held.values()), BOUND),
        ("hits", posts, lambda held: len(held["mallory"].times), SIGNS),
    ],
)
def test_a_flood_after_a_start_does_not_get_past_the_bound(
    state: str,
    stream: Callable[[int], list[Record]],
    size: Callable[[Any], int],
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verification, "MAX_LISTED", BOUND)
    monkeypatch.setattr(gate, "MAX_LISTED", BOUND)
    policy = Policy()
    policy = replace(
        policy,
        common=replace(policy.common, out_of_order_ms=1),
        avatar_impersonation=replace(policy.avatar_impersonation, both_directions=True),
    )
    store = MemoryStore()
    run = Replay(risk_graph(), store, policy)
    for number in range(FLOOD):
        for record in stream(number):
            list(run.push(record))
    assert size(largest(store, state)) == most
