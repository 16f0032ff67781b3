"""What the events that fill the memory cost: records between steps, and calls for state that is not cached."""

from __future__ import annotations

import pytest

from schemas.records import FriendAdded, FriendRequested
from tests.flink.counted_steps import CountedJob
from tests.support.given import NOON


def friendship(number: int, one: str, other: str) -> FriendAdded:
    return FriendAdded(event_id=f"f{number}", at_ms=NOON + number, account_id=one, friend_id=other, mutual=True)


@pytest.mark.parametrize("known", [0, 4], ids=["first-friends", "fifth-friends"])
def test_a_friendship_reaches_the_steps_that_keep_it__and_no_other(known: int) -> None:
    job = CountedJob()
    for number in range(known):
        job.run("relations", (friendship(number, one, f"friend{number}") for one in ("ann", "bob")))
    job.forget_counts()
    job.run("relations", [friendship(known, "ann", "bob")])
    assert job.records == {"acquaintance": 1, "avatar": 2, "account": 2, "relationship": 2}


def test_the_gate_hears_of_a_friendship_only_if_a_request_may_have_led_to_it__fa_101() -> None:
    job = CountedJob()
    request = FriendRequested(event_id="q", at_ms=NOON - 1, request_id="r", requester_id="ann", target_id="bob")
    job.run("relations", [request, friendship(0, "ann", "eve")])
    job.forget_counts()
    job.run("relations", [friendship(1, "ann", "bob")])
    assert job.records["gate"] == 2
