"""Does a report get its group? Key: a shard of kinds of incident.

| state | audit yes | audit no | audit silence |
|---|---|---|---|
| requested | `APPROVED`, `CREATED` | `REJECTED` | `REJECTED`, `AUDIT_SILENT` |
| created before its audit (emergency) | `APPROVED` | `CLOSED`, `AUDIT_REJECTED` | `APPROVED`, `AUDIT_SILENT`, review |
| anything else | counted | counted | – |

It fails closed: without an audit there is no group, except for the kinds that the policy calls emergencies (C-22).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operators.commands import request_review
from operators.decision import Conditions
from operators.event_group.ending import close, settle
from operators.event_group.incident import OPEN, REJECTED, REQUESTED, Affair, Cause, caused_by, remind, timed_out
from operators.event_group.invitations import create
from operators.event_group.reporter import REPORTER_BLOCKED
from operators.event_group.same_incident import is_same, merge, mergeable, own_repeated, settle_down
from operators.operator import Context, Metric
from operators.policy.action import Action
from state.catalog.event_group import INCIDENTS
from state.entries.event_group import Incident

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy.event_group import EventGroupPolicy
    from schemas.records import IncidentAdvanced, IncidentFiled

AUDIT = "audit"
APPROVED = "APPROVED"
AUDIT_APPROVED, AUDIT_REJECTED, AUDIT_SILENT = "AUDIT_APPROVED", "AUDIT_REJECTED", "AUDIT_SILENT"
AUDIT_EXEMPT, DUPLICATE = "AUDIT_EXEMPT", "DUPLICATE"


def on_filed(event: IncidentFiled, ctx: Context) -> Iterator[Any]:
    """Begin an incident (EG-10 to EG-15)."""
    affair, cause = Affair(event.incident_id, ctx), caused_by(event, ctx)
    ctx[INCIDENTS].put(event.incident_id, _begun(event))
    for account_id in {event.reporter_id, *event.object_ids} - {""}:
        affair.mention(account_id)
    section, limits, repetition = affair.section, _limits(event, affair.section), Conditions()
    before = None if event.refusal else own_repeated(affair, repetition)
    awaits_audit = not event.refusal and before is None and event.kind not in section.audit_kinds_exempt
    deadline = {"deadline_ms": event.at_ms + section.audit_timeout_ms} if awaits_audit else {}
    yield affair.decide(REQUESTED, cause, {"named": len(event.object_ids)} | deadline, conditions=limits)
    if event.refusal:
        yield from _refuse(affair, cause, event.refusal, limits)
    elif before is not None:
        yield from close(affair, cause, DUPLICATE, {"repeats": before.incident_id}, repetition)
    else:
        yield from _audit(affair, cause, section)


def _begun(event: IncidentFiled) -> Incident:
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
        description=event.description,
    )


def _limits(event: IncidentFiled, section: EventGroupPolicy) -> Conditions:
    """Return what is asked of the reporter's past (EG-14)."""
    conditions = Conditions()
    if not conditions.compare("rejections_in_30_d", event.rejections, ">=", section.rejections_limit):
        conditions.compare("reports_in_24_h", event.reports, ">=", section.reports_per_day)
    return conditions


def _refuse(affair: Affair, cause: Cause, reason: str, conditions: Conditions) -> Iterator[Any]:
    """Reject a report without an audit (EG-14)."""
    is_blocked = reason == REPORTER_BLOCKED
    actions = (Action.REVIEW,) if is_blocked else ()
    shown = {"reason": reason}
    decision = affair.decide(REJECTED, cause, shown, reasons=(reason,), actions=actions, conditions=conditions)
    yield decision
    if is_blocked:
        yield request_review(decision, "Auditors have rejected several reports of this account; it reports again.")
    settle(affair, REJECTED, cause.at_ms)


def _audit(affair: Affair, cause: Cause, section: EventGroupPolicy) -> Iterator[Any]:
    """Wait for the audit, or not (EG-11, EG-13)."""
    kind = affair.incident.kind
    settle_down(affair)
    if kind in section.audit_kinds_exempt:
        affair.change(audit_open=False)
        yield affair.decide(APPROVED, cause, {"reason": AUDIT_EXEMPT}, reasons=(AUDIT_EXEMPT,))
    else:
        remind(affair.ctx, cause.at_ms + section.audit_timeout_ms, AUDIT, affair.incident_id)
    if kind in section.audit_kinds_exempt | section.emergency_kinds:
        yield from _due(affair, cause)


def on_audited(affair: Affair, event: IncidentAdvanced) -> Iterator[Any]:
    """Take the auditor's word (EG-11)."""
    incident, cause = affair.known, caused_by(event, affair.ctx)
    if incident is None or not incident.audit_open or incident.status not in (REQUESTED, OPEN):
        yield Metric("audit-without-effect")
        return
    affair.change(audit_open=False)
    conditions, deadline_ms = Conditions(), incident.reported_ms + affair.section.audit_timeout_ms
    conditions.compare("audited_ms", cause.at_ms, "<=", deadline_ms)
    audit = {"auditor": event.account_id, "reason": AUDIT_APPROVED if event.accepted else AUDIT_REJECTED}
    if event.accepted:
        yield affair.decide(APPROVED, cause, audit, conditions=conditions)
        if incident.status == REQUESTED:
            yield from _due(affair, cause)
    elif incident.status == REQUESTED:
        yield affair.decide(REJECTED, cause, audit, conditions=conditions)
        settle(affair, REJECTED, cause.at_ms)
    else:
        yield from close(affair, cause, AUDIT_REJECTED, audit, conditions)


def on_audit_silent(affair: Affair, at_ms: int) -> Iterator[Any]:
    """Conclude from silence: no group; or, in an emergency, that the group stays and people look (EG-12, EG-13)."""
    incident = affair.known
    if incident is None or not incident.audit_open or incident.status not in (REQUESTED, OPEN):
        return
    affair.change(audit_open=False)
    cause = timed_out(incident.reported_by, AUDIT, at_ms)
    deadline = {"deadline_ms": at_ms, "reason": AUDIT_SILENT}
    if incident.status == REQUESTED:
        yield affair.decide(REJECTED, cause, deadline, reasons=(AUDIT_SILENT,))
        settle(affair, REJECTED, at_ms)
    else:
        decision = affair.decide(APPROVED, cause, deadline, reasons=(AUDIT_SILENT,), actions=(Action.REVIEW,))
        yield decision
        yield request_review(decision, "Nobody has audited this emergency; its group is open.")


def _due(affair: Affair, cause: Cause) -> Iterator[Any]:
    """Give an approved report its group, or its reporter a place in the group that is there (EG-15, EG-16)."""
    other, conditions = mergeable(affair), Conditions()
    if not conditions.check("same_incident_has_a_group", other is not None) or other is None:
        yield from create(affair, cause, conditions)
    else:
        is_same(affair, other, conditions)
        yield from merge(affair, other, cause, conditions)
