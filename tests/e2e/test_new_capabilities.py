"""Upgrade of a job to more capabilities: it keeps its state and fills the new states."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

from msgspec import structs

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Output, replay
from operators.policy.model import Policy
from schemas.records import Decision, PolicyPublished, Record
from state.stores.memory import MemoryStore
from tests.e2e.support.earlier import earlier, is_known
from tests.e2e.support.stage import outputs_of_replay
from tests.e2e.test_upgrade import SOME, conclusions_across
from tests.parity.incidents import merged_incidents
from tests.parity.merged import merged, parted
from tests.support import incident_streams
from tests.support.streams import BASE_MS, SECOND_MS, shuffled

SEED = 24
OLD, NEW = 60, 30
"""Numbers of stories from before the upgrade, with friendship age only, and of stories that begin with it."""
UPGRADE_MS = 85 * SECOND_MS
"""In ms from the beginning: one policy is published before and takes effect soon after, two come later."""


EVERYWHERE: dict[str, dict[str, Any]] = {
    "strangers": {"enabled": False},
    "invite_forest": {"condition": {"hits_needed": 1, "suffice_alone": ["keywords"]}},
}
"""What every policy says, without what the old job would have had to remember: first contacts, weak signs.

Nor how long an account has been suspected, which tells the links that are too new.
"""


def policy() -> Policy:
    usual = incident_streams.policy()
    silent = replace(usual.friendship_age.conversation, enabled=False)
    age = replace(usual.friendship_age, conversation=silent, link_age_ms=0)
    return replace(usual, friendship_age=age, strangers=replace(usual.strangers, enabled=False))


def _in_every_policy(event: Record) -> Record:
    if not isinstance(event, PolicyPublished):
        return event
    document = json.loads(event.document)
    age = {**document["friendship_age"], "conversation": {"enabled": False}, "link_age_ms": 0}
    return structs.replace(event, document=json.dumps({**EVERYWHERE, "friendship_age": age}))


FRIENDSHIPS = {"friendship-age", "verification"}
CAPABILITIES = {"avatar-impersonation", "friend-gate", "invite-forest", "event-group", "identification"}


@cache
def told() -> tuple[list[Record], list[Record]]:
    """Return what comes before the upgrade, and what comes after it: only then, what is new."""
    usual = [event for event in merged(stories=OLD + NEW, length=30, seed=SEED) if _is_input(event)]
    incidents = merged_incidents(stories=12, length=60, seed=SEED, from_ms=UPGRADE_MS, apart_ms=20 * SECOND_MS)
    events = shuffled([*map(_in_every_policy, usual), *incidents], random.Random(SEED))
    cut = next(number for number, event in enumerate(events) if _is_new(event))
    return events[:cut], events[cut:]


def _is_input(event: Record) -> bool:
    if _is_new(event):
        return event.at_ms >= BASE_MS + UPGRADE_MS  # type: ignore[attr-defined]
    return is_known(event)


def _is_new(event: Record) -> bool:
    if isinstance(event, PolicyPublished):
        return False
    story, _ = event.event_id.split(".")  # type: ignore[attr-defined]
    return story.startswith("i") or int(story) >= OLD


@cache
def outputs_without_upgrade() -> list[Output]:
    return replay(risk_graph(), list(chain(*told())), policy=policy())


def test_the_stream_of_the_upgrade_uses_old_state_and_new_capabilities() -> None:
    before, after = told()
    records = [record for _, _, record in outputs_without_upgrade()]
    decided = [record for record in records if isinstance(record, Decision) and record.cause_event_id in ids(after)]
    assert {decision.rule for decision in decided} == FRIENDSHIPS | CAPABILITIES
    assert {type(record).__name__ for record in records} >= {"CreateEventGroup", "AcceptFriend", "ManageMember"}
    assert conclusions_across([*before, *after], len(before), records) >= SOME

    policies, _ = parted(before)
    ignorant = {record for _, _, record in replay(risk_graph(), [*policies, *after], policy=policy())}
    assert sum(decision not in ignorant for decision in decided if decision.rule == "friendship-age") >= SOME
    versions = {event.version for event in policies if isinstance(event, PolicyPublished)}
    assert {decision.rule for decision in decided if decision.policy_version in versions} >= {"event-group"}


def ids(events: list[Record]) -> set[str]:
    return {event.event_id for event in events}  # type: ignore[attr-defined]


def test_a_replay_with_friendship_age_only_resumes_with_every_capability__c_12() -> None:
    before, after = told()
    store = MemoryStore()
    outputs = replay(earlier(), before, policy=policy(), store=store, finish=False)
    outputs += replay(risk_graph(), after, policy=policy(), store=store)
    assert outputs_of_replay(outputs) == outputs_of_replay(outputs_without_upgrade())
