"""Messages: to whom they go, and the places that they share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.events.matrix_event import part, record_id, string
from connectors.matrix.events.message_text import text_of
from schemas.records import LocationUpdated, MessageSent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.events.room import Room
    from schemas.records import Record

MESSAGE: Final = "m.room.message"
ENCRYPTED: Final = "m.room.encrypted"
BEACONS: Final = frozenset({"m.beacon", "org.matrix.msc3672.beacon"})
"""Live locations, each a message of its own."""

_PLACES: Final = ("m.location", "org.matrix.msc3488.location")
_GEO: Final = re.compile(r"geo:(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)(?:[,;].*)?")
_MAX_LATITUDE, _MAX_LONGITUDE = 90.0, 180.0


def message_records(room: Room, event: MatrixEvent, at_ms: int) -> list[Record]:
    """Return the message, to the other one of two or into the group, and the place that it shares."""
    place = _location(event, at_ms)
    if event.type in BEACONS:
        return place
    other, is_alone = room.other_of_two(event.sender), len(room.first_people()) < 2  # noqa: PLR2004 - a message needs two
    if is_alone:
        return place
    message = MessageSent(
        event_id=record_id(event.event_id),
        at_ms=at_ms,
        sender_id=event.sender,
        recipient_id=other,
        group_id=room.room_id if other is None else None,
        text="" if event.type == ENCRYPTED else text_of(event.content),
    )
    return [message, *place]


def _location(event: MatrixEvent, at_ms: int) -> list[Record]:
    found = _GEO.fullmatch(_geo_uri(event.content) or "")
    if found is None:
        return []
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > _MAX_LATITUDE or abs(longitude) > _MAX_LONGITUDE:
        return []
    return [
        LocationUpdated(
            event_id=record_id(event.event_id, "location"),
            at_ms=at_ms,
            account_id=event.sender,
            latitude=latitude,
            longitude=longitude,
        )
    ]


def _geo_uri(content: Mapping[str, Any]) -> str | None:
    uris = [string(part(content, name), "uri") for name in _PLACES]
    legacy = string(content, "geo_uri") if content.get("msgtype") == "m.location" else None
    return next((uri for uri in (*uris, legacy) if uri), None)
