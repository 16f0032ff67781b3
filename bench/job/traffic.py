"""Benchmark traffic, generated from a fixed seed: first friendships, then messages, one millisecond apart.

Three in a hundred messages are suspicious, or another share; those are between friends, so that there is something to
decide. Three in a hundred of the harmless ones begin a conversation, or another share; the others continue one.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.quality.texts import harmless, suspicious
from schemas.codec import encode
from schemas.records import FriendAdded, MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGES: Final = "messages"
RELATIONS: Final = "relations"

BEGIN_MS: Final = 1_700_000_000_000
DAY_MS: Final = 86_400_000
LEAD_MS: Final = DAY_MS
"""Time between the first friendship and the first message."""

USUAL_PERCENT: Final = 3.0
"""Suspicious messages of a hundred, unless said otherwise."""
_USUAL: Final = USUAL_PERCENT / 100
BEGINNING_PERCENT: Final = 3.0
"""Of a hundred harmless messages those that begin a conversation, unless said otherwise: more than people's do, who
write some dozens of messages a month to each of some dozens of others."""
SEED: Final = 20_240_229

_AGES_MS: Final = (DAY_MS, 10 * DAY_MS, 400 * DAY_MS)  # one in each band of the default policy


class Sent(NamedTuple):
    """A Kafka record."""

    at_ms: int
    key: bytes
    value: bytes


def friendships(numbers: range, accounts: int, begin_ms: int = BEGIN_MS) -> Iterator[Sent]:
    """Yield mutual friendships by their numbers, each reported a millisecond after the one before.

    The first `accounts` / 2 of them are between accounts that no other names, so that each gets a key.
    """
    for number in numbers:
        one, other = pair(number, accounts)
        at_ms = begin_ms - LEAD_MS + number
        event = FriendAdded(
            event_id=f"f{number:09d}",
            at_ms=at_ms,
            account_id=one,
            friend_id=other,
            mutual=True,
            since_ms=at_ms - _AGES_MS[number % len(_AGES_MS)],
        )
        yield Sent(at_ms, one.encode(), encode(event))


def messages(
    count: int, friends: int, share: float = _USUAL, beginning: float = BEGINNING_PERCENT / 100
) -> Iterator[Sent]:
    """Yield messages, a millisecond apart, of which such a share is suspicious."""
    listed = conversations(count, friends, share=share, beginning=beginning)
    for number, (sender, recipient, text) in enumerate(listed):
        yield message(number, BEGIN_MS + number, sender, recipient, text)


def conversations(
    count: int,
    friends: int,
    accounts: int | None = None,
    *,
    share: float = _USUAL,
    beginning: float = BEGINNING_PERCENT / 100,
) -> Iterator[tuple[str, str, str]]:
    """Yield sender, recipient and text. Suspicious texts are between the first `friends` pairs of friends.

    By default there are twice as many `accounts` as pairs, as for `friendships`. Harmless texts are between others, of
    which a share begins the conversation of its pair.
    """
    chance = random.Random(SEED)
    plain, alarming = harmless(), suspicious()
    accounts = accounts or 2 * friends
    begun: list[tuple[str, str]] = []
    for number in range(count):
        if chance.random() < share:
            sender, recipient = pair(chance.randrange(friends), accounts)
            text = alarming[number % len(alarming)]
        else:
            if not begun or chance.random() < beginning:
                begun.append((stranger(chance.randrange(accounts)), account(accounts + chance.randrange(accounts))))
                sender, recipient = begun[-1]
            else:
                sender, recipient = chance.choice(begun)
            text = plain[number % len(plain)]
        yield sender, recipient, text


def event_id(number: int) -> str:
    """Return the id of a message; ids sort in the order of the messages."""
    return f"m{number:07d}"


def pair(number: int, accounts: int) -> tuple[str, str]:
    """Return the two friends of a friendship: every account once, then once more in another order."""
    half = accounts // 2
    lap, place = divmod(number, half)
    return account(place), account(half + (place + lap * 7919) % half)


def account(number: int) -> str:
    """Return an account's id: eleven characters, not consecutive, as ids of real accounts are not."""
    return f"u{number * 7_368_787 % 10_000_000_019:010d}"


def stranger(number: int) -> str:
    """Return the id of an account that is nobody's friend; `Feed.java` gives it another first letter in each lap."""
    return f"v{account(number)[1:]}"


def message(number: int, at_ms: int, sender: str, recipient: str, text: str) -> Sent:
    """Return a message as a Kafka record."""
    event = MessageSent(event_id=event_id(number), at_ms=at_ms, sender_id=sender, recipient_id=recipient, text=text)
    return Sent(at_ms, sender.encode(), encode(event))
