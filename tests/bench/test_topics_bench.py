"""Benchmark of other topics: the generated events."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bench.job import topics
from bench.job.progress import Measured, Rate
from bench.job.topics import EVENTS, Sizes
from bench.job.usage import Usage
from schemas.codec import decode
from schemas.records import FriendAdded, LocationUpdated, MemberJoined, ProfileChanged
from schemas.topics import TOPICS

if TYPE_CHECKING:
    from bench.job.traffic import Sent

SIZES = Sizes(events=300, accounts=40)
KINDS = {"relations": FriendAdded, "profiles": ProfileChanged, "groups": MemberJoined, "locations": LocationUpdated}


def sent(topic: str) -> list[tuple[Sent, Any]]:
    return [(each, decode(each.value)) for each in EVENTS[topic](SIZES)]


@pytest.mark.parametrize("topic", EVENTS)
def test_events_are_new_ones_of_one_kind_in_the_order_of_their_times(topic: str) -> None:
    assert KINDS[topic] in TOPICS[topic].records
    events = [event for _, event in sent(topic)]
    assert {type(event) for event in events} == {KINDS[topic]}
    assert len({event.event_id for event in events}) == len(events) == SIZES.events
    assert all(one.at_ms < other.at_ms for one, other in pairwise(events))


def test_accounts_have_ten_friends_each() -> None:
    friends = Counter(name for _, event in sent("relations") for name in (event.account_id, event.friend_id))
    assert set(friends.values()) == {10}


@pytest.mark.parametrize("topic", ["profiles", "locations"])
def test_accounts_take_turns(topic: str) -> None:
    assert len({event.account_id for _, event in sent(topic)}) == SIZES.accounts
    assert all(each.key.decode() == event.account_id for each, event in sent(topic))


def test_every_join_but_the_first_has_a_member_as_inviter() -> None:
    members: dict[str, set[str]] = {}
    for _, event in sent("groups"):
        known = members.setdefault(event.group_id, set())
        assert event.inviter_id in known if known else event.inviter_id is None
        known.add(event.account_id)
    assert [len(known) for known in members.values()] == [100, 100, 100]


def test_every_topic_has_a_cost_and_a_verdict() -> None:
    rates = zip(EVENTS, (9_999, 10_000, 2, 3), strict=True)
    used = Usage({"task manager": 2.0, "job manager": 0.5})
    said = topics.report_lines({topic: Measured(Rate(rate, 1, 2), 10_000, used) for topic, rate in rates})
    assert [line.split() for line in said[1:3]] == [
        ["relations", "9,999", "1", "2", "250"],
        ["profiles", "10,000", "1", "2", "250"],
    ]
    assert "MISSED relations, events/s: 9,999 (wanted >= 10,000)" in said
    assert "met    profiles, events/s: 10,000 (wanted >= 10,000)" in said
