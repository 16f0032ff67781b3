"""Real people, real times, real texts: a stream of messages made from two published data sets.

Who wrote to whom and when is CollegeMsg (SNAP; Panzarasa, Opsahl, Carley 2009); the texts are the SMS Spam Collection
(UCI; Almeida, Hidalgo, Yamakami 2011, CC BY 4.0). The first message of a pair stands for their becoming friends.
"""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.records import AlternateAccountLinked, Channel, FriendAdded, MessageSent, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
_LINKED_EVERY = 3  # every third account has an alternate account, so that verification takes both of its ways

_LINKED_BEFORE_MS = 7 * 24 * 3_600_000


def conversation(limit: int | None = None) -> list[Record]:
    """Return the events in event-time order; `limit` is a number of messages."""
    return sorted(_events(limit), key=lambda event: event.at_ms)  # type: ignore[attr-defined]


def _events(limit: int | None) -> Iterator[Record]:
    friends: set[frozenset[str]] = set()
    known: set[str] = set()
    texts = cycle(line.split("\t", 1)[1] for line in (DATA / "sms.tsv").read_text("utf-8").splitlines())
    lines = (DATA / "private-messages.txt").read_text("utf-8").splitlines()[:limit]
    for number, (line, text) in enumerate(zip(lines, texts, strict=False)):
        sender, recipient, seconds = line.split()
        at_ms = int(seconds) * 1000
        yield from _linked(sender, at_ms, known)
        if sender == recipient:
            continue
        if frozenset((sender, recipient)) not in friends:
            friends.add(frozenset((sender, recipient)))
            yield FriendAdded(event_id=f"f{number}", at_ms=at_ms, account_id=sender, friend_id=recipient)
        yield MessageSent(event_id=f"m{number}", at_ms=at_ms, sender_id=sender, recipient_id=recipient, text=text)


def _linked(account_id: str, at_ms: int, known: set[str]) -> Iterator[Record]:
    if account_id in known:
        return
    known.add(account_id)
    if len(known) % _LINKED_EVERY == 0:
        yield AlternateAccountLinked(
            event_id=f"a{account_id}",
            at_ms=at_ms - _LINKED_BEFORE_MS,
            account_id=account_id,
            app="mail",
            alternate_id=f"{account_id}@mail",
            channels=(Channel.TEXT,),
            last_used_ms=at_ms,
            verified=True,
        )
