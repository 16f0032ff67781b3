"""Invitations into a group: whom to prompt when it is created, and when a follow changes later.

Keyed by a shard of incident kinds; runs inside the step `event-group`. The group is created at once with the event user
in it, and waits for nobody (EG-16, EG-29). Prompted are nearby users, objects that may be concerned, their followers,
and the organisations that serve the place (EG-17 to EG-25). Somebody who becomes a follower of a concerned object is
prompted then (EG-24); a prompt based on an ended follow is withdrawn (EG-32).
"""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from operators.decision import Conditions, Trigger
from operators.event_group.commands import create_group
from operators.event_group.consent import add_roles, drop_follow, invite
from operators.event_group.evidence import (
    Candidate,
    Candidates,
    consents_as_evidence,
    count_named_left_out,
    prompts_as_evidence,
)
from operators.event_group.incident import MEMBER, OPEN, IncidentContext
from operators.event_group.roles import can_help, rank_roles
from operators.event_group.same_incident import find_named_into, index_group
from operators.event_group.search import is_follow_age_within, uses_follow_age, widening_id
from operators.event_group.search_results import SearchResults, pop_results
from operators.event_group.telling import (
    Watched,
    add_located,
    follows_in_scope,
    hold_back,
    remove_located,
    split_follows,
    waiting_as_evidence,
)
from operators.event_group.timers import GROUP_LIFE, schedule
from operators.policy.event_group import Combination
from schemas.records import Concern, EventRole, FollowShifted, Watcher
from state.entries.event_group import Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from operators.operator import Context
    from operators.policy.event_group import EventGroupPolicy

CREATED: Final = "CREATED"


def open_group(context: IncidentContext, trigger: Trigger, conditions: Conditions) -> Iterator[Any]:
    """Create the group with the event user in it, and prompt everybody whom the search found."""
    section, reporter_id = context.section, context.incident.reporter_id
    results = pop_results(context.incident_id, trigger.event_id, context.ctx)
    context.update(status=OPEN, created_ms=trigger.at_ms, created_by=trigger.event_id)
    index_group(context)
    schedule(context.ctx, trigger.at_ms + section.group_life_ms, GROUP_LIFE, context.incident_id)
    candidates, waiting = _candidates(context, results, trigger.at_ms, {reporter_id})
    nearest, left_out = _nearest(context, results, candidates)
    candidates[reporter_id].roles.add(EventRole.EVENT_USER)
    prompted = _merged(candidates, nearest)
    del prompted[reporter_id]
    user = add_roles(replace(Person(), status=MEMBER, found_ms=trigger.at_ms, joined=True), candidates[reporter_id])
    shown = _group_as_evidence(context, candidates, results, left_out) | waiting_as_evidence(context, waiting)
    shown |= prompts_as_evidence(context, prompted, trigger.at_ms)
    context.add_people((*candidates, *nearest))
    context.put_person(reporter_id, user)
    decision = context.decide(CREATED, trigger, shown, conditions=conditions)
    context.update(created_decision_id=decision.decision_id)
    yield decision
    yield create_group(decision, context, reporter_id, user)
    context.update(description=None)
    for account_id, candidate in sorted(prompted.items()):
        yield from invite(context, account_id, candidate, decision.decision_id, trigger)
    hold_back(context, waiting, trigger.at_ms)


def invite_late_results(context: IncidentContext, results: SearchResults, trigger: Trigger) -> Iterator[Any]:
    """Prompt people whose search results came after the group was created, because its event was late."""
    known = [name for name, person in context.people() if person.roles]
    candidates, waiting = _candidates(context, results, trigger.at_ms, known)
    nearest, _ = _nearest(context, results, candidates)
    context.add_people((*candidates, *nearest))
    for account_id, candidate in sorted(_merged(candidates, nearest).items()):
        if candidate.roles:
            yield from invite(context, account_id, candidate, context.incident.created_decision_id, trigger)
    hold_back(context, waiting, trigger.at_ms)


def invite_named(group: IncidentContext, results: SearchResults, trigger: Trigger) -> Iterator[Any]:
    """Prompt the objects that a merged report names, and their followers, into the open group (EG-15)."""
    named = {name: found for name, found in results.watchers.items() if Concern.NAMED in results.concerns[name]}
    select_objects(group, sorted(named))
    candidates = remove_located(group, group.incident.named)
    add_followed(candidates, follows_in_scope(group, named))
    group.add_people(candidates)
    for account_id, candidate in sorted(candidates.items()):
        yield from invite(group, account_id, candidate, group.incident.created_decision_id, trigger)


