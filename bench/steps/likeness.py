"""Cost of the search for lookalikes: a ratio of times, and counts of accesses to state.

A stranger with an avatar sends suspicious messages to an account without contacts and to one with many, each of whom
has shown several pictures. And an account that many have on their lists changes its avatar.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from itertools import count
from string import ascii_lowercase
from time import process_time
from typing import TYPE_CHECKING, Final

from bench.job.traffic import BEGIN_MS, SEED
from bench.quality.texts import suspicious
from bench.ratio import ratio_line
from bench.report import at_most
from bench.steps.suspicion import Way
from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.likeness.crops import CROPS_VERSION, HASH_BYTES
from operators.likeness.perceptual_hash import ALGORITHM
from operators.policy.model import Policy
from operators.screening.screening import screen_message
from schemas.records import (
    AlertNumberSet,
    FriendAdded,
    MessageSent,
    PictureHashes,
    ProfileChanged,
    ProfileHashed,
    Record,
)
from state.catalog.relationship import CONTACT_PROFILES
from state.entries.appearances import CROPS
from state.pseudonym import pseudonym_of
from state.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TIMES_NO_CONTACTS: Final = 2.5
GROWTH: Final = 1.0
"""Target: the most that the cost of a change a contact may grow with the number of contacts."""

_STEPS: Final = ("account", "relationship", "encounter", "impersonation", "popular-picture", "risk-window")
_PICTURES: Final = 3  # of each contact: the current one and earlier ones
_LETTERS: Final = 12  # of a nickname
_QUALITY: Final = 50
_SECOND_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Contacts of the account with many, rounds and messages a round; and the size of the audience."""

    contacts: int = 500
    rounds: int = 50
    messages: int = 20
    onlookers: int = 1_000


QUICK: Final = Sizes(contacts=20, rounds=3, messages=5, onlookers=30)


class Inbox:
    """An account that a stranger writes to."""

    def __init__(self, contacts: int) -> None:
        self._way, self._numbers, self._chance = Way(_STEPS), count(), random.Random(SEED)
        self._look("stranger")
        for number in range(contacts):
            for _ in range(_PICTURES):
                self._look(f"contact-{number}")
            # A new friend's profile comes at once; a change of it would wait for a timer, which never fires here.
            self._way.take("relations", _friendship("inbox", f"contact-{number}", BEGIN_MS))

    def _look(self, account_id: str) -> None:
        phash, mirrored, dhash = (self._chance.randbytes(HASH_BYTES) for _ in range(3))
        hashes = PictureHashes(
            phash=phash,
            phash_mirrored=mirrored,
            dhash=dhash,
            version=ALGORITHM,
            quality=_QUALITY,
            crops=self._chance.randbytes(CROPS * HASH_BYTES),
            crops_version=CROPS_VERSION,
        )
        number = next(self._numbers)
        shown = ProfileHashed(
            event_id=f"p{number}",
            at_ms=BEGIN_MS + number,
            account_id=account_id,
            nickname="".join(self._chance.choices(ascii_lowercase, k=_LETTERS)),
            signature="every day is a good day",
            region="Lisbon",
            avatar=hashes,
        )
        self._way.take("profiles", shown)

    @property
    def known_profiles(self) -> int:
        """Return how many contacts' profiles a message is compared with."""
        parts = self._way.entries("relationship", CONTACT_PROFILES, "inbox")
        return sum(len(part.rows()) for part in parts)

    def measure_us(self, messages: int) -> float:
        """Return the microseconds of a message in its steps."""
        written = [screen_message(self._message(next(self._numbers)), (Policy(),)) for _ in range(messages)]
        begun = process_time()
        for message in written:
            self._way.take("messages", message)
        return (process_time() - begun) / messages * 1e6

    def _message(self, number: int) -> MessageSent:
        text, at_ms = suspicious()[0], BEGIN_MS + number * _SECOND_MS
        return MessageSent(event_id=f"m{number}", at_ms=at_ms, sender_id="stranger", recipient_id="inbox", text=text)


