"""Numbers in keyed state that save a scan of what they count; zero is stored as no entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from state.spec import MapCell


def change_count(counts: MapCell[str, int], entry: str, more: int) -> None:
    """Add to a number, which may be less than zero. What release 0.2.0 never counted is not counted off either."""
    count = max((counts.get(entry) or 0) + more, 0)
    if count:
        counts.put(entry, count)
    else:
        counts.remove(entry)
