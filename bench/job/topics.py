"""Throughput of each other topic and processor time of its events, on one task manager, state included.

One topic at a time, each with its own broker and cluster, through the whole job with every capability on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.job.feed import feed
from bench.job.progress import HEADS, Span
from bench.job.throughput import Way, broker, measure_way, whole_job
from bench.job.traffic import BEGIN_MS, RELATIONS, SEED, Sent, account, friendships
from bench.report import at_least
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from schemas.codec import encode
from schemas.records import JoinVia, LocationUpdated, MemberJoined, MemberRole, ProfileChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.job.progress import Measured

EVENTS_A_SECOND: Final = 10_000

_FRIENDS_EACH: Final = 10
_MEMBERS: Final = 100  # of a group
_PARIS: Final = (48.86, 2.35)
_ACROSS: Final = 0.2  # degrees


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of events of a topic and of accounts, and start, warm-up and length of the measurement."""

    events: int = 600_000
    accounts: int = 50_000
    topic_first: int = 30_000
    topic_warm_s: float = 20.0
    topic_s: float = 40.0


QUICK: Final = Sizes(events=40_000, accounts=1_000, topic_first=2_000, topic_warm_s=2.0, topic_s=3.0)


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Measure every topic; return the table of rates and processor time, and the targets."""
    return report_lines({topic: _measure(topic, directory / topic, sizes, say) for topic in EVENTS})


def report_lines(found: dict[str, Measured]) -> list[str]:
    """Return the table of rates and processor time an event, and the targets."""
    return [
        f"{'events/s, once warm':20} {HEADS} {'us an event':>12}",
        *(f"{topic:20} {of.rate.columns} {of.cost_us:>12.0f}" for topic, of in found.items()),
        "",
        *(at_least(f"{topic}, events/s:", of.rate.overall, EVENTS_A_SECOND, ",.0f") for topic, of in found.items()),
    ]


def _measure(topic: str, directory: Path, sizes: Sizes, say: Callable[[str], None]) -> Measured:
    directory.mkdir(parents=True)
    with broker(directory / "broker") as kafka:
        create_topics(Brokers(kafka.bootstrap))
        say(f"writing {sizes.events:,} events of {topic}")
        feed(kafka.bootstrap, topic, EVENTS[topic](sizes))
        span = Span(sizes.topic_first, sizes.topic_warm_s, sizes.topic_s, sizes.events)
        submitted = whole_job(kafka.bootstrap, directory / "job")
        return measure_way(Way(topic, "flink", submitted, span, output=None), directory, kafka.bootstrap, say)


def friendship_events(sizes: Sizes) -> Iterator[Sent]:
    """Yield friendships: each is stored for both accounts."""
    return friendships(range(sizes.events), 2 * (sizes.events // _FRIENDS_EACH))


def profile_events(sizes: Sizes) -> Iterator[Sent]:
    """Yield changes of name and avatar, round-robin over all accounts, which are on no list."""
    chance = random.Random(SEED)
    for number in range(sizes.events):
        who = account(number % sizes.accounts)
        change = {"nickname": f"n{chance.randrange(10**9)}", "avatar_hash": chance.randbytes(8)}
        yield _record(who, ProfileChanged, number, account_id=who, **change)


def join_events(sizes: Sizes) -> Iterator[Sent]:
    """Yield joins of group after group, each with an inviter who is a member."""
    chance = random.Random(SEED)
    for number in range(sizes.events):
        group, place = divmod(number, _MEMBERS)
        inviter = account(number - 1 - chance.randrange(place)) if place else None
        role = MemberRole.MEMBER if inviter else None
        ids = {"group_id": f"g{group}", "account_id": account(number), "inviter_id": inviter, "inviter_role": role}
        yield _record(f"g{group}", MemberJoined, number, via=JoinVia.INVITE, **ids)


def location_events(sizes: Sizes) -> Iterator[Sent]:
    """Yield positions of accounts, round-robin, within one large city."""
    chance = random.Random(SEED)
    for number in range(sizes.events):
        who = account(number % sizes.accounts)
        latitude, longitude = (at + _ACROSS * chance.random() for at in _PARIS)
        yield _record(who, LocationUpdated, number, account_id=who, latitude=latitude, longitude=longitude)


def _record(key: str, kind: Callable[..., Any], number: int, **fields: object) -> Sent:
    at_ms = BEGIN_MS + number
    return Sent(at_ms, key.encode(), encode(kind(event_id=f"e{number:07d}", at_ms=at_ms, **fields)))


EVENTS: Final[dict[str, Callable[[Sizes], Iterator[Sent]]]] = {
    RELATIONS: friendship_events,
    "profiles": profile_events,
    "groups": join_events,
    "locations": location_events,
}
