"""Entry point of incidents: adds the incident's kind to what follows a report, and starts the search for helpers.

Keyed by a shard of incidents. Later events name the incident only; the kind routes them to the step `event-group`.
Whenever a group may be due, cells and objects are queried at once: their results have the event time of the event that
triggered the search, and so are there when the group is decided on. This step decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.event_group.filed_reports import (
    forget_account,
    has_too_many_reports,
    keep_report,
    memory_ms,
    new_report,
    remove_expired_reports,
)
from operators.event_group.reporter import RATE_LIMIT
from operators.event_group.search import ask_neighbours, widen_searches
from operators.likeness.features import features_of
from operators.operator import ERASED_METRIC, Context, Handler, Metric, Operator
from operators.retention import is_cleanup_timer, remove_expired, set_cleanup_timer
from schemas.records import (
    AccountErased,
    IdentificationHashed,
    IdentificationSought,
    IncidentAdvanced,
    IncidentAudited,
    IncidentClosed,
    IncidentFiled,
    IncidentReported,
    IncidentStep,
    IncidentWithdrawn,
    JoinAnswered,
)
from state.catalog.entry_key import join_ids
from state.catalog.erasure import ERASED
from state.catalog.event_group import ASKED_BEFORE, FILED, FILED_ABOUT, FILED_COUNT, MENTIONS, WIDENINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from state.entries.event_group import Filed


class IncidentDesk(Operator):
    """Keeps the reported incidents of its shard, and routes their events to the step `event-group`."""

    uid = "incident-desk"
    states = (FILED, FILED_ABOUT, FILED_COUNT, MENTIONS, ASKED_BEFORE, WIDENINGS, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            IncidentReported: on_incident_reported,
            IncidentAudited: on_incident_audited,
            JoinAnswered: on_join_answered,
            IdentificationHashed: on_identification_hashed,
            IncidentWithdrawn: on_incident_withdrawn,
            IncidentClosed: on_incident_closed,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Widen searches; remove incidents and requests whose retention is over, and expired erasure markers."""
        yield from widen_searches(at_ms, ctx)
        if is_cleanup_timer(at_ms):
            remove_expired_reports(ctx, at_ms)
            remove_expired(ctx, ASKED_BEFORE, at_ms, lambda asked_ms: asked_ms + memory_ms(ctx.policy.event_group))
            remove_expired_markers(ctx, at_ms)


def on_incident_reported(event: IncidentReported, ctx: Context) -> Iterator[Any]:
    """Store a report (EG-10). One that needs no audit beforehand may get its group at once (EG-11, EG-13)."""
    section = ctx.policy.event_group
    if not section.enabled:
        yield Metric("disabled")
    elif erased_after(ctx, event.at_ms, event.reporter_id) is not None:
        yield ERASED_METRIC
    elif ctx[FILED].get(event.incident_id) is not None:
        yield Metric("repeated-incident")
    elif has_too_many_reports(event.reporter_id, ctx):
        yield replace(_incident_filed(event, new_report(event, ctx), ctx), refusal=RATE_LIMIT)
    else:
        filed = new_report(event, ctx)
        keep_report(event.incident_id, filed, ctx)
        if _is_created_at_once(filed, ctx):
            yield from ask_neighbours(event, filed, ctx)
        yield _incident_filed(event, filed, ctx)


def _incident_filed(event: IncidentReported, filed: Filed, ctx: Context) -> IncidentFiled:
    return IncidentFiled(
        event_id=event.event_id,
        at_ms=event.at_ms,
        late=ctx.late,
        incident_id=event.incident_id,
        kind=event.kind,
        policy_version=filed.policy_version,
        reporter_id=event.reporter_id,
        latitude=event.latitude,
        longitude=event.longitude,
        description=event.description,
        object_ids=filed.object_ids,
    )


