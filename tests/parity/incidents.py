"""Many random incident stories in parallel, each with its own people, all in the same few places."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from msgspec.structs import fields, replace

from tests.support.incident_streams import story
from tests.support.streams import time_ms

if TYPE_CHECKING:
    from schemas.records import Record


def merged_incidents(stories: int, length: int, seed: int, *, from_ms: int = 0, apart_ms: int = 0) -> list[Record]:
    """Return the events of all stories in event-time order; each begins so much later than the one before."""
    rng = random.Random(seed)
    told = [
        _moved(event, f"i{number}.", from_ms + number * apart_ms)
        for number in range(stories)
        for event in story(rng, length)
    ]
    return sorted(told, key=time_ms)


def _moved(event: Any, prefix: str, by_ms: int) -> Any:
    changes: dict[str, object] = {"at_ms": event.at_ms + by_ms}
    for field in fields(event):
        if field.name.endswith("_id") or field.name == "revoked_by":
            changes[field.name] = prefix + getattr(event, field.name)
        elif field.name == "object_ids":
            changes[field.name] = tuple(prefix + name for name in event.object_ids)
    return replace(event, **changes)
