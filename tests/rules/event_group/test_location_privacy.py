"""Nobody learns from an incident where an unconfirmed person is: EG-47."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from schemas.records import (
    AccountErased,
    CreateEventGroup,
    Decision,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    IncidentReported,
    IncidentWithdrawn,
    JoinAnswered,
    LocationUpdated,
    MemberJoined,
)
from tests.support.incident_streams import PEOPLE, policy, story
from tests.support.streams import BASE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.records import Record

GRAPH, POLICY = risk_graph(), policy()
OBJECT, FOLLOWER = "bob", "ann"
STRANGERS = {*PEOPLE, "org"} - {OBJECT, FOLLOWER}
ELSEWHERE = (60.0, 10.0)


def is_kept(event: Any) -> bool:
    """Return whether an event may be in the story: the object is watched and silent, its follower joins nothing."""
    match event:
        case FollowRequested() | FollowAnswered() | FollowRevoked():
            return event.object_id != OBJECT
        case JoinAnswered():
            return event.account_id in STRANGERS
        case IncidentWithdrawn():
            return event.account_id != OBJECT
        case IncidentReported():
            return event.reporter_id != OBJECT
        case AccountErased():
            return False
        case _:
            return True


def watched_story(seed: int, length: int) -> list[Record]:
    """Return a random story in which the follower watches over the object from the beginning."""
    pair = {"follower_id": FOLLOWER, "object_id": OBJECT}
    request = FollowRequested(event_id="r", at_ms=BASE_MS - 2, **pair)
    answer = FollowAnswered(event_id="a", at_ms=BASE_MS - 1, accepted=True, **pair)
    return [request, answer, *filter(is_kept, story(random.Random(seed), length))]


def moved(events: Sequence[Record]) -> list[Record]:
    """Return the same story in a world in which the object is somewhere else."""
    latitude, longitude = ELSEWHERE
    return [
        replace(event, latitude=latitude, longitude=longitude)
        if isinstance(event, LocationUpdated) and event.account_id == OBJECT
        else event
        for event in events
    ]


def first_reports(events: Sequence[Record]) -> dict[str, IncidentReported]:
    """Return the report that opens each incident."""
    reports = [event for event in events if isinstance(event, IncidentReported)]
    reports.sort(key=lambda one: (one.at_ms, one.event_id.encode()), reverse=True)
    return {one.incident_id: one for one in reports}


def own_incidents(events: Sequence[Record]) -> set[str]:
    """Return the incidents that the follower has reported, or somebody who had come by the follower's invitation."""
    invitations = [one for one in events if isinstance(one, MemberJoined) and one.inviter_id == FOLLOWER]
    first = first_reports(events)
    return {
        incident
        for incident, report in first.items()
        if report.reporter_id == FOLLOWER
        or any(one.account_id == report.reporter_id and one.at_ms <= report.at_ms for one in invitations)
    }


def seen(events: Sequence[Record], incidents: set[str]) -> Counter[str]:
    """Return what is sent to strangers and to all reporters, and to the follower about some incidents."""
    shown: Counter[str] = Counter()
    for topic, _, record in replay(GRAPH, events, policy=POLICY):
        one: Any = record
        account, incident = getattr(one, "account_id", None), getattr(one, "incident_id", None)
        is_follower_of_own = account == FOLLOWER and incident in incidents
        if topic == "commands" and (account in STRANGERS or is_follower_of_own or isinstance(one, CreateEventGroup)):
            shown[repr(one)] += 1
        elif isinstance(one, Decision) and one.rule == "identification":
            shown[f"{one.subject_id} {one.incident_id} {one.outcome} {one.other_id}"] += 1
    return shown


@given(st.integers(0, 2**32), st.integers(1, 70))
@settings(max_examples=60, deadline=None)
def test_two_worlds_that_differ_in_where_a_person_is_look_the_same__eg_47(seed: int, length: int) -> None:
    events = watched_story(seed, length)
    own = own_incidents(events)
    assert seen(events, own) == seen(moved(events), own)


def test_the_worlds_differ_for_the_follower_where_a_stranger_reports() -> None:
    """Otherwise the property above would say nothing."""
    differ = 0
    for seed in range(25):
        events = watched_story(seed, 70)
        everything = {*first_reports(events)}
        differ += seen(events, everything) != seen(moved(events), everything)
    assert differ >= 3
