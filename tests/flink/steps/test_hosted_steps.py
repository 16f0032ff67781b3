"""Steps as Flink runs them, in batches: their timers, records between steps, calls for state that is not cached."""

from __future__ import annotations

import pytest

from operators.accounts.audience import PAGE_SIZE, PAGES_PER_BATCH
from schemas.records import FriendAdded, FriendRequested, JoinVia, MemberJoined, ProfileHashed
from tests.flink.steps.hosted_job import HostedJob
from tests.support.given import NOON


def friendship(number: int, one: str, other: str, *, mutual: bool = True) -> FriendAdded:
    return FriendAdded(event_id=f"f{number}", at_ms=NOON + number, account_id=one, friend_id=other, mutual=mutual)


def friends_each(count: int) -> list[FriendAdded]:
    """Return friendships of ann and of bob, who do not know each other."""
    return [friendship(number, ("ann", "bob")[number % 2], f"friend{number}") for number in range(2 * count)]


@pytest.mark.parametrize(("known", "calls"), [(0, 27), (4, 25)])
def test_a_friendship_reaches_the_steps_that_keep_it__and_no_other(known: int, calls: int) -> None:
    job = HostedJob()
    job.run("relations", friends_each(known))
    job.forget_counts()
    job.run("relations", [friendship(10, "ann", "bob")])
    assert job.by_step == {"acquaintance": 1, "avatar": 2, "account": 2, "relationship": 2}
    assert job.calls == calls


def profile(number: int, nickname: str) -> ProfileHashed:
    return ProfileHashed(event_id=f"p{number}", at_ms=NOON + number, account_id="ann", nickname=nickname)


@pytest.mark.parametrize(("known", "calls"), [(0, 17), (3, 35)])
def test_a_profile_is_read_once_in_each_step(known: int, calls: int) -> None:
    job = HostedJob()
    job.run("relations", friends_each(known))
    job.run("profiles", [profile(10, "Anna Berg")])
    job.forget_counts()
    job.run("profiles", [profile(20, "Dora Berg")])
    assert job.by_step == {"avatar": 1, "namesakes": 2, "account": 1, "relationship": 1 + known}
    assert job.calls == calls


def test_a_join_by_invitation_is_read_once_in_each_step() -> None:
    job = HostedJob()
    joins = [
        MemberJoined(
            event_id=f"j{at}", at_ms=NOON + at, group_id="g", account_id=who, via=JoinVia.INVITE, inviter_id=by
        )
        for at, (who, by) in enumerate([("ann", "cy"), ("bob", "ann")])
    ]
    job.run("groups", joins[:1])
    job.forget_counts()
    job.run("groups", joins[1:])
    assert job.by_step == {"account": 1, "relationship": 1, "standing": 2, "group": 1, "reporter": 1}
    assert job.calls == 20


def test_the_gate_is_told_of_a_friendship_only_if_a_request_may_have_led_to_it__fa_101() -> None:
    job = HostedJob()
    request = FriendRequested(event_id="q", at_ms=NOON - 1, request_id="r", requester_id="ann", target_id="bob")
    job.run("relations", [request, friendship(0, "ann", "eve")])
    told = [job.records["gate", "RequestFulfilled"]]
    job.run("relations", [friendship(1, "ann", "bob")])
    assert [*told, job.records["gate", "RequestFulfilled"]] == [0, 2]


@pytest.mark.parametrize("early_ms", [0, 1])
def test_a_timer_that_sets_itself_again_fires_again__also_where_its_batch_ends_before_it__ai_15(early_ms: int) -> None:
    """Of a large audience each firing tells a few pages: all are told before time goes on."""
    job, onlookers = HostedJob(early_ms=early_ms), PAGE_SIZE * PAGES_PER_BATCH + 1
    job.run("relations", (friendship(each, f"friend{each}", "star", mutual=False) for each in range(onlookers)))
    job.forget_counts()
    job.run("profiles", [ProfileHashed(event_id="p", at_ms=NOON + onlookers, account_id="star", nickname="Nova")])
    assert job.records["relationship", "AppearanceChanged"] == onlookers + 1
