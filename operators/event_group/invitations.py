"""Who is asked into a group? Key: a shard of kinds of incident.

The group exists at once, with the event user in it, and waits for nobody (EG-16, EG-29). Asked are those nearby, those
who may be concerned, those who watch over them, and the organisations that serve the place (EG-17 to EG-25).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from operators.event_group.commands import create_group
from operators.event_group.consent import add_roles, drop_follow, invite
from operators.event_group.evidence import (
    Candidate,
    Candidates,
    consents_as_evidence,
    count_named_left_out,
    prompts_as_evidence,
)
from operators.event_group.incident import MEMBER, OPEN, IncidentContext, Trigger
from operators.event_group.roles import rank_roles
from operators.event_group.search import is_follow_age_within, uses_follow_age
from operators.event_group.search_results import SearchResults, pop_results
from operators.event_group.timers import GROUP_LIFE, schedule
from operators.policy.event_group import Combination
from schemas.records import Concern, EventRole, FollowShifted, Watcher
from state.entries.event_group import Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from operators.decision import Conditions
    from operators.operator import Context
    from operators.policy.event_group import EventGroupPolicy

CREATED: Final = "CREATED"


def open_group(context: IncidentContext, trigger: Trigger, conditions: Conditions) -> Iterator[Any]:
    """Found the group with the event user in it, and ask everybody who was found."""
    section, reporter_id = context.section, context.incident.reporter_id
    found = pop_results(context.incident_id, trigger.event_id, context.ctx)
    context.update(status=OPEN, created_ms=trigger.at_ms, created_by=trigger.event_id)
    schedule(context.ctx, trigger.at_ms + section.group_life_ms, GROUP_LIFE, context.incident_id)
    candidates = _candidates(context, found, trigger.at_ms, {reporter_id})
    nearest, left_out = _nearest(found, candidates.keys(), section)
    candidates[reporter_id].roles.add(EventRole.EVENT_USER)
    asked = {**candidates, **nearest}
    del asked[reporter_id]
    user = add_roles(replace(Person(), status=MEMBER, found_ms=trigger.at_ms, joined=True), candidates[reporter_id])
    shown = _group_as_evidence(context, candidates, found, left_out) | prompts_as_evidence(
        context, asked, trigger.at_ms
    )
    context.add_people((*candidates, *nearest))
    context.put_person(reporter_id, user)
    decision = context.decide(CREATED, trigger, shown, conditions=conditions)
    context.update(created_decision_id=decision.decision_id)
    yield decision
    yield create_group(decision, context, reporter_id, user)
    context.update(description=None)
    for account_id, role in sorted(asked.items()):
        yield from invite(context, account_id, role, decision.decision_id, trigger)


def invite_late_results(context: IncidentContext, found: SearchResults, trigger: Trigger) -> Iterator[Any]:
    """Ask those whose answers came after the group was created, because the event that asked was late."""
    candidates = _candidates(context, found, trigger.at_ms, context.incident.people)
    nearest, _ = _nearest(found, candidates.keys(), context.section)
    context.add_people((*candidates, *nearest))
    for account_id, role in sorted({**candidates, **nearest}.items()):
        if role.roles:
            yield from invite(context, account_id, role, context.incident.created_decision_id, trigger)


def select_objects(context: IncidentContext, object_ids: Iterable[str]) -> None:
    """Remember whom the incident is about: their follows matter from now on (EG-24)."""
    selected = {*context.incident.selected, *object_ids}
    context.update(selected=tuple(sorted(selected)))
    for object_id in object_ids:
        context.index_mention(object_id)


def add_concerned(candidates: Candidates, watchers: Mapping[str, Iterable[Watcher]], found: SearchResults) -> None:
    """Add objects and all who watch over them (EG-23)."""
    for object_id, follows in watchers.items():
        role = candidates.setdefault(object_id, Candidate())
        role.roles.add(EventRole.OBJECT)
        role.concerns |= found.concerns[object_id]
        for follow in follows:
            role = candidates.setdefault(follow.follower_id, Candidate())
            role.roles.add(EventRole.FOLLOWER)
            role.follows[object_id] = follow.version


def _candidates(context: IncidentContext, found: SearchResults, at_ms: int, known: Iterable[str]) -> Candidates:
    """Return all who are not merely nearby, and those who are known already, with all their roles (EG-25)."""
    section = context.section
    watchers = {name: follows for name, follows in found.watchers.items() if _is_concerned(name, found, at_ms, section)}
    select_objects(context, sorted(watchers))
    candidates: Candidates = {name: Candidate() for name in known}
    add_concerned(candidates, watchers, found)
    for organisation_id in found.organisations:
        candidates.setdefault(organisation_id, Candidate()).roles.add(EventRole.ORGANISATION)
    for account_id in candidates.keys() & found.near.keys():
        candidates[account_id].roles.add(EventRole.NEARBY_USER)
        candidates[account_id].distance_m = found.near[account_id]
    return candidates


def _is_concerned(object_id: str, found: SearchResults, at_ms: int, section: EventGroupPolicy) -> bool:
    """Return whether the report names an object, or the policy's predicates hold for it (EG-22)."""
    concerns = found.concerns[object_id]
    if Concern.NAMED in concerns:
        return True
    predicates = [Concern.NEAR in concerns]
    if uses_follow_age(section):
        predicates.append(
            any(is_follow_age_within(watch.since_ms, at_ms, section) for watch in found.watchers[object_id])
        )
    return any(predicates) if section.concern_combine is Combination.OR else all(predicates)


