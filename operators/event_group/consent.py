"""Prompts to join a group, and the answers to them.

Keyed by a shard of incident kinds; runs inside the step `event-group`. Emits `PromptToJoin`, `CancelPrompt` and the
decisions on members. Nobody is added before their own consent, and nobody waits for anybody else's (EG-28, EG-29).

| the person | accepts | refuses | silence until the deadline |
|---|---|---|---|
| was prompted | `MEMBER_ADDED` | `MEMBER_DECLINED` | `PROMPT_EXPIRED` |
| is a member | counted | `MEMBER_DECLINED`, leaves | – |
| has refused | `MEMBER_ADDED` | counted | – |
| let the prompt expire | counted | `MEMBER_DECLINED` | – |
| has refused after that | counted | counted | – |
| has left, and was never prompted or has no role any more | counted | counted | – |
| was never prompted, or the prompt was withdrawn | counted | counted | – |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.decision import Conditions, Trigger
from operators.erasure.markers import erased_after
from operators.event_group.commands import add_member, apart, cancel_prompt, prompt, remove_member
from operators.event_group.ending import WITHDRAWN, close_if_abandoned
from operators.event_group.evidence import Candidate, membership_as_evidence
from operators.event_group.incident import (
    CANCELLED,
    DECLINED,
    DECLINED_LATE,
    EXPIRED,
    MEMBER,
    PROMPTED,
    REFUSED,
    IncidentContext,
)
from operators.event_group.roles import rank_roles
from operators.event_group.telling import objects_to_tell_of, pop_waiting, waits_of, with_waits
from operators.event_group.timers import PROMPT_TIMEOUT, SILENCE, schedule
from operators.operator import ERASED_METRIC, Metric
from operators.policy.action import Action
from schemas.records import EventRole, IncidentAdvanced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.entries.event_group import Person

LATE_CONFIRMATION = "LATE_CONFIRMATION"


def add_roles(person: Person, candidate: Candidate) -> Person:
    """Return a person with the roles and follows of a candidate added."""
    follows = dict(zip(person.follows, person.versions, strict=True)) | dict(candidate.follows)
    names = tuple(sorted(follows))
    roles = rank_roles((*person.roles, *candidate.roles))
    person = with_waits(person, {name: version for name, version in waits_of(person).items() if name not in follows})
    return replace(person, roles=roles, follows=names, versions=tuple(follows[name] for name in names))


def invite(
    context: IncidentContext, account_id: str, candidate: Candidate, decision_id: str, trigger: Trigger
) -> Iterator[Any]:
    """Prompt a candidate once, with all roles; somebody already prompted or answered only gets the roles (EG-25)."""
    if erased_after(context.ctx, trigger.at_ms, account_id) is not None:
        yield ERASED_METRIC
        return
    person = add_roles(context.person(account_id), candidate)
    if person.status in (PROMPTED, MEMBER, *REFUSED):
        context.put_person(account_id, person)
        return
    asked_ms = max(trigger.at_ms, context.incident.created_ms)  # a late follow may be older than the group (EG-24)
    deadline_ms = asked_ms + context.section.prompt_timeout_ms
    person = replace(
        person,
        status=PROMPTED,
        found_ms=asked_ms,
        prompts=person.prompts + 1,
        prompted_ms=asked_ms,
        deadline_ms=deadline_ms,
        prompted_by=trigger.event_id,
        decision_id=decision_id,
    )
    context.put_person(account_id, person)
    schedule(context.ctx, deadline_ms, PROMPT_TIMEOUT, context.incident_id)
    yield prompt(context, account_id, person)


def on_answered(context: IncidentContext, event: IncidentAdvanced) -> Iterator[Any]:
    """Handle an answer; of several the latest by event time counts, while the group is open (EG-28 to EG-31)."""
    account_id, accepted = event.account_id or "", event.accepted
    if not context.is_open:
        yield Metric(LATE_CONFIRMATION if accepted else "late-refusal")
        return
    person = context.person(account_id)
    if person.status in ("", CANCELLED) or event.at_ms < person.prompted_ms:
        yield Metric("never-prompted")
    elif event.at_ms < person.answered_ms:
        yield Metric("outdated")
    elif accepted:
        yield from _join(context, account_id, person, event)
    elif person.status in REFUSED:
        context.put_person(account_id, replace(person, answered_ms=event.at_ms))
        yield Metric("declined-before")
    else:
        yield from decline(context, account_id, person, Trigger.of_event(event, context.ctx))


def _join(context: IncidentContext, account_id: str, person: Person, event: IncidentAdvanced) -> Iterator[Any]:
    is_late = person.status == PROMPTED and event.at_ms > person.deadline_ms  # before the timer of a late prompt (C-4)
    if is_late or person.status in (EXPIRED, DECLINED_LATE):
        yield Metric(LATE_CONFIRMATION)
        return
    was = person.status
    if not person.decision_id:  # nobody asked the event user: it outweighs no withdrawal, earlier or later (EG-31)
        yield Metric("never-prompted")
        return
    if was != MEMBER and not person.roles:  # a former follower: what asked for the person has ended (EG-32)
        yield Metric("without-role")
        return
    person = replace(person, status=MEMBER, answered_ms=event.at_ms, joined=True)
    context.put_person(account_id, person)
    if was == MEMBER:
        yield Metric("member-before")
        return
    conditions = Conditions()
    if was == PROMPTED:
        conditions.compare("answered_ms", event.at_ms, "<=", person.deadline_ms)
    else:
        conditions.check(
            "group_open", context.is_open
        )  # a refusal may be reversed as long as the group is open (EG-31)
    shown = membership_as_evidence(context, person) | {"answer": event.event_id, "prompted": person.decision_id}
    trigger = Trigger.of_event(event, context.ctx)
    decision = context.decide("MEMBER_ADDED", trigger, shown, other_id=account_id, conditions=conditions)
    yield decision
    yield add_member(decision, context, account_id, person)
    yield from tell_of_member(context, account_id, trigger)


def tell_of_member(context: IncidentContext, account_id: str, trigger: Trigger) -> Iterator[Any]:
    """Prompt the followers who have waited for somebody to confirm (EG-45)."""
    if account_id in context.incident.located:
        decision_id = context.incident.created_decision_id
        for follower_id, candidate in sorted(pop_waiting(context, {account_id}).items()):
            yield from invite(context, follower_id, candidate, decision_id, trigger)


def tell_of_silent(context: IncidentContext, at_ms: int) -> Iterator[Any]:
    """Prompt the followers who have waited for objects that are silent for too long (EG-45)."""
    if not context.is_open:
        return
    decision_id = context.incident.created_decision_id
    candidates = pop_waiting(context, {*objects_to_tell_of(context, at_ms)})
    for follower_id, candidate in sorted(candidates.items()):
        asked_by = context.person(min(candidate.follows)).prompted_by
        trigger = Trigger.timeout(asked_by, SILENCE, at_ms)
        yield from invite(context, follower_id, candidate, decision_id, trigger)


def decline(
    context: IncidentContext, account_id: str, person: Person, trigger: Trigger, *reasons: str
) -> Iterator[Any]:
    """Handle a refusal: of a member it means leaving the group (EG-30, EG-31)."""
    is_member = person.status == MEMBER
    is_late = person.status in (PROMPTED, EXPIRED) and trigger.at_ms > person.deadline_ms
    status = DECLINED_LATE if is_late else DECLINED
    context.put_person(account_id, replace(person, status=status, answered_ms=trigger.at_ms))
    shown: dict[str, object] = {"roles": rank_roles(person.roles), "answer": trigger.event_id, "was": person.status}
    if person.decision_id:  # the event user was never prompted
        shown |= {"prompted": person.decision_id, "deadline_ms": person.deadline_ms}
    actions = (Action.REMOVE,) if is_member else ()
    decision = context.decide("MEMBER_DECLINED", trigger, shown, other_id=account_id, reasons=reasons, actions=actions)
    yield decision
    if is_member:
        yield remove_member(decision, context, account_id)
        yield from close_if_abandoned(context, trigger)


def withdraw_member(context: IncidentContext, event: IncidentAdvanced) -> Iterator[Any]:
    """Remove a member who withdraws; nobody else leaves with them (EG-43).

    Of somebody who is none, only the time counts: an older confirmation that comes late adds nobody (EG-31).
    """
    account_id = event.account_id or ""
    person = context.person(account_id)
    if person.status != MEMBER or event.at_ms < person.answered_ms:
        if person.status not in ("", CANCELLED):
            context.put_person(account_id, replace(person, answered_ms=max(person.answered_ms, event.at_ms)))
        yield Metric("withdrawal-without-effect")
    else:
        yield from decline(context, account_id, person, Trigger.of_event(event, context.ctx), WITHDRAWN)


def expire_prompts(context: IncidentContext, at_ms: int) -> Iterator[Any]:
    """Expire the unanswered prompts whose deadline has passed (EG-30)."""
    if not context.is_open:
        return
    for account_id, person in context.people():
        if person.status == PROMPTED and person.deadline_ms <= at_ms:
            context.put_person(account_id, replace(person, status=EXPIRED))
            trigger = Trigger.timeout(person.prompted_by, PROMPT_TIMEOUT, at_ms)
            shown = {
                "roles": rank_roles(person.roles),
                "deadline_ms": person.deadline_ms,
                "prompted": person.decision_id,
            }
            yield context.decide("PROMPT_EXPIRED", trigger, shown, other_id=account_id)


def drop_follow(context: IncidentContext, account_id: str, object_id: str, trigger: Trigger) -> Iterator[Any]:
    """Remove a role based on an ended follow; an open prompt is withdrawn unless another role remains (EG-32)."""
    person = context.person(account_id)
    if object_id in person.waits:
        kept = {name: version for name, version in waits_of(person).items() if name != object_id}
        person = with_waits(person, kept)
        context.put_person(account_id, person)
    if object_id not in person.follows:
        return
    left = [pair for pair in zip(person.follows, person.versions, strict=True) if pair[0] != object_id]
    roles = [role for role in person.roles if left or role != EventRole.FOLLOWER]
    person = replace(
        person, roles=rank_roles(roles), follows=tuple(one for one, _ in left), versions=tuple(one for _, one in left)
    )
    is_prompted = person.status == PROMPTED
    if not roles and person.status in ("", PROMPTED):  # an answer and a silence stay what they are
        person = replace(person, status=CANCELLED)
    context.put_person(account_id, person)
    if person.status == MEMBER:
        yield from close_if_abandoned(context, trigger)
    elif is_prompted and person.status == CANCELLED:
        yield cancel_prompt(context, account_id, person.decision_id, trigger, *apart(context, account_id, person))
