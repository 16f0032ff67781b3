"""Buffer of search results until the event that triggered the search is handled.

Keyed by a shard of incident kinds. Results of cells, objects and shards have the event time of the event that triggered
the search and sort before it, so they are there when a group is decided on. Results that come later (that event was
late) are used when time moves on; the group exists by then and waits for nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from operators.event_group.timers import LATE_RESULTS, schedule
from schemas.records import (
    Concern,
    FollowersFound,
    MatchesFound,
    NeighboursFound,
    ObjectMatch,
    Watcher,
)
from state.catalog.entry_key import join_ids
from state.catalog.event_group import FOUND, FOUND_BY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context

SearchResult = NeighboursFound | FollowersFound | MatchesFound

_ID_SEPARATOR = "\x1e"  # differs from the control character by which the codec of a list joins its items


class SearchResults(Struct):
    """All results for one event, merged; their order makes no difference."""

    near: dict[str, int] = field(default_factory=dict)  # account: distance in metres
    organisations: set[str] = field(default_factory=set)
    watchers: dict[str, Sequence[Watcher]] = field(default_factory=dict)  # by object
    concerns: dict[str, set[Concern]] = field(default_factory=dict)  # by object
    matches: list[ObjectMatch] = field(default_factory=list)
    match_count: int = 0

    def add(self, result: SearchResult) -> None:
        """Merge one result."""
        if isinstance(result, NeighboursFound):
            self.near.update(zip(result.account_ids, result.distances_m, strict=True))
            self.organisations.update(result.organisation_ids)
        elif isinstance(result, FollowersFound):
            self.watchers[result.object_id] = result.followers
            self.concerns.setdefault(result.object_id, set()).add(result.reason)
        else:
            self.matches.extend(result.matches)
            self.match_count += result.count


def on_search_result(event: SearchResult, ctx: Context) -> Iterator[Any]:
    """Store a result until the event that triggered the search is handled."""
    entry = join_ids(event.incident_id, event.event_id)
    source = _join_ids(*_source_of(event))
    ctx[FOUND].put(join_ids(entry, source), event)
    ctx[FOUND_BY].put(entry, (*(ctx[FOUND_BY].get(entry) or ()), source))
    schedule(ctx, event.at_ms, LATE_RESULTS, _join_ids(event.incident_id, event.event_id))
    yield from ()


def pop_results(incident_id: str, event_id: str, ctx: Context) -> SearchResults:
    """Remove and return the results for an event."""
    results = SearchResults()
    for result in _pop(join_ids(incident_id, event_id), ctx):
        results.add(result)
    return results


def has_results(incident_id: str, event_id: str, ctx: Context) -> bool:
    """Return whether there are unused results for an event."""
    return ctx[FOUND_BY].get(join_ids(incident_id, event_id)) is not None


def parse_timer_name(name: str) -> tuple[str, str]:
    """Return the incident id and the event id in the name of a timer of late results."""
    incident_id, event_id = name.split(_ID_SEPARATOR)
    return incident_id, event_id


def _join_ids(*ids: str) -> str:
    return _ID_SEPARATOR.join(ids)


def _pop(entry: str, ctx: Context) -> Iterator[SearchResult]:
    for source in ctx[FOUND_BY].get(entry) or ():
        part = join_ids(entry, source)
        result = ctx[FOUND].get(part)
        ctx[FOUND].remove(part)
        if isinstance(result, SearchResult):
            yield result
    ctx[FOUND_BY].remove(entry)


def _source_of(event: SearchResult) -> tuple[str, ...]:
    if isinstance(event, NeighboursFound):
        return ("cell", event.cell)
    if isinstance(event, FollowersFound):
        return ("object", event.object_id, event.reason)
    return ("shard", event.shard)
