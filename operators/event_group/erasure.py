"""What does an incident forget when somebody is erased? Key: a shard of kinds of incident.

A question to an erased account ends without outcome, a membership too; the incident goes on (C-18, EG-E21). The event
user's name is taken off; otherwise it is as if they had withdrawn (EG-E25).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.erasure.markers import mark_erased
from operators.event_group.ending import WITHDRAWN, close, close_if_left
from operators.event_group.incident import MEMBER, REQUESTED, Affair, Cause
from state.catalog.entry_key import joint
from state.catalog.event_group import MENTIONED_IN, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context
    from schemas.records import AccountErased


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Forget an account in every incident that knows it from before."""
    account_id = event.account_id
    known = ctx[MENTIONED_IN].get(account_id) or ()
    left = [one for one in known if _last_ms(Affair(one, ctx), account_id) >= event.at_ms]
    for incident_id in known:
        if incident_id not in left:
            yield from _forget(Affair(incident_id, ctx), account_id, Cause(event.event_id, event.at_ms, ctx.late))
    if left:
        ctx[MENTIONED_IN].put(account_id, tuple(left))
    else:
        ctx[MENTIONED_IN].remove(account_id)
    mark_erased(ctx, event.at_ms, account_id)


def _last_ms(affair: Affair, account_id: str) -> int:
    """Return when the incident last heard of an account: of one who was only found it has heard nothing."""
    incident = affair.incident
    named_ms = incident.reported_ms if account_id in (incident.reporter_id, *incident.named) else -1
    person = affair.person(account_id)
    return max(named_ms, person.answered_ms)


def _forget(affair: Affair, account_id: str, cause: Cause) -> Iterator[Any]:
    incident, person = affair.incident, affair.person(account_id)
    affair.change(
        reporter_id="" if incident.reporter_id == account_id else incident.reporter_id,
        named=_without(incident.named, account_id),
        selected=_without(incident.selected, account_id),
        people=_without(incident.people, account_id),
    )
    affair.ctx[PEOPLE].remove(joint(affair.incident_id, account_id))
    for other_id, other in affair.people():
        if account_id in other.follows:
            affair.keep(other_id, replace(other, follows=_nameless(other.follows, account_id)))
    if incident.status == REQUESTED and incident.reporter_id == account_id:
        yield from close(affair, cause, WITHDRAWN)
    elif affair.is_open and person.status == MEMBER:
        yield from close_if_left(affair, cause)


def _without(names: tuple[str, ...], account_id: str) -> tuple[str, ...]:
    return tuple(name for name in names if name != account_id)


def _nameless(names: tuple[str, ...], account_id: str) -> tuple[str, ...]:
    """Return follows with a name taken off. Who followed was found because of it, and stays a follower."""
    return tuple("" if name == account_id else name for name in names)
