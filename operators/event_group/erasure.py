"""Erasure of an account from the incidents that mention it.

Keyed by a shard of incident kinds; runs inside the step `event-group`. A prompt to the erased account ends without
outcome, and so does a membership; the incident goes on (C-18, EG-E21). The event user's id is removed; otherwise it is
as if they had withdrawn (EG-E25).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.decision import Trigger
from operators.erasure.markers import erased_after, mark_erased
from operators.event_group.ending import WITHDRAWN, close, close_if_abandoned
from operators.event_group.incident import MEMBER, REQUESTED, IncidentContext, mentions_in
from operators.event_group.same_incident import forget_reporter
from operators.event_group.telling import waits_of, with_waits
from state.catalog.entry_key import join_ids
from state.catalog.event_group import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context
    from schemas.records import AccountErased


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Erase an account from every incident that mentions it from before the erasure, once."""
    account_id, mentions = event.account_id, mentions_in(ctx)
    is_repeated = erased_after(ctx, event.at_ms - 1, account_id) is not None  # what is there is a new account's
    for incident_id in () if is_repeated else mentions.members(account_id):
        context = IncidentContext(incident_id, ctx)
        if _last_seen_ms(context, account_id) < event.at_ms:
            mentions.discard(account_id, incident_id)
            yield from _erase(context, account_id, Trigger(event.event_id, event.at_ms, ctx.late))
    mark_erased(ctx, event.at_ms, account_id)


def _last_seen_ms(context: IncidentContext, account_id: str) -> int:
    """Return the time of an account's latest own event or naming in an incident; -1 if only a search has found it."""
    incident = context.incident
    reported_ms = incident.reported_ms if account_id == incident.reporter_id else -1
    return max(reported_ms, context.named_ms(account_id), context.person(account_id).answered_ms)


def _erase(context: IncidentContext, account_id: str, trigger: Trigger) -> Iterator[Any]:
    incident, person = context.incident, context.person(account_id)
    if incident.reporter_id == account_id:
        forget_reporter(context)
    context.update(
        reporter_id="" if incident.reporter_id == account_id else incident.reporter_id,
        named=_without(incident.named, account_id),
        merged_named={name: at_ms for name, at_ms in incident.merged_named.items() if name != account_id},
        selected=_without(incident.selected, account_id),
        located=_without(incident.located, account_id),
        people=_without(incident.people, account_id),
    )
    context.ctx[PEOPLE].remove(join_ids(context.incident_id, account_id))
    for other_id, other in context.people():
        if account_id in (*other.follows, *other.waits):
            left = {name: version for name, version in waits_of(other).items() if name != account_id}
            known = replace(other, follows=_blank(other.follows, account_id))
            context.put_person(other_id, with_waits(known, left))
    if incident.status == REQUESTED and incident.reporter_id == account_id:
        yield from close(context, trigger, WITHDRAWN)
    elif context.is_open and person.status == MEMBER:
        yield from close_if_abandoned(context, trigger)


def _without(names: tuple[str, ...], account_id: str) -> tuple[str, ...]:
    return tuple(name for name in names if name != account_id)


def _blank(names: tuple[str, ...], account_id: str) -> tuple[str, ...]:
    """Return follows with an object's id blanked: somebody found by that follow stays a follower."""
    return tuple("" if name == account_id else name for name in names)
