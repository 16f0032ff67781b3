"""Events as the homeserver sends them, and the ids and times of the records that they become."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID_DIGITS: Final = 32


class MatrixEvent(Struct, frozen=True):
    """An event. Of its content nothing is certain: other homeservers and clients write it."""

    type: str
    event_id: str
    room_id: str
    sender: str
    origin_server_ts: int
    content: dict[str, Any]
    state_key: str | None = None


def parse_event(given: object) -> MatrixEvent | None:
    """Return an event, or None for what is none."""
    try:
        return msgspec.convert(given, MatrixEvent)
    except msgspec.ValidationError:
        return None


def string(content: Mapping[str, Any], name: str) -> str | None:
    """Return a text of a content, or None if it has none."""
    found = content.get(name)
    return found if isinstance(found, str) else None


def is_set(content: Mapping[str, Any], name: str) -> bool:
    """Return whether a flag is set, as the laxest clients see it: whatever it is but false, 0, an empty text, null."""
    return content.get(name) not in (None, False, "")


def part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object within a content, empty if it has none."""
    found = content.get(name)
    return found if isinstance(found, dict) else {}


def record_id(source: str, *about: str) -> str:
    """Return the id of a record: that of its event, or one that is derived from it for each further record."""
    if not about:
        return source
    values = json.dumps((source, *about), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(values.encode()).hexdigest()[:_ID_DIGITS]


def time_of(event: MatrixEvent, server_name: str, now_ms: int) -> int:
    """Return the event's time: the homeserver's own, but that of arrival for what another one has dated.

    Whoever runs a homeserver could else have been a friend for years, or be ahead of everybody's clock.
    """
    is_own = event.sender.endswith(f":{server_name}")
    return event.origin_server_ts if is_own and 0 <= event.origin_server_ts <= now_ms else now_ms
