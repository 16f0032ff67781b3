"""Lifecycle of a report up to its group: limits, audit, merge or creation.

Keyed by a shard of incident kinds; runs inside the step `event-group`. It fails closed: without an audit there is no
group, except for the kinds that the policy lists as emergencies (C-22).

| state | approved | rejected | audit timeout |
|---|---|---|---|
| requested | `APPROVED`, `CREATED` | `REJECTED` | `REJECTED`, `AUDIT_SILENT` |
| created, audit open (emergency) | `APPROVED` | `CLOSED`, `AUDIT_REJECTED` (1) | `APPROVED`, `AUDIT_SILENT`, review |
| merged, audit open (emergency) | counted | the reporter leaves | – |
| anything else | counted | counted | – |

(1) While another event user is in the group, only the reporter leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.commands import request_review
from operators.decision import Conditions, Trigger
from operators.event_group.commands import add_member
from operators.event_group.consent import decline, tell_of_member
from operators.event_group.ending import close, mark_ended
from operators.event_group.evidence import membership_as_evidence
from operators.event_group.incident import (
    CLOSED,
    MEMBER,
    OPEN,
    REJECTED,
    REQUESTED,
    IncidentContext,
    is_event_user,
)
from operators.event_group.invitations import invite_named, open_group
from operators.event_group.reporter import REPORTER_BLOCKED
from operators.event_group.roles import rank_roles
from operators.event_group.same_incident import find_duplicate, find_mergeable, find_merged_into, index_report, is_same
from operators.event_group.search_results import pop_results
from operators.event_group.telling import is_emergency
from operators.event_group.timers import AUDIT_TIMEOUT, schedule
from operators.operator import Context, Metric
from operators.policy.action import Action
from schemas.records import EventRole
from state.entries.event_group import Incident

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy.event_group import EventGroupPolicy
    from schemas.records import IncidentAdvanced, IncidentFiled
    from state.entries.event_group import Person

APPROVED = "APPROVED"
AUDIT_APPROVED, AUDIT_REJECTED, AUDIT_SILENT = "AUDIT_APPROVED", "AUDIT_REJECTED", "AUDIT_SILENT"
AUDIT_EXEMPT, DUPLICATE, MERGED = "AUDIT_EXEMPT", "DUPLICATE", "MERGED"


def on_incident_filed(event: IncidentFiled, ctx: Context) -> Iterator[Any]:
    """Open an incident for a report (EG-10 to EG-15)."""
    context = IncidentContext(event.incident_id, ctx, _new_incident(event))
    trigger, section, repetition = Trigger.of_event(event, ctx), context.section, Conditions()
    limits = _reporter_limits(event, section)
    before = None if event.refusal else find_duplicate(context, repetition)
    awaits_audit = not event.refusal and before is None and event.kind not in section.audit_kinds_exempt
    deadline = {"deadline_ms": event.at_ms + section.audit_timeout_ms} if awaits_audit else {}
    yield context.decide(REQUESTED, trigger, {"named": len(event.object_ids)} | deadline, conditions=limits)
    if event.refusal:
        yield from _refuse(context, trigger, event.refusal, limits)
        return
    context.update()
    for account_id in {event.reporter_id, *event.object_ids} - {""}:
        context.index_mention(account_id)
    if before is not None:
        yield from close(context, trigger, DUPLICATE, {"repeats": before.incident_id}, repetition)
    else:
        yield from _await_audit(context, trigger, section)


def _new_incident(event: IncidentFiled) -> Incident:
    return Incident(
        status=REQUESTED,
        kind=event.kind,
        latitude=event.latitude,
        longitude=event.longitude,
        reporter_id=event.reporter_id,
        reported_ms=event.at_ms,
        reported_by=event.event_id,
        policy_version=event.policy_version,
        named=event.object_ids,
        inviters=event.inviters,
        description=event.description,
    )


def _reporter_limits(event: IncidentFiled, section: EventGroupPolicy) -> Conditions:
    """Return the conditions on the reporter's earlier reports and rejections (EG-14)."""
    conditions = Conditions()
    if not conditions.compare("rejections_in_30_d", event.rejections, ">=", section.rejections_limit):
        is_over = conditions.compare("reports_in_24_h", event.reports, ">=", section.reports_per_day)
        if event.refusal and not is_over:
            conditions.check("too_many_reports_kept", actual=True)
    return conditions