class CountingStore(MemoryStore):
    """A store that counts accesses to the states of the steps: those of the audience, and all others."""

    def __init__(self, onlookers: Iterable[str]) -> None:
        super().__init__()
        self._onlookers = frozenset(map(pseudonym_of, onlookers))
        self._states = {(step.uid, spec.name) for step in risk_graph().steps for spec in step.operator.states}
        self.touched = Counter[str]()

    def get(self, key: bytes) -> bytes | None:
        """Return the row, or None."""
        self._note("read", key)
        return super().get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        self._note("written", key, len(value))
        super().put(key, value)

    def delete(self, key: bytes) -> None:
        """Remove a row; absent is fine."""
        self._note("written", key)
        super().delete(key)

    def _note(self, what: str, row: bytes, size: int = 0) -> None:
        uid, rest = _first_part(row)
        name, rest = _first_part(rest)
        if (uid, name) in self._states:
            is_onlooker = _first_part(rest)[0] in self._onlookers
            self.touched[what if is_onlooker else f"{what} beside"] += 1
            self.touched["bytes written"] += size


def _first_part(row: bytes) -> tuple[str, bytes]:
    end = 4 + int.from_bytes(row[:4], "big")
    return row[4:end].decode(errors="replace"), row[end:]


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure both costs."""
    say(f"filling an inbox with {sizes.contacts:,} contacts")
    empty, full = Inbox(0), Inbox(sizes.contacts)
    turns = ((empty.measure_us(sizes.messages), full.measure_us(sizes.messages)) for _ in range(sizes.rounds))
    yield ratio_line(f"a suspicious message against no and {sizes.contacts:,} contacts", turns, TIMES_NO_CONTACTS)
    say(f"changing an avatar before up to {4 * sizes.onlookers:,} onlookers")
    found = {onlookers: count_accesses(onlookers) for onlookers in (sizes.onlookers * n for n in (1, 2, 4))}
    yield from report_lines(found)


def count_accesses(onlookers: int) -> Counter[str]:
    """Return the counts of accesses to state for a change of avatar of an account with an audience of `onlookers`."""
    names = [f"onlooker-{number}" for number in range(onlookers)]
    store = CountingStore(names)
    replay = Replay(risk_graph(), store, Policy())
    _push(replay, _profile_change(b"\x0f" * 8, BEGIN_MS))
    for number, name in enumerate(names):
        _push(replay, _friendship(name, "star", BEGIN_MS + number))
    change_ms = BEGIN_MS + onlookers + _SECOND_MS
    _push(replay, _clock_event(change_ms))
    store.touched.clear()
    _push(replay, _profile_change(b"\xf0" * 8, change_ms))
    _push(replay, _clock_event(change_ms + 10 * _SECOND_MS))
    return Counter(store.touched)


def report_lines(found: dict[int, Counter[str]]) -> Iterator[str]:
    """Yield the counts, and the targets."""
    few, *_, many = found
    for onlookers, touched in found.items():
        yield f"       {onlookers:,} onlookers: " + ", ".join(f"{touched[what]:,} {what}" for what in sorted(touched))
    for what in ("written", "read", "bytes written"):
        growth = found[many][what] / many / (found[few][what] / few)
        yield at_most(f"{what} an onlooker, {many:,} of them against {few:,}: x", growth, GROWTH, ".3f")
    yield at_most(f"writes to the memory of {few:,} onlookers:", found[few]["written"], few, ",.0f")


def _push(replay: Replay, record: Record) -> None:
    for _ in replay.push(record):
        pass


def _friendship(one: str, other: str, at_ms: int) -> Record:
    return FriendAdded(event_id=f"f-{one}-{other}", at_ms=at_ms, account_id=one, friend_id=other, mutual=False)


def _profile_change(phash: bytes, at_ms: int) -> Record:
    return ProfileChanged(event_id=f"p-{at_ms}", at_ms=at_ms, account_id="star", avatar_hash=phash)


def _clock_event(at_ms: int) -> Record:
    return AlertNumberSet(event_id=f"clock-{at_ms}", at_ms=at_ms, account_id="clock", number=None)
