"""Whether a follower may be told of an incident.

Keyed by a shard of incident kinds; runs inside the step `event-group`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from operators.event_group.incident import IncidentContext
    from schemas.records import Watcher

Watched = dict[str, list["Watcher"]]
"""Objects, each with followers."""


def follows_in_scope(context: IncidentContext, watched: Mapping[str, Iterable[Watcher]]) -> Watched:
    """Return the objects with those followers whom they let be told of an incident of this kind (EG-44)."""
    is_emergency = context.incident.kind in context.section.emergency_kinds
    return {
        object_id: [follow for follow in follows if is_emergency or not follow.emergencies_only]
        for object_id, follows in watched.items()
    }
