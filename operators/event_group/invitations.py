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
from operators.event_group.consent import ask, drop_follow, widened
from operators.event_group.evidence import Role, Wanted, consents_as_evidence, left_out_of, prompts_as_evidence
from operators.event_group.incident import MEMBER, OPEN, Affair, Cause, caused_by, remind
from operators.event_group.roles import ranked
from operators.event_group.search import has_age, is_of_age
from operators.event_group.search_results import Findings, findings
from operators.policy.event_group import Combination
from schemas.records import Concern, EventRole, FollowShifted, Watcher
from state.entries.event_group import Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from operators.decision import Conditions
    from operators.operator import Context
    from operators.policy.event_group import EventGroupPolicy

LIFE: Final = "life"
CREATED: Final = "CREATED"


def create(affair: Affair, cause: Cause, conditions: Conditions) -> Iterator[Any]:
    """Found the group with the event user in it, and ask everybody who was found."""
    section, reporter_id = affair.section, affair.incident.reporter_id
    found = findings(affair.incident_id, cause.event_id, affair.ctx)
    affair.change(status=OPEN, created_ms=cause.at_ms, created_by=cause.event_id)
    remind(affair.ctx, cause.at_ms + section.group_life_ms, LIFE, affair.incident_id)
    wanted = _others(affair, found, cause.at_ms, {reporter_id})
    nearest, left_out = _nearest(found, wanted.keys(), section)
    wanted[reporter_id].roles.add(EventRole.EVENT_USER)
    asked = {**wanted, **nearest}
    del asked[reporter_id]
    user = widened(replace(Person(), status=MEMBER, found_ms=cause.at_ms, joined=True), wanted[reporter_id])
    shown = _evidence(affair, wanted, found, left_out) | prompts_as_evidence(affair, asked, cause.at_ms)
    affair.enlist((*wanted, *nearest))
    affair.keep(reporter_id, user)
    decision = affair.decide(CREATED, cause, shown, conditions=conditions)
    affair.change(created_decision_id=decision.decision_id)
    yield decision
    yield create_group(decision, affair, reporter_id, user)
    affair.change(description=None)
    for account_id, role in sorted(asked.items()):
        yield from ask(affair, account_id, role, decision.decision_id, cause)


def ask_stray(affair: Affair, found: Findings, cause: Cause) -> Iterator[Any]:
    """Ask those whose answers came after the group was created, because the event that asked was late."""
    wanted = _others(affair, found, cause.at_ms, affair.incident.people)
    nearest, _ = _nearest(found, wanted.keys(), affair.section)
    affair.enlist((*wanted, *nearest))
    for account_id, role in sorted({**wanted, **nearest}.items()):
        if role.roles:
            yield from ask(affair, account_id, role, affair.incident.created_decision_id, cause)


def select(affair: Affair, object_ids: Iterable[str]) -> None:
    """Remember whom the incident is about: their follows matter from now on (EG-24)."""
    selected = {*affair.incident.selected, *object_ids}
    affair.change(selected=tuple(sorted(selected)))
    for object_id in object_ids:
        affair.mention(object_id)


def concerned(wanted: Wanted, watchers: Mapping[str, Iterable[Watcher]], found: Findings) -> None:
    """Add objects and all who watch over them (EG-23)."""
    for object_id, follows in watchers.items():
        role = wanted.setdefault(object_id, Role())
        role.roles.add(EventRole.OBJECT)
        role.concerns |= found.concerns[object_id]
        for follow in follows:
            role = wanted.setdefault(follow.follower_id, Role())
            role.roles.add(EventRole.FOLLOWER)
            role.follows[object_id] = follow.version


def _others(affair: Affair, found: Findings, at_ms: int, known: Iterable[str]) -> Wanted:
    """Return all who are not merely nearby, and those who are known already, with all their roles (EG-25)."""
    section = affair.section
    watchers = {name: follows for name, follows in found.watchers.items() if _is_concerned(name, found, at_ms, section)}
    select(affair, sorted(watchers))
    wanted: Wanted = {name: Role() for name in known}
    concerned(wanted, watchers, found)
    for organisation_id in found.organisations:
        wanted.setdefault(organisation_id, Role()).roles.add(EventRole.ORGANISATION)
    for account_id in wanted.keys() & found.near.keys():
        wanted[account_id].roles.add(EventRole.NEARBY_USER)
        wanted[account_id].distance_m = found.near[account_id]
    return wanted


def _is_concerned(object_id: str, found: Findings, at_ms: int, section: EventGroupPolicy) -> bool:
    """Return whether the report names an object, or the policy's predicates hold for it (EG-22)."""
    concerns = found.concerns[object_id]
    if Concern.NAMED in concerns:
        return True
    predicates = [Concern.NEAR in concerns]
    if has_age(section):
        predicates.append(any(is_of_age(watch.since_ms, at_ms, section) for watch in found.watchers[object_id]))
    return any(predicates) if section.concern_combine is Combination.OR else all(predicates)


def _nearest(found: Findings, others: Collection[str], section: EventGroupPolicy) -> tuple[Wanted, int]:
    """Return whom to ask of those who are merely nearby, and how many of them are left out (EG-20)."""
    merely = [(away_m, name) for name, away_m in found.near.items() if name not in others]
    nearest = nsmallest(section.nearby_at_most, merely)
    wanted = {name: Role({EventRole.NEARBY_USER}, distance_m=away_m) for away_m, name in nearest}
    return wanted, len(merely) - len(nearest)


def _evidence(affair: Affair, wanted: Wanted, found: Findings, left_out: int) -> dict[str, object]:
    """Return how many were found in each role, and on which consents that rests (EG-9)."""
    incident, section = affair.incident, affair.section
    counts = Counter(role for each in wanted.values() for role in each.roles)
    counts[EventRole.NEARBY_USER] = len(found.near)
    return {
        "roles": ranked(wanted[incident.reporter_id].roles),
        "found": {role: counts[role] for role in EventRole if counts[role]},
        "left_out": left_out,
        "named_left_out": left_out_of(incident.named, incident.selected),
        "radius_m": section.radius_m,
        "nearby_at_most": section.nearby_at_most,
        "closes_ms": incident.created_ms + section.group_life_ms,
    } | consents_as_evidence(wanted)


def on_shifted(event: FollowShifted, ctx: Context) -> Iterator[Any]:
    """Ask, or take back."""
    affair, cause = Affair(event.incident_id, ctx), caused_by(event, ctx)
    if not affair.is_open:
        return
    if not event.active:
        yield from drop_follow(affair, event.follower_id, event.object_id, cause)
        return
    incident = affair.incident
    if event.object_id in {*incident.selected, *incident.named}:
        select(affair, [event.object_id])
        found = {
            event.object_id: Role({EventRole.OBJECT}),
            event.follower_id: Role({EventRole.FOLLOWER}, {event.object_id: event.version}),
        }
        affair.enlist(found)
        for account_id, role in sorted(found.items()):
            if account_id == event.follower_id or EventRole.OBJECT not in affair.person(account_id).roles:
                yield from ask(affair, account_id, role, incident.created_decision_id, cause)