def _nearest(found: SearchResults, others: Collection[str], section: EventGroupPolicy) -> tuple[Candidates, int]:
    """Return whom to ask of those who are merely nearby, and how many of them are left out (EG-20)."""
    merely = [(away_m, name) for name, away_m in found.near.items() if name not in others]
    nearest = nsmallest(section.nearby_at_most, merely)
    candidates = {name: Candidate({EventRole.NEARBY_USER}, distance_m=away_m) for away_m, name in nearest}
    return candidates, len(merely) - len(nearest)


def _group_as_evidence(
    context: IncidentContext, candidates: Candidates, found: SearchResults, left_out: int
) -> dict[str, object]:
    """Return how many were found in each role, and on which consents that rests (EG-9)."""
    incident, section = context.incident, context.section
    counts = Counter(role for each in candidates.values() for role in each.roles)
    counts[EventRole.NEARBY_USER] = len(found.near)
    return {
        "roles": rank_roles(candidates[incident.reporter_id].roles),
        "found": {role: counts[role] for role in EventRole if counts[role]},
        "left_out": left_out,
        "named_left_out": count_named_left_out(incident.named, incident.selected),
        "radius_m": section.radius_m,
        "nearby_at_most": section.nearby_at_most,
        "closes_ms": incident.created_ms + section.group_life_ms,
    } | consents_as_evidence(candidates)


def on_follow_shifted(event: FollowShifted, ctx: Context) -> Iterator[Any]:
    """Ask, or take back."""
    context, trigger = IncidentContext(event.incident_id, ctx), Trigger.of_event(event, ctx)
    if not context.is_open:
        return
    if not event.active:
        yield from drop_follow(context, event.follower_id, event.object_id, trigger)
        return
    incident = context.incident
    if event.object_id in {*incident.selected, *incident.named}:
        select_objects(context, [event.object_id])
        found = {
            event.object_id: Candidate({EventRole.OBJECT}),
            event.follower_id: Candidate({EventRole.FOLLOWER}, {event.object_id: event.version}),
        }
        context.add_people(found)
        for account_id, role in sorted(found.items()):
            if account_id == event.follower_id or EventRole.OBJECT not in context.person(account_id).roles:
                yield from invite(context, account_id, role, incident.created_decision_id, trigger)
