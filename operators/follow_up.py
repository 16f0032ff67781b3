"""What does a follow that begins or ends mean for an open group? Key: a shard of kinds of incident.

Somebody who comes to watch over a person whom the incident is about is asked then (EG-24); who no longer does hears
nothing more about that person through the job (EG-32).
"""

from collections.abc import Iterator
from typing import Any

from operators.consent import ask, drop_follow
from operators.gathering import select
from operators.incident import Affair, caused_by
from operators.incident_evidence import Role
from operators.operator import Context
from schemas.records import EventRole, FollowShifted


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