def on_incident_audited(event: IncidentAudited, ctx: Context) -> Iterator[Any]:
    """Forward the first audit answer; the group may be due now (EG-11, EG-E23)."""
    filed = ctx[FILED].get(event.incident_id)
    if filed is None or filed.audited:
        yield Metric("unknown-incident" if filed is None else "audited-before")
        return
    ctx[FILED].put(event.incident_id, replace(filed, audited=True))
    section = ctx.policy_of(filed.policy_version).event_group
    in_time = event.at_ms <= filed.at_ms + section.audit_timeout_ms  # later, it gets no group (EG-12)
    if event.approved and in_time and not _is_created_at_once(filed, ctx):
        yield from ask_neighbours(event, filed, ctx)
    rejected = None if event.approved else filed.reporter_id or None
    auditor_id = event.auditor_id if erased_after(ctx, event.at_ms, event.auditor_id) is None else None
    step = _incident_advanced(event, filed, IncidentStep.AUDITED, auditor_id, ctx)
    yield replace(step, accepted=event.approved, reporter_id=rejected)


def _is_created_at_once(filed: Filed, ctx: Context) -> bool:
    """Return whether the search for helpers begins with the report, and not with the audit (EG-11, EG-13)."""
    section = ctx.policy_of(filed.policy_version).event_group
    return filed.kind in section.audit_kinds_exempt | section.emergency_kinds


def on_join_answered(event: JoinAnswered, ctx: Context) -> Iterator[Any]:
    """Forward the answer to a prompt."""
    for step in _forward(event, IncidentStep.ANSWERED, event.account_id, ctx):
        yield replace(step, accepted=event.accepted) if isinstance(step, IncidentAdvanced) else step


def on_incident_withdrawn(event: IncidentWithdrawn, ctx: Context) -> Iterator[Any]:
    """Forward a withdrawal."""
    yield from _forward(event, IncidentStep.WITHDRAWN, event.account_id, ctx)


def on_incident_closed(event: IncidentClosed, ctx: Context) -> Iterator[Any]:
    """Forward the closing of an incident."""
    yield from _forward(event, IncidentStep.CLOSED, None, ctx)


def on_identification_hashed(event: IdentificationHashed, ctx: Context) -> Iterator[Any]:
    """Query all objects for an identification; whether it is allowed is decided when the results are there (EG-36).

    A request is answered once (EG-40). One about an unknown incident is answered too: with a refusal.
    """
    entry = join_ids(event.incident_id, event.request_id)
    filed, section = ctx[FILED].get(event.incident_id), ctx.policy.event_group
    if filed is None and not section.enabled:
        yield Metric("disabled")
    elif erased_after(ctx, event.at_ms, event.requester_id) is not None:
        yield ERASED_METRIC
    elif ctx[ASKED_BEFORE].get(entry) is not None:
        yield Metric("repeated-request")
    else:
        ctx[ASKED_BEFORE].put(entry, event.at_ms)
        set_cleanup_timer(ctx, event.at_ms + memory_ms(section))
        version = filed.policy_version if filed else ctx.policy.version
        features = features_of(event.features, event.picture)
        yield IdentificationSought(
            event_id=event.event_id,
            at_ms=event.at_ms,
            late=ctx.late,
            incident_id=event.incident_id,
            kind=filed.kind if filed else "",
            policy_version=version,
            request_id=event.request_id,
            requester_id=event.requester_id,
            kinds=features.kinds,
            pictures=features.pictures,
            digests=features.digests,
        )


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Remove an erased account's id from the reports that it made and those that name it (C-18, EG-E25)."""
    forget_account(event.account_id, event.at_ms, ctx)
    mark_erased(ctx, event.at_ms, event.account_id)
    yield from ()


def _forward(
    event: JoinAnswered | IncidentWithdrawn | IncidentClosed, step: IncidentStep, account_id: str | None, ctx: Context
) -> Iterator[IncidentAdvanced | Metric]:
    filed = ctx[FILED].get(event.incident_id)
    if filed is None:
        yield Metric("unknown-incident")
    elif account_id is not None and erased_after(ctx, event.at_ms, account_id) is not None:
        yield ERASED_METRIC
    else:
        yield _incident_advanced(event, filed, step, account_id, ctx)


def _incident_advanced(
    event: IncidentAudited | JoinAnswered | IncidentWithdrawn | IncidentClosed,
    filed: Filed,
    step: IncidentStep,
    account_id: str | None,
    ctx: Context,
) -> IncidentAdvanced:
    return IncidentAdvanced(
        event_id=event.event_id,
        at_ms=event.at_ms,
        late=ctx.late,
        incident_id=event.incident_id,
        kind=filed.kind,
        step=step,
        account_id=account_id,
    )
