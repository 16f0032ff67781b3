"""Consent in event groups: who accepts the invitation has agreed, who declines it or leaves has refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.matrix.events.matrix_event import record_id
from connectors.matrix.events.room import Membership
from schemas.records import JoinAnswered

if TYPE_CHECKING:
    from connectors.matrix.events.change import Change
    from schemas.records import Record


def consent_records(change: Change, incident_id: str) -> list[Record]:
    """Return what somebody's own joining or leaving of an event group says; what the bot does says nothing."""
    is_own = change.event.sender == change.account
    if not is_own or change.after not in {Membership.JOIN, None}:
        return []
    return [
        JoinAnswered(
            event_id=record_id(change.event.event_id),
            at_ms=change.at_ms,
            incident_id=incident_id,
            account_id=change.account,
            accepted=change.after is Membership.JOIN,
        )
    ]
