"""Who was found for an incident? Key: a shard of kinds of incident.

The answers of cells, objects and shards have the time of the event that asked, and come before it in the order of that
time: when a group is decided on, they are there. One that comes later (its question was late) is used when time moves
on; the group exists already and waits for nobody.
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
from state.catalog.entry_key import joint
from state.catalog.event_group import FOUND, FOUND_BY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context

SearchResult = NeighboursFound | FollowersFound | MatchesFound

_ID_SEPARATOR = "\x1e"  # joins ids within an item of a list, whose items are joined by another control character


class SearchResults(Struct):
    """All answers to one event, put together; their order makes no difference."""

    near: dict[str, int] = field(default_factory=dict)  # account: distance in metres
    organisations: set[str] = field(default_factory=set)
    watchers: dict[str, Sequence[Watcher]] = field(default_factory=dict)  # by object
    concerns: dict[str, set[Concern]] = field(default_factory=dict)  # by object
    matches: list[ObjectMatch] = field(default_factory=list)
    match_count: int = 0

    def add(self, answer: SearchResult) -> None:
        """Put an answer to the others."""
        if isinstance(answer, NeighboursFound):
            self.near.update(zip(answer.account_ids, answer.distances_m, strict=True))
            self.organisations.update(answer.organisation_ids)
        elif isinstance(answer, FollowersFound):
            self.watchers[answer.object_id] = answer.followers
            self.concerns.setdefault(answer.object_id, set()).add(answer.reason)
        else:
            self.matches.extend(answer.matches)
            self.match_count += answer.count


def on_search_result(event: SearchResult, ctx: Context) -> Iterator[Any]:
    """Keep an answer until the event that asked for it is handled."""
    entry = joint(event.incident_id, event.event_id)
    who = _join_ids(*_source_of(event))
    ctx[FOUND].put(joint(entry, who), event)
    ctx[FOUND_BY].put(entry, (*(ctx[FOUND_BY].get(entry) or ()), who))
    schedule(ctx, event.at_ms, LATE_RESULTS, _join_ids(event.incident_id, event.event_id))
    yield from ()


def pop_results(incident_id: str, event_id: str, ctx: Context) -> SearchResults:
    """Take what was found because of an event."""
    found = SearchResults()
    for answer in _pop(joint(incident_id, event_id), ctx):
        found.add(answer)
    return found


def has_results(incident_id: str, event_id: str, ctx: Context) -> bool:
    """Return whether there are answers to an event that nothing has used."""
    return ctx[FOUND_BY].get(joint(incident_id, event_id)) is not None


def parse_timer_name(name: str) -> tuple[str, str]:
    """Return the incident and the event that a reminder of stray answers is about."""
    incident_id, event_id = name.split(_ID_SEPARATOR)
    return incident_id, event_id


def _join_ids(*ids: str) -> str:
    return _ID_SEPARATOR.join(ids)


def _pop(entry: str, ctx: Context) -> Iterator[SearchResult]:
    for who in ctx[FOUND_BY].get(entry) or ():
        part = joint(entry, who)
        answer = ctx[FOUND].get(part)
        ctx[FOUND].remove(part)
        if isinstance(answer, SearchResult):
            yield answer
    ctx[FOUND_BY].remove(entry)


def _source_of(event: SearchResult) -> tuple[str, ...]:
    if isinstance(event, NeighboursFound):
        return ("cell", event.cell)
    if isinstance(event, FollowersFound):
        return ("object", event.object_id, event.reason)
    return ("shard", event.shard)