def widen(context: IncidentContext, results: SearchResults, trigger: Trigger) -> Iterator[Any]:
    """Prompt people farther away, unless somebody has come to help (EG-50)."""
    steps = {widening_id(context.incident.created_by, at): step for at, step in enumerate(context.section.widen)}
    step, conditions = steps.get(trigger.event_id), Conditions()
    helpers = sum(can_help(person.roles) for _, person in context.members())
    if step is None or not conditions.compare("helpers", helpers, "==", 0):
        return
    nearest, left_out = _nearest_of(results, _asked_before(context), step.nearby_at_most)
    if not nearest:
        return
    shown: dict[str, object] = {"radius_m": step.radius_m, "nearby_at_most": step.nearby_at_most, "left_out": left_out}
    shown |= prompts_as_evidence(context, nearest, trigger.at_ms)
    decision = context.decide("WIDENED", trigger, shown, conditions=conditions)
    yield decision
    context.add_people(nearest)
    for account_id, candidate in sorted(nearest.items()):
        yield from invite(context, account_id, candidate, decision.decision_id, trigger)


def _asked_before(context: IncidentContext) -> set[str]:
    """Return who need not be found again: all but those asked for an object that is near, if at all (EG-47)."""
    located = {*context.incident.located}
    asked = (each for each in context.people() if each[1].status)
    return {name for name, person in asked if not _is_follower_only_of(located, person)}


def on_follow_shifted(event: FollowShifted, ctx: Context) -> Iterator[Any]:
    """Prompt a new follower of a concerned object, or withdraw the prompt of one who no longer follows."""
    filed, trigger = IncidentContext(event.incident_id, ctx), Trigger.of_event(event, ctx)
    context = filed if filed.is_open else find_named_into(filed)
    if context is None:
        return
    if not event.active:
        yield from drop_follow(context, event.follower_id, event.object_id, trigger)
        return
    incident = context.incident
    if event.object_id in {*incident.selected, *incident.named}:
        select_objects(context, [event.object_id])
        follow = Watcher(
            follower_id=event.follower_id,
            since_ms=event.at_ms,
            version=event.version,
            emergencies_only=event.emergencies_only,
        )
        candidates: Candidates = {}
        told, waiting = split_follows(context, {event.object_id: [follow]}, trigger.at_ms)
        add_followed(candidates, told)
        context.add_people(candidates)
        for account_id, candidate in sorted(candidates.items()):
            if account_id == event.follower_id or EventRole.OBJECT not in context.person(account_id).roles:
                yield from invite(context, account_id, candidate, incident.created_decision_id, trigger)
        hold_back(context, waiting, trigger.at_ms)


def select_objects(context: IncidentContext, object_ids: Iterable[str]) -> None:
    """Store the objects that the incident is about: changes of their follows matter from now on (EG-24)."""
    selected = {*context.incident.selected, *object_ids}
    context.update(selected=tuple(sorted(selected)))
    for object_id in object_ids:
        context.index_mention(object_id)


def add_concerned(candidates: Candidates, watchers: Mapping[str, Iterable[Watcher]], results: SearchResults) -> None:
    """Add objects and their followers as candidates (EG-23), and why the objects are concerned."""
    add_followed(candidates, watchers)
    for object_id in watchers:
        candidates[object_id].concerns |= results.concerns[object_id]


def add_followed(candidates: Candidates, watchers: Mapping[str, Iterable[Watcher]]) -> None:
    """Add objects and their followers as candidates."""
    for object_id, follows in watchers.items():
        candidates.setdefault(object_id, Candidate()).roles.add(EventRole.OBJECT)
        for follow in follows:
            candidate = candidates.setdefault(follow.follower_id, Candidate())
            candidate.roles.add(EventRole.FOLLOWER)
            candidate.follows[object_id] = follow.version


