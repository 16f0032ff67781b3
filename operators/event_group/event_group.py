"""What becomes of an incident, its group and its people? Key: a shard of kinds of incident.

Only the table of who handles what stands here; the rules are in the files that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operators.erasure.markers import remove_expired_markers
from operators.event_group.consent import PROMPT, expire, leave, on_answered
from operators.event_group.ending import GONE, WITHDRAWN, close, forget
from operators.event_group.erasure import on_erased
from operators.event_group.identification import on_sought
from operators.event_group.incident import OPEN, REQUESTED, Affair, Cause, caused_by, due, timed_out
from operators.event_group.invitations import LIFE, ask_stray, on_shifted
from operators.event_group.report import AUDIT, on_audit_silent, on_audited, on_filed
from operators.event_group.search_results import STRAY, findings, is_found, on_found, stray
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
from state.catalog.event_group import AGENDA, FOUND, FOUND_BY, INCIDENTS, MENTIONED_IN, PEOPLE, PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class EventGroup(Operator):
    """Brings together who can help, nobody without their consent."""

    uid = "event-group"
    states = (INCIDENTS, PEOPLE, PLACES, AGENDA, FOUND, FOUND_BY, MENTIONED_IN, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {
            IncidentFiled: on_filed,
            IncidentAdvanced: on_advanced,
            NeighboursFound: on_found,
            FollowersFound: on_found,
            MatchesFound: on_found,
            FollowShifted: on_shifted,
            IdentificationSought: on_sought,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Do what is due, and give up the markers that have had their time."""
        for what, name in sorted(due(ctx, at_ms), key=lambda item: (_TURNS.index(item[0]), item[1])):
            yield from _DUE[what](name, at_ms, ctx)
        if is_cleanup_timer(at_ms):
            remove_expired_markers(ctx, at_ms)


def on_advanced(event: IncidentAdvanced, ctx: Context) -> Iterator[Any]:
    """Take a step that somebody outside has made."""
    affair = Affair(event.incident_id, ctx)
    if affair.known is None:
        yield Metric("unknown-incident")
    else:
        yield from _STEPS[event.step](affair, event)


def _withdraw(affair: Affair, event: IncidentAdvanced) -> Iterator[Any]:
    """Take a report back before there is a group, or leave the group (EG-43)."""
    incident = affair.incident
    if incident.status == REQUESTED and event.account_id == incident.reporter_id:
        yield from close(affair, caused_by(event, affair.ctx), WITHDRAWN)
    elif incident.status == OPEN:
        yield from leave(affair, event)
    else:
        yield Metric("withdrawal-without-effect")


def _close(affair: Affair, event: IncidentAdvanced) -> Iterator[Any]:
    """End an incident because the platform says so (EG-41)."""
    if affair.incident.status in (REQUESTED, OPEN):
        yield from close(affair, caused_by(event, affair.ctx), "")
    else:
        yield Metric("closed-before")


def _stray(name: str, at_ms: int, ctx: Context) -> Iterator[Any]:
    """Use what came too late for its event, or drop it."""
    incident_id, event_id = stray(name)
    if not is_found(incident_id, event_id, ctx):
        return
    affair, found = Affair(incident_id, ctx), findings(incident_id, event_id, ctx)
    if affair.is_open and affair.incident.created_by == event_id:
        yield from ask_stray(affair, found, Cause(event_id, at_ms, late=True))


def _live_out(incident_id: str, at_ms: int, ctx: Context) -> Iterator[Any]:
    """Close a group whose time is over (EG-41)."""
    affair = Affair(incident_id, ctx)
    if affair.is_open:
        cause = timed_out(affair.incident.created_by, LIFE, at_ms)
        yield from close(affair, cause, "LIFE", {"deadline_ms": at_ms})


def _forget(incident_id: str, _: int, ctx: Context) -> Iterator[Any]:
    forget(Affair(incident_id, ctx))
    yield from ()


_STEPS: Final[Mapping[IncidentStep, Callable[[Affair, IncidentAdvanced], Iterator[Any]]]] = {
    IncidentStep.AUDITED: on_audited,
    IncidentStep.ANSWERED: on_answered,
    IncidentStep.WITHDRAWN: _withdraw,
    IncidentStep.CLOSED: _close,
}
_DUE: Final[Mapping[str, Callable[[str, int, Context], Iterator[Any]]]] = {
    STRAY: _stray,
    AUDIT: lambda incident_id, at_ms, ctx: on_audit_silent(Affair(incident_id, ctx), at_ms),
    PROMPT: lambda incident_id, at_ms, ctx: expire(Affair(incident_id, ctx), at_ms),
    LIFE: _live_out,
    GONE: _forget,
}
_TURNS: Final = tuple(_DUE)
"""Of what is due at one time, what comes first: a question ends before its group does."""
