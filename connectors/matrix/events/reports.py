"""Reports of people to the homeserver: of a message in a group, or of a member of groups that both are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from connectors.matrix.events.matrix_event import record_id
from schemas.records import MemberReported
from schemas.validation import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.matrix.events.rooms import Rooms

EVENT_REPORTS: Final = "event_reports"
USER_REPORTS: Final = "user_reports"
_GROUPS_AT_MOST: Final = 20
"""Groups in which a report of a user counts."""


class Report(Struct, frozen=True):
    """A report as the homeserver lists it: of an event with room and sender, of a user with that user."""

    id: int
    received_ts: int
    user_id: str
    reason: str | None = None
    room_id: str | None = None
    sender: str | None = None
    target_user_id: str | None = None


def parse_reports(listed: object) -> list[Report]:
    """Return the reports of an answer; those of events that are no longer known have no sender."""
    return msgspec.convert(listed, list[Report])


def report_records(kind: str, report: Report, rooms: Rooms) -> list[MemberReported]:
    """Return what a report becomes: nothing in a room that is no group, and of oneself."""
    reported = report.target_user_id or report.sender
    if reported is None or reported == report.user_id:
        return []
    return [
        MemberReported(
            event_id=record_id(kind, str(report.id), str(report.received_ts), group_id),
            at_ms=report.received_ts,
            group_id=group_id,
            account_id=reported,
            reporter_id=report.user_id,
            reason=(report.reason or "")[:MAX_TEXT],
        )
        for group_id in _groups(report, reported, rooms)
    ]


def _groups(report: Report, reported: str, rooms: Rooms) -> Iterable[str]:
    if report.room_id is None:
        return rooms.shared_groups(reported, report.user_id, _GROUPS_AT_MOST)
    room = rooms.find(report.room_id)
    return [report.room_id] if room is not None and room.is_group else []


def unseen(reports: list[dict[str, Any]], last: int) -> list[Report]:
    """Return the reports of a page after the last that was seen."""
    return [report for report in parse_reports(reports) if report.id > last]