def _candidates(
    context: IncidentContext, results: SearchResults, at_ms: int, known: Iterable[str]
) -> tuple[Candidates, Watched]:
    """Return all candidates except those merely nearby, with all their roles (EG-25); `known` people are included.

    Return apart the followers who wait. They are merely nearby for now, if they are (EG-45).
    """
    section = context.section
    watchers = {
        name: follows for name, follows in results.watchers.items() if _is_concerned(name, results, at_ms, section)
    }
    select_objects(context, sorted(watchers))
    add_located(context, (name for name in watchers if _is_merely_near(name, results)))
    told, waiting = split_follows(context, watchers, at_ms)
    candidates: Candidates = {name: Candidate() for name in known}
    add_concerned(candidates, told, results)
    for organisation_id in results.organisations:
        candidates.setdefault(organisation_id, Candidate()).roles.add(EventRole.ORGANISATION)
    located = {*context.incident.located}
    for account_id in candidates.keys() & results.near.keys():
        if not _is_follower_only_of(located, candidates[account_id]):
            candidates[account_id].roles.add(EventRole.NEARBY_USER)
            candidates[account_id].distance_m = results.near[account_id]
    return candidates, waiting


def _is_concerned(object_id: str, results: SearchResults, at_ms: int, section: EventGroupPolicy) -> bool:
    """Return whether the report names an object, or it meets the policy's predicates (EG-22)."""
    concerns = results.concerns[object_id]
    if Concern.NAMED in concerns:
        return True
    predicates = [Concern.NEAR in concerns]
    if uses_follow_age(section):
        predicates.append(_has_follow_of_age(object_id, results, at_ms, section))
    return any(predicates) if section.concern_combine is Combination.OR else all(predicates)


def _has_follow_of_age(object_id: str, results: SearchResults, at_ms: int, section: EventGroupPolicy) -> bool:
    return any(is_follow_age_within(watch.since_ms, at_ms, section) for watch in results.watchers[object_id])


def _is_merely_near(object_id: str, results: SearchResults) -> bool:
    """Return whether a concerned object would not be concerned in another place (EG-45).

    The age of a follow counts if the search by age has found the object: that has a limit (EG-22).
    """
    return results.concerns[object_id].isdisjoint({Concern.NAMED, Concern.AGE})


def _nearest(context: IncidentContext, results: SearchResults, candidates: Candidates) -> tuple[Candidates, int]:
    """Return the nearest of those merely nearby, up to the limit, and the number left out (EG-20).

    Followers of objects that were found by their location count among them, told or not: otherwise their number would
    say of the object whether it is there (EG-47).
    """
    located = {*context.incident.located}
    others = {name for name, candidate in candidates.items() if not _is_follower_only_of(located, candidate)}
    return _nearest_of(results, others, context.section.nearby_at_most)


def _nearest_of(results: SearchResults, others: Collection[str], at_most: int) -> tuple[Candidates, int]:
    merely = [(away_m, name) for name, away_m in results.near.items() if name not in others]
    nearest = nsmallest(at_most, merely)
    found = {name: Candidate({EventRole.NEARBY_USER}, distance_m=away_m) for away_m, name in nearest}
    return found, len(merely) - len(nearest)


def _is_follower_only_of(object_ids: Collection[str], found: Candidate | Person) -> bool:
    return {*found.roles} == {EventRole.FOLLOWER} and all(object_id in object_ids for object_id in found.follows)


def _merged(candidates: Candidates, nearest: Candidates) -> Candidates:
    """Return both, and whoever is in both with all roles."""
    for account_id in candidates.keys() & nearest.keys():
        candidates[account_id].roles |= nearest[account_id].roles
        candidates[account_id].distance_m = nearest[account_id].distance_m
    return {**nearest, **candidates}


def _group_as_evidence(
    context: IncidentContext, candidates: Candidates, results: SearchResults, left_out: int
) -> dict[str, object]:
    """Return the number found in each role, and the consents that this rests on (EG-9)."""
    incident, section = context.incident, context.section
    counts = Counter(role for each in candidates.values() for role in each.roles)
    counts[EventRole.NEARBY_USER] = len(results.near)
    return {
        "roles": rank_roles(candidates[incident.reporter_id].roles),
        "found": {role: counts[role] for role in EventRole if counts[role]},
        "left_out": left_out,
        "named_left_out": count_named_left_out(incident.named, incident.selected),
        "radius_m": section.radius_m,
        "nearby_at_most": section.nearby_at_most,
        "closes_ms": incident.created_ms + section.group_life_ms,
    } | consents_as_evidence(candidates)
