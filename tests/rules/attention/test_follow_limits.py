"""Limit of the follow requests that wait for one account's answer (EG-7)."""

from __future__ import annotations

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from schemas.records import FollowAnswered, FollowRequested, FollowRevoked
from state.stores.memory import MemoryStore
from tests.support.incident_story import IncidentStory, event_group_policy
from tests.support.story import DAY, HOUR, START_MS

WEEK = 7 * DAY


def request(at: int, follower_id: str, object_id: str = "O") -> FollowRequested:
    return FollowRequested(
        event_id=f"{follower_id}-{at}", at_ms=START_MS + at, follower_id=follower_id, object_id=object_id
    )


def asked_by(*followers: str) -> IncidentStory:
    story = IncidentStory(event_group_policy(follow_pending_at_most=2))
    for number, follower in enumerate(followers):
        story.follow(follower, "O", at=number - DAY, accepted=None)
    return story


def answered(story: IncidentStory, *followers: str) -> set[str]:
    for follower in followers:
        story.event(FollowAnswered, -HOUR, follower_id=follower, object_id="O", accepted=True)
    return set(story.created("O").play_in_order().prompted) - {"O"}


def test_so_many_requests_wait_for_one_account_and_no_more__eg_7() -> None:
    assert answered(asked_by("F", "G", "H"), "F", "G", "H") == {"F", "G"}


@pytest.mark.parametrize("end", ["answer", "revocation", "erasure", "silence"])
def test_a_request_that_has_ended_makes_room__eg_7(end: str) -> None:
    story = asked_by("F", "G")
    if end == "answer":
        story.event(FollowAnswered, 10 - DAY, follower_id="F", object_id="O", accepted=False)
    elif end == "revocation":
        story.event(FollowRevoked, 10 - DAY, follower_id="F", object_id="O", revoked_by="F")
    elif end == "erasure":
        story.erased("F", 10 - DAY)
    else:
        story = IncidentStory(event_group_policy(follow_pending_at_most=1)).follow(
            "F", "O", at=-2 * WEEK, accepted=None
        )
    assert answered(story.follow("H", "O", at=20 - DAY, accepted=None), "H") == {"H"}


def test_requests_of_release_0_2_0_are_not_counted_and_end_at_their_deadlines__eg_7() -> None:
    store, policy = MemoryStore(), event_group_policy(follow_pending_at_most=1)
    run = Replay(risk_graph(), store, policy)
    for number in range(3):
        list(run.push(request(number - WEEK, f"F{number}")))
        list(run.push(request(number - WEEK + HOUR, "T", "other")))
        for row in [row for row, _ in store.scan(b"") if b"pending-count" in row]:
            store.delete(row)
    list(run.push(request(HOUR, "T", "other")))
    rows = [row for row, _ in store.scan(b"") if b"following" in row and b"follows" in row and b"F" in row]
    assert rows == []