def _refuse(context: IncidentContext, trigger: Trigger, reason: str, conditions: Conditions) -> Iterator[Any]:
    """Reject a report without an audit, and keep nothing of it (EG-14)."""
    is_blocked = reason == REPORTER_BLOCKED
    actions = (Action.REVIEW,) if is_blocked else ()
    shown = {"reason": reason}
    decision = context.decide(REJECTED, trigger, shown, reasons=(reason,), actions=actions, conditions=conditions)
    yield decision
    if is_blocked:
        yield request_review(decision, "Auditors have rejected several reports of this account; it reports again.")


def _await_audit(context: IncidentContext, trigger: Trigger, section: EventGroupPolicy) -> Iterator[Any]:
    """Schedule the audit timeout, or skip the audit of an exempt kind (EG-11, EG-13)."""
    kind = context.incident.kind
    index_report(context)
    if kind in section.audit_kinds_exempt:
        context.update(audit_open=False)
        yield context.decide(APPROVED, trigger, {"reason": AUDIT_EXEMPT}, reasons=(AUDIT_EXEMPT,))
    else:
        schedule(context.ctx, trigger.at_ms + section.audit_timeout_ms, AUDIT_TIMEOUT, context.incident_id)
    if kind in section.audit_kinds_exempt | section.emergency_kinds:
        yield from _create_or_merge(context, trigger)


def on_audited(context: IncidentContext, event: IncidentAdvanced) -> Iterator[Any]:
    """Apply the auditor's answer (EG-11)."""
    incident, trigger = context.stored, Trigger.of_event(event, context.ctx)
    if incident is None or not incident.audit_open or incident.status not in (REQUESTED, OPEN):
        yield from _audit_ended(context, event)
        return
    conditions, deadline_ms = Conditions(), incident.reported_ms + context.section.audit_timeout_ms
    if trigger.at_ms > deadline_ms:  # the report was late as well, so that its timer is yet to act (EG-12)
        yield from on_audit_timeout(context, deadline_ms)
        yield from _audit_ended(context, event)
        return
    context.update(audit_open=False)
    conditions.compare("audited_ms", trigger.at_ms, "<=", deadline_ms)
    audit = {"auditor": event.account_id} if event.account_id else {}  # none: erased since (C-18)
    audit["reason"] = AUDIT_APPROVED if event.accepted else AUDIT_REJECTED
    if event.accepted:
        yield context.decide(APPROVED, trigger, audit, conditions=conditions)
        if incident.status == REQUESTED:
            yield from _create_or_merge(context, trigger)
    elif incident.status == REQUESTED:
        yield context.decide(REJECTED, trigger, audit, conditions=conditions)
        mark_ended(context, REJECTED, trigger.at_ms)
    elif _has_other_event_user(context):
        yield from _remove_reporter(context, context, trigger)
    else:
        yield from close(context, trigger, AUDIT_REJECTED, audit, conditions)


def _has_other_event_user(context: IncidentContext) -> bool:
    """Return whether somebody else is in the group whose own report was merged: it has an audit of its own (EG-13)."""
    founder_id = context.incident.reporter_id
    return any(is_event_user(person) for account_id, person in context.members() if account_id != founder_id)


def _audit_ended(context: IncidentContext, event: IncidentAdvanced) -> Iterator[Any]:
    """Remove a reporter who was added to a group before the audit that rejects the report (EG-13, EG-15)."""
    other = None if event.accepted else _merged_unaudited(context, event.at_ms)
    if other is None:
        yield Metric("audit-without-effect")
        return
    context.update(audit_open=False)
    yield from _remove_reporter(context, other, Trigger.of_event(event, context.ctx))


