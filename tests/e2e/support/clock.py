"""Advances the job's watermark: events without effect on every partition of every input topic.

The job's watermark follows the slowest partition, so an empty one would hold it back. These events lead to no decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.records import (
    AccountErased,
    AlertNumberSet,
    AnswerVia,
    FollowAnswered,
    FriendRemoved,
    IncidentClosed,
    LocationUpdated,
    MessageSent,
    MissReported,
    PolicyMode,
    PolicyPublished,
    Record,
    SanctionLifted,
    VerificationAnswered,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY, NO_ONE = "clock", "clock-too"
_LAST_MS = 253_402_300_799_999


def ticks(at_ms: int) -> Iterator[Record]:
    """Yield an event for each input topic of the risk job."""
    event_id = f"tick-{at_ms}"
    yield MessageSent(event_id=event_id, at_ms=at_ms, sender_id=NOBODY, recipient_id=NO_ONE, text="")
    yield FriendRemoved(event_id=event_id, at_ms=at_ms, account_id=NOBODY, friend_id=NO_ONE)
    yield AlertNumberSet(event_id=event_id, at_ms=at_ms, account_id=NOBODY, number=None)
    yield VerificationAnswered(
        event_id=event_id, at_ms=at_ms, verification_id="none", account_id=NOBODY, genuine=True, via=AnswerVia.FIRST_APP
    )
    yield SanctionLifted(event_id=event_id, at_ms=at_ms, group_id="clock", account_id=NOBODY)
    yield FollowAnswered(event_id=event_id, at_ms=at_ms, follower_id=NOBODY, object_id=NO_ONE, accepted=False)
    yield LocationUpdated(event_id=event_id, at_ms=at_ms, account_id=NOBODY, latitude=-89.0, longitude=0.0)
    yield IncidentClosed(event_id=event_id, at_ms=at_ms, incident_id="none")
    yield MissReported(
        event_id=event_id, at_ms=at_ms, cause_event_id="none", rule="none", subject_id=NOBODY, reviewer_id=NO_ONE
    )
    yield AccountErased(event_id=event_id, at_ms=at_ms, account_id=NOBODY)
    # Always the same policy, with an effective time after the end of any test.
    yield PolicyPublished(
        event_id=event_id, at_ms=at_ms, version="never", effective_at_ms=_LAST_MS, mode=PolicyMode.LIVE, document="{}"
    )
