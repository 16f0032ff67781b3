"""Consent in event groups: who accepts the invitation has agreed, who declines it or leaves has refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.matrix.events.matrix_event import record_id
from schemas.records import JoinAnswered

if TYPE_CHECKING:
    from connectors.matrix.events.matrix_event import MatrixEvent
    from schemas.records import Record

_SAID: Final = {"join": True, "leave": False}


def consent_records(event: MatrixEvent, incident_id: str, at_ms: int) -> list[Record]:
    """Return what somebody's own joining or leaving of an event group says; what the bot does says nothing."""
    said = _SAID.get(str(event.content.get("membership")))
    if said is None or event.sender != event.state_key:
        return []
    return [
        JoinAnswered(
            event_id=record_id(event.event_id),
            at_ms=at_ms,
            incident_id=incident_id,
            account_id=event.sender,
            accepted=said,
        )
    ]