def _remove_reporter(context: IncidentContext, group: IncidentContext, trigger: Trigger) -> Iterator[Any]:
    """Remove the reporter of a rejected emergency from the group that it led to."""
    account_id = context.incident.reporter_id
    person = group.person(account_id)
    if person.status == MEMBER:
        yield from decline(group, account_id, person, trigger, AUDIT_REJECTED)
    else:
        yield Metric("audit-without-effect")


def _merged_unaudited(context: IncidentContext, at_ms: int) -> IncidentContext | None:
    """Return the incident into which an emergency was merged whose audit is still awaited, if any."""
    incident = context.stored
    if incident is None or not incident.audit_open or incident.status != CLOSED or incident.created_ms >= 0:
        return None
    is_awaited = at_ms <= incident.reported_ms + context.section.audit_timeout_ms
    return find_merged_into(context, incident.reported_ms - 1) if is_awaited and is_emergency(context) else None


def on_audit_timeout(context: IncidentContext, at_ms: int) -> Iterator[Any]:
    """Reject a report without audit; an emergency's group stays open and a review is requested (EG-12, EG-13)."""
    incident = context.stored
    if incident is None or not incident.audit_open or incident.status not in (REQUESTED, OPEN):
        return
    context.update(audit_open=False)
    trigger = Trigger.timeout(incident.reported_by, AUDIT_TIMEOUT, at_ms)
    deadline = {"deadline_ms": at_ms, "reason": AUDIT_SILENT}
    if incident.status == REQUESTED:
        yield context.decide(REJECTED, trigger, deadline, reasons=(AUDIT_SILENT,))
        mark_ended(context, REJECTED, at_ms)
    else:
        decision = context.decide(APPROVED, trigger, deadline, reasons=(AUDIT_SILENT,), actions=(Action.REVIEW,))
        yield decision
        yield request_review(decision, "Nobody has audited this emergency; its group is open.")


def _create_or_merge(context: IncidentContext, trigger: Trigger) -> Iterator[Any]:
    """Create the group of a report, or merge the report into an incident that has one (EG-15, EG-16)."""
    other, conditions = find_mergeable(context), Conditions()
    if not conditions.check("same_incident_has_a_group", other is not None) or other is None:
        yield from open_group(context, trigger, conditions)
    else:
        is_same(context, other, conditions)
        yield from _merge(context, other, trigger, conditions)


def _merge(context: IncidentContext, other: IncidentContext, trigger: Trigger, conditions: Conditions) -> Iterator[Any]:
    """Make the reporter an event user of the other incident, and end this incident (EG-15)."""
    account_id = context.incident.reporter_id
    person = other.person(account_id)
    person = replace(person, roles=rank_roles((*person.roles, EventRole.EVENT_USER)))
    other.add_people((account_id,))
    if person.status != MEMBER and person.answered_ms >= context.incident.reported_ms:
        other.put_person(account_id, person)  # of report and refusal or withdrawal the later one counts (EG-31)
    else:
        yield from _add_reporter(context, other, person, trigger, conditions)
    other.add_named(context.incident)
    yield from invite_named(other, pop_results(context.incident_id, trigger.event_id, context.ctx), trigger)
    yield from close(context, trigger, MERGED, {"merged_into": other.incident_id}, conditions)


def _add_reporter(
    context: IncidentContext, other: IncidentContext, person: Person, trigger: Trigger, conditions: Conditions
) -> Iterator[Any]:
    account_id = context.incident.reporter_id
    person = replace(
        person,
        status=MEMBER,
        found_ms=max(person.found_ms, trigger.at_ms),
        answered_ms=max(person.answered_ms, context.incident.reported_ms),
        joined=True,
    )
    other.put_person(account_id, person)
    shown = membership_as_evidence(other, person) | {"merged_incident": context.incident_id}
    decision = other.decide(
        "MEMBER_ADDED", trigger, shown, other_id=account_id, reasons=(MERGED,), conditions=conditions
    )
    yield decision
    yield add_member(decision, other, account_id, person)
    yield from tell_of_member(other, account_id, trigger)
