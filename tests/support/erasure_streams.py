"""Random streams of all inputs, in which one account is erased and has no later events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from msgspec import structs

from operators.policy.action import IN_APP_WARNING, Action, Operation
from operators.policy.model import Enforcement, Limit
from schemas.records import (
    AccountErased,
    FriendAdded,
    FriendRequested,
    LookalikeAnswered,
    MessageSent,
    ProfileChanged,
    Record,
    ReviewAnswered,
    VerificationAnswered,
)
from tests.support import incident_streams, streams
from tests.support.reviews.streams import decision_id_of
from tests.support.streams import LATENESS_MS, SECOND_MS, time_ms

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

    from operators.policy.model import Policy

ACCOUNTS = ("ann", "bob", "cy", "dee", "org")
IDS = {name: f"{name}-whom-nobody-else-is-called" for name in ACCOUNTS}
"""Account ids that no other bytes equal by chance."""

QUIET_MS = LATENESS_MS + SECOND_MS
"""The time after the last event by which all events and all their timers have been handled."""

_LATER = 20
"""The largest number of events after the time of the erasure."""

_IMITATION_MS, _ANSWERED = 10 * SECOND_MS, 0.5

LATE = 0.3
"""The probability that the erasure is late, and the share of older events about the account that follow it."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A stream in order of arrival, and the account that nothing may name after it."""

    events: tuple[Record, ...]
    erased_id: str

    @property
    def without(self) -> tuple[Record, ...]:
        """The same stream without the erasure."""
        return tuple(event for event in self.events if not isinstance(event, AccountErased))


def policy(rng: random.Random) -> Policy:
    """Return a policy with short periods; it may withhold commands by limits, delays or log-only."""
    usual = incident_streams.policy()
    looks = replace(usual.avatar_impersonation, both_directions=True)
    delay = Enforcement(delay_at_most_ms=rng.choice([0, 600 * SECOND_MS]))
    limits = rng.choice([(), (Limit(Action.WARN, 2, 60 * SECOND_MS), Limit(Action.REMOVE, 1, 60 * SECOND_MS))])
    ages = replace(usual.friendship_age, mild_detectors=frozenset())  # so that more is verified
    strangers = replace(usual.strangers, operation=rng.choice([IN_APP_WARNING, Operation(block=True)]))
    changes = {"friendship_age": ages, "avatar_impersonation": looks, "strangers": strangers, "limits": limits}
    return replace(usual, enforcement=delay, **changes)


def erasure(rng: random.Random, length: int, late: float = LATE) -> Erasure:
    """Return up to `length` events of friendships, profiles and groups, as many of incidents, and one erasure."""
    events = _everything(rng, length)
    imitated = max(number for number, event in enumerate(events) if event.event_id.startswith("c"))  # type: ignore[attr-defined]
    place = rng.choice((rng.randrange(len(events)), imitated))
    erased_id, at_ms = IDS[rng.choice(ACCOUNTS)], time_ms(events[place])
    del events[place + rng.randint(1, _LATER) :]  # soon after, for much is forgotten in time by itself
    events = [event for event in events if time_ms(event) < at_ms or erased_id not in mentioned(event)]
    delayed = [event for event in events if erased_id in mentioned(event) and rng.random() < late]
    arriving = [event for event in events if event not in delayed]
    place = sum(time_ms(event) < at_ms for event in arriving)
    if rng.random() < late:
        place = rng.randint(place, len(arriving))
    arriving.insert(place, AccountErased(event_id="erasure", at_ms=at_ms, account_id=erased_id))
    for event in delayed:
        arriving.insert(rng.randint(place + 1, len(arriving)), event)
    last_ms = max(map(time_ms, arriving)) + QUIET_MS
    ends = MessageSent(event_id="end", at_ms=last_ms, sender_id="s", recipient_id="r", text="hello")
    return Erasure((*arriving, ends), erased_id)


def mentioned(event: Any) -> set[str]:
    """Return the accounts that an event names."""
    named: set[object] = set()
    for field in structs.fields(event):
        value = getattr(event, field.name)
        named.update(value if isinstance(value, tuple) else (value,))
    return {account_id for account_id in IDS.values() if account_id in named}


def _everything(rng: random.Random, length: int) -> list[Record]:
    usual, incidents = streams.story(rng, length), incident_streams.story(rng, length)
    by_ms = time_ms(rng.choice(usual)) - time_ms(rng.choice(incidents))
    told = [*usual, *(_apart(event, by_ms) for event in incidents)]
    told += _imitation(rng, time_ms(rng.choice(told)))
    return sorted(_named(event for event in told if not isinstance(event, AccountErased)), key=time_ms)


def _imitation(rng: random.Random, at_ms: int) -> Iterator[Record]:
    """Yield events of an account that copies a friend's profile and requests friendship; the friend may answer."""
    target_id, friend_id, copy_id = rng.sample(("ann", "bob", "cy"), 3)
    times = iter(range(at_ms, at_ms + _IMITATION_MS, SECOND_MS))
    yield FriendAdded(event_id="c1", at_ms=next(times), account_id=target_id, friend_id=friend_id, mutual=True)
    for number, account_id in enumerate((friend_id, copy_id)):
        looks = {"nickname": "Cyril", "region": "Lisbon", "avatar_hash": bytes.fromhex("123456789abcdef0")}
        yield ProfileChanged(event_id=f"c2{number}", at_ms=next(times), account_id=account_id, **looks)  # type: ignore[arg-type]
    asking = {"request_id": "q-c", "target_id": target_id}
    yield FriendRequested(event_id="c3", at_ms=next(times), requester_id=copy_id, **asking)
    if rng.random() < _ANSWERED:
        answer = {"lookalike_id": friend_id, "same_person": rng.random() < _ANSWERED} | asking
        yield LookalikeAnswered(event_id="c4", at_ms=next(times), **answer)  # type: ignore[arg-type]
    yield ProfileChanged(event_id="c5", at_ms=next(times), account_id=target_id, nickname="Someone else")


def _apart(event: Any, by_ms: int) -> Record:
    apart: Record = structs.replace(event, event_id=f"i{event.event_id}", at_ms=event.at_ms + by_ms)
    return apart


def _named(events: Iterable[Record]) -> Iterator[Record]:
    """Yield the events with the final account ids. An answer still refers to the same message."""
    asked: dict[str, str] = {}
    for event in events:
        named = _renamed(event)
        if isinstance(event, MessageSent):
            asked[decision_id_of(event)] = decision_id_of(named)
        if isinstance(event, VerificationAnswered):
            named = structs.replace(named, verification_id=asked.get(event.verification_id, "unknown"))
        if isinstance(event, ReviewAnswered):
            named = structs.replace(named, decision_id=asked.get(event.decision_id, "unknown"))
        yield named


def _renamed(event: Any) -> Any:
    changes: dict[str, Any] = {}
    for field in structs.fields(event):
        value = getattr(event, field.name)
        if isinstance(value, str):
            changes[field.name] = IDS.get(value, value)
        elif isinstance(value, tuple):
            changes[field.name] = tuple(IDS.get(each, each) if isinstance(each, str) else each for each in value)
    return structs.replace(event, **changes)
