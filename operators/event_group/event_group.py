"""Step that runs incidents: report, audit, group, members, identification, closing.

Keyed by a shard of incident kinds. Emits decisions and commands about event groups. This module maps record types and
timers to handlers; the rules are in the modules that it imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operators.decision import Trigger
from operators.erasure.markers import remove_expired_markers
from operators.event_group.consent import expire_prompts, on_answered, tell_of_silent, withdraw_member
from operators.event_group.ending import WITHDRAWN, close, delete_incident
from operators.event_group.erasure import on_erased
from operators.event_group.identification import on_identification_sought
from operators.event_group.incident import CLOSED, OPEN, REQUESTED, IncidentContext
from operators.event_group.invitations import invite_late_results, invite_named, on_follow_shifted, widen
from operators.event_group.report import on_audit_timeout, on_audited, on_incident_filed
from operators.event_group.same_incident import find_merged_into, find_named_into
from operators.event_group.search_results import has_results, on_search_result, parse_timer_name, pop_results
from operators.event_group.timers import (
    AUDIT_TIMEOUT,
    GROUP_LIFE,
    LATE_RESULTS,
    PROMPT_TIMEOUT,
    RETENTION,
    SILENCE,
    pop_due,
)
from operators.operator import Context, Handler, Metric, Operator
from operators.retention import is_cleanup_timer
from schemas.records import (
    AccountErased,
    FollowersFound,
    FollowShifted,
    IdentificationSought,
    IncidentAdvanced,
    IncidentFiled,
    IncidentStep,
    MatchesFound,
    NeighboursFound,
)
from state.catalog.erasure import ERASED
from state.catalog.event_group import (
    AGENDA,
    FOUND,
    FOUND_BY,
    INCIDENTS,
    MENTIONED_IN,
    MENTIONS,
    PEOPLE,
    PLACES,
    REPORTED_AT,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class EventGroup(Operator):
    """Keeps the incidents of its kinds and the people in them; nobody joins a group without consent."""

    uid = "event-group"
    states = (INCIDENTS, PEOPLE, PLACES, REPORTED_AT, AGENDA, FOUND, FOUND_BY, MENTIONED_IN, MENTIONS, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            IncidentFiled: on_incident_filed,
            IncidentAdvanced: on_advanced,
            NeighboursFound: on_search_result,
            FollowersFound: on_search_result,
            MatchesFound: on_search_result,
            FollowShifted: on_follow_shifted,
            IdentificationSought: on_identification_sought,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Run the timers that are due, and remove expired erasure markers."""
        for timer, name in sorted(pop_due(ctx, at_ms), key=lambda item: (_TIMER_ORDER.index(item[0]), item[1])):
            yield from _ON_TIMER[timer](name, at_ms, ctx)
        if is_cleanup_timer(at_ms):
            remove_expired_markers(ctx, at_ms)


def on_advanced(event: IncidentAdvanced, ctx: Context) -> Iterator[Any]:
    """Handle an audit, an answer, a withdrawal or a closing from outside."""
    context = IncidentContext(event.incident_id, ctx)
    if context.stored is None:
        yield Metric("unknown-incident")
    else:
        yield from _STEPS[event.step](context, event)


def _withdraw(context: IncidentContext, event: IncidentAdvanced) -> Iterator[Any]:
    """Withdraw a report before there is a group, or a member from the group (EG-43).

    A withdrawal from before the report was merged comes late, and counts where the reporter is now (C-4).
    """
    incident, is_reporter = context.incident, event.account_id == context.incident.reporter_id
    if incident.status == REQUESTED and is_reporter:
        yield from close(context, Trigger.of_event(event, context.ctx), WITHDRAWN)
    elif incident.status == OPEN:
        yield from withdraw_member(context, event)
    elif incident.status == CLOSED and is_reporter and (other := find_merged_into(context, event.at_ms)):
        yield from withdraw_member(other, event)
    else:
        yield Metric("withdrawal-without-effect")


def _close(context: IncidentContext, event: IncidentAdvanced) -> Iterator[Any]:
    """End an incident at the platform's request (EG-41)."""
    if context.incident.status in (REQUESTED, OPEN):
        yield from close(context, Trigger.of_event(event, context.ctx), "")
    else:
        yield Metric("closed-before")


def _use_late_results(name: str, at_ms: int, ctx: Context) -> Iterator[Any]:
    """Use the search results that came after the group was created, or drop them."""
    incident_id, event_id = parse_timer_name(name)
    if not has_results(incident_id, event_id, ctx):
        return
    context, found = IncidentContext(incident_id, ctx), pop_results(incident_id, event_id, ctx)
    if not context.is_open:
        if (group := find_named_into(context)) is not None:
            yield from invite_named(group, found, Trigger(event_id, at_ms, late=True))
        return
    if context.incident.created_by == event_id:
        yield from invite_late_results(context, found, Trigger(event_id, at_ms, late=True))
    else:
        yield from widen(context, found, Trigger(event_id, at_ms))


def _close_expired(incident_id: str, at_ms: int, ctx: Context) -> Iterator[Any]:
    """Close a group at the end of its life (EG-41)."""
    context = IncidentContext(incident_id, ctx)
    if context.is_open:
        trigger = Trigger.timeout(context.incident.created_by, GROUP_LIFE, at_ms)
        yield from close(context, trigger, "LIFE", {"deadline_ms": at_ms})


def _delete(incident_id: str, _: int, ctx: Context) -> Iterator[Any]:
    delete_incident(IncidentContext(incident_id, ctx))
    yield from ()


_STEPS: Final[Mapping[IncidentStep, Callable[[IncidentContext, IncidentAdvanced], Iterator[Any]]]] = {
    IncidentStep.AUDITED: on_audited,
    IncidentStep.ANSWERED: on_answered,
    IncidentStep.WITHDRAWN: _withdraw,
    IncidentStep.CLOSED: _close,
}
_ON_TIMER: Final[Mapping[str, Callable[[str, int, Context], Iterator[Any]]]] = {
    LATE_RESULTS: _use_late_results,
    AUDIT_TIMEOUT: lambda incident_id, at_ms, ctx: on_audit_timeout(IncidentContext(incident_id, ctx), at_ms),
    PROMPT_TIMEOUT: lambda incident_id, at_ms, ctx: expire_prompts(IncidentContext(incident_id, ctx), at_ms),
    GROUP_LIFE: _close_expired,
    SILENCE: lambda incident_id, at_ms, ctx: tell_of_silent(IncidentContext(incident_id, ctx), at_ms),
    RETENTION: _delete,
}
_TIMER_ORDER: Final = tuple(_ON_TIMER)
"""The order of timers of one time: a prompt expires before its group closes."""
