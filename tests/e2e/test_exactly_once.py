"""Exactly-once output when task managers are killed: nothing twice, nothing missing, nothing new."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from jobs.dataflow.risk import risk_graph
from jobs.flink.rest_client import wait
from jobs.replay.engine import replay
from operators.ids import identify
from schemas.codec import decode
from schemas.event_order import RANKS, Rank
from schemas.records import (
    CreateEventGroup,
    Decision,
    IncidentAudited,
    IncidentReported,
    JoinVia,
    ManageMember,
    MemberAction,
    Record,
    ReviewAnswered,
    RevokeCommand,
)
from tests.e2e.support.stage import WITHIN_S, Scene, outputs_of_replay
from tests.parity.merged import merged, parted
from tests.support.group_story import GroupStory
from tests.support.incident_story import IncidentStory
from tests.support.incident_streams import policy
from tests.support.streams import SECOND_MS, shuffled

if TYPE_CHECKING:
    from jobs.flink.rest_client import Job

SEED = 21
INCIDENTS, EVERY_MS = 60, 9 * SECOND_MS
BANS, BANS_FROM_MS, ANSWERED_MS, BACK_MS = 60, 302 * SECOND_MS, 35 * SECOND_MS, 40 * SECOND_MS


def test_two_kills_of_a_task_manager_and_repetitions_around_them_do_not_change_the_output__c_12(scene: Scene) -> None:
    usual = merged(stories=80, length=30, seed=SEED)
    events = shuffled([*usual, *incidents(), *overturned_bans()], random.Random(SEED))
    policies, others = parted(events)
    parts = thirds(others)
    assert min(map(under_audit, parts[:-1])) >= 1  # some groups are not yet created when a task manager is killed
    for published in policies:
        scene.send_record(published)
    scene.send(parts[0])
    job = scene.start(policy="tests.support.incident_streams:policy", commands="exactly-once")
    seen = scene.wait_decisions(1)

    scene.send([*parts[1], *acting(parts[0])])
    scene.wait_decisions(seen + 1)  # something of the second part is committed, and the rest of it on its way
    scene.replace_task_manager(job)

    scene.send([*parts[2], *acting(parts[1])])
    wait(lambda: is_at_a_checkpoint(job), "no checkpoint begins", WITHIN_S)
    scene.replace_task_manager(job)

    scene.end(job)
    assert len(job.failures()) >= 2
    assert (
        created_groups(scene) == decided_groups(scene) == Counter(f"incident-{number}" for number in range(INCIDENTS))
    )
    taken_back = revocations(scene)
    assert set(taken_back.values()) == {1}
    assert len(taken_back) >= 2 * BANS  # a removal and a ban each
    assert removals(scene) == Counter(f"banned-{number}" for number in range(BANS))  # and none of those who came back
    assert scene.outputs() == outputs_of_replay(replay(risk_graph(), events, policy=policy()))


def acting(events: list[Record]) -> list[Record]:
    """Return the events that act at once: a repetition of them must not."""
    return [event for event in events if RANKS[type(event)] in {Rank.CONTENT, Rank.ANSWER}]


def incidents() -> list[Record]:
    """Return incidents far from each other, each of which gets its own group: everybody invited accepts."""
    story = IncidentStory()
    for number in range(INCIDENTS):
        at, place = number * EVERY_MS, float(number)
        follower, child, neighbour, incident = (f"{who}-{number}" for who in ("follower", "child", "near", "incident"))
        about = {"reporter_id": f"reporter-{number}", "latitude": place, "object_ids": (child,)}
        story.follow(follower, of=child, at=at).located(neighbour, place, at=at)
        story.reported(at + 2 * SECOND_MS, incident, **about).audited(at + 11 * SECOND_MS, incident)
        story.joined(follower, neighbour, at=at + 12 * SECOND_MS, incident=incident)
    return story.events


def overturned_bans() -> list[Record]:
    """Return groups in each of which reporters have a member removed and banned.

    A reviewer overturns it later, and the member comes back: a ban that stands would have it removed again (IF-41).
    The bans are decided under the last policy, before the second kill; the answers come around it.
    """
    story = GroupStory()
    for number in range(BANS):
        at, place, who = BANS_FROM_MS + number * SECOND_MS // 2, {"group_id": f"group-{number}"}, f"banned-{number}"
        names = [f"{name}-{number}" for name in ("one", "two", "three")]
        for name in (who, *names):
            story.joins(name, at=at, event_id=f"join-{name}", via=JoinVia.FOUNDING, **place)
        story.posts(who, at + SECOND_MS, event_id=f"post-{number}", **place)
        for name in names:
            story.reported(who, name, at + 2 * SECOND_MS, event_id=f"report-{name}", **place)
        story.leaves(who, at + 3 * SECOND_MS, event_id=f"gone-{number}", **place)
        cause = max(f"report-{name}" for name in names)  # the last of their time (C-2)
        answer = {"decision_id": identify("invite-forest", who, None, place["group_id"], None, cause, "fast")}
        answer |= {"rule": "invite-forest", "subject_id": who, "reviewer_id": "rita", **place}
        story.event(ReviewAnswered, at + ANSWERED_MS, event_id=f"review-{number}", upheld=False, **answer)
        story.joins(who, at=at + BACK_MS, event_id=f"back-{number}", via=JoinVia.FOUNDING, **place)
    return story.events


def thirds(events: list[Record]) -> list[list[Record]]:
    cuts = [len(events) * third // 3 for third in range(4)]
    return [events[first:last] for first, last in pairwise(cuts)]


def under_audit(events: list[Record]) -> int:
    """Return how many incidents are reported here and not audited."""
    audited = {event.incident_id for event in events if isinstance(event, IncidentAudited)}
    return sum(isinstance(event, IncidentReported) and event.incident_id not in audited for event in events)


def is_at_a_checkpoint(job: Job) -> bool:
    """Return whether a checkpoint has begun and is not yet complete."""
    return bool(job.rest.get(f"/jobs/{job.id}/checkpoints")["counts"]["in_progress"])


def created_groups(scene: Scene) -> Counter[str]:
    """Return the number of committed commands to create a group by incident."""
    return Counter(command.incident_id for command in commands(scene) if isinstance(command, CreateEventGroup))


def revocations(scene: Scene) -> Counter[str]:
    """Return the number of committed commands that take another one back by its id: reviewers overturned decisions."""
    return Counter(command.revoked_id for command in commands(scene) if isinstance(command, RevokeCommand))


def removals(scene: Scene) -> Counter[str]:
    """Return the number of committed commands to remove a banned member by account."""
    asked = [command for command in commands(scene) if isinstance(command, ManageMember)]
    removed = (command.account_id for command in asked if command.action == MemberAction.REMOVE)
    return Counter(account_id for account_id in removed if account_id.startswith("banned-"))


def commands(scene: Scene) -> list[Record]:
    """Return the committed commands."""
    return [decode(found.value or b"") for found in scene.read("commands")]


def decided_groups(scene: Scene) -> Counter[str | None]:
    """Return the number of committed decisions that created a group by incident."""
    decisions = [decode(found.value or b"") for found in scene.read("decisions")]
    found = [decision for decision in decisions if isinstance(decision, Decision)]
    return Counter(decision.incident_id for decision in found if decision.outcome == "CREATED")
