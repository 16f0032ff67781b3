"""Many random stories of incidents at once, each with people and incidents of its own, all in the same few places."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

from schemas.records import Record
from tests.engine.incident_streams import story
from tests.engine.streams import time_ms


def merged_incidents(stories: int, length: int, seed: int) -> list[Record]:
    """Return the events of all stories in event-time order."""
    rng = random.Random(seed)
    told = [_renamed(event, f"{number}.") for number in range(stories) for event in story(rng, length)]
    return sorted(told, key=time_ms)


def _renamed(event: Any, prefix: str) -> Any:
    changes: dict[str, object] = {}
    for field in fields(event):
        if field.name.endswith("_id") or field.name == "revoked_by":
            changes[field.name] = prefix + getattr(event, field.name)
        elif field.name == "object_ids":
            changes[field.name] = tuple(prefix + name for name in event.object_ids)
    return replace(event, **changes)
