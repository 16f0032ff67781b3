"""Who wrote first, beside a model that forgets nothing and looks at everything (ST-9 to ST-13)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from operators.policy.model import Policy
from operators.policy.strangers import PERIOD_HOURS, PERIOD_MS, StrangersPolicy
from operators.strangers.contact import (
    PERIODS_AT_MOST,
    FirstWords,
    begin_contacts_anew,
    first_words,
    forget_all_contacts,
    forget_contacts_with,
    on_approached,
    remove_expired_contacts,
)
from schemas.records import AccountApproached
from state.catalog.relationship import FRIENDS
from state.catalog.strangers import FIRST_CONTACTS
from state.entries.relationship import Friendship
from tests.rules.strangers.account import Account
from tests.support.story import DAY, HOUR, MINUTE, START_MS

ALICE, BOB = "alice", "bob"
MEMORIES_MS = (0, DAY, 60 * DAY, 180 * DAY, 365 * DAY)
STEPS_MS = (1, MINUTE, HOUR, DAY, 15 * DAY, PERIOD_MS - 1, PERIOD_MS, 59 * DAY, 90 * DAY, 200 * DAY, 420 * DAY)
PHASES = (17, 300)
"""The hours at which the periods of Alice's and of Bob's messages begin."""


class Wrote(NamedTuple):
    """A message: whose, and when."""

    is_mine: bool
    at_ms: int

    @property
    def since_ms(self) -> int:
        phase = PHASES[self.is_mine]
        return ((self.at_ms // HOUR - phase) // PERIOD_HOURS * PERIOD_HOURS + phase) * HOUR

    def told(self) -> AccountApproached:
        sides = (ALICE, BOB) if self.is_mine else (BOB, ALICE)
        return AccountApproached(
            event_id="e", at_ms=self.at_ms, since_ms=self.since_ms, sender_id=sides[0], recipient_id=sides[1]
        )


@dataclass
class Model:
    """All messages, and when what was before them was cut off."""

    memory_ms: int
    messages: list[Wrote] = field(default_factory=list)
    cut_ms: int = -1

    def first_words(self, at_ms: int, erased_ms: int) -> FirstWords:
        known = [each for each in self.messages if each.at_ms <= at_ms and each.since_ms > self.cut_ms]
        begun = sorted({each.since_ms for each in known})
        if not begun or at_ms >= begun[-1] + PERIOD_MS + self.memory_ms:
            return FirstWords()
        from_ms = max([begun[0], *(new for old, new in pairwise(begun) if new - old >= PERIOD_MS + self.memory_ms)])
        counting = [each for each in known if each.since_ms >= from_ms and each.since_ms > erased_ms]
        first = [self._first_ms(counting, at_ms, is_mine=is_mine) for is_mine in (True, False)]
        return FirstWords(*first)

    def _first_ms(self, counting: list[Wrote], at_ms: int, *, is_mine: bool) -> int | None:
        first_ms = min((each.at_ms for each in counting if each.is_mine == is_mine), default=at_ms)
        return first_ms if first_ms < at_ms else None


def drawn(rng: random.Random, length: int) -> list[Wrote]:
    at_ms, messages = START_MS, []
    for _ in range(length):
        at_ms += rng.choice(STEPS_MS)
        messages.append(Wrote(rng.random() < 0.5, at_ms))
    return messages


@given(st.integers(0, 2**32), st.sampled_from(MEMORIES_MS), st.integers(1, 60))
@settings(max_examples=150)
@example(seed=1, memory_ms=180 * DAY, length=60)
def test_they_are_those_of_all_messages__st_9_to_st_13(seed: int, memory_ms: int, length: int) -> None:
    rng = random.Random(seed)
    policy = replace(Policy(), strangers=StrangersPolicy(contact_memory_ms=memory_ms))
    account, model = Account(ALICE, policy), Model(memory_ms)
    messages = drawn(rng, length)
    ahead = 0
    for number, message in enumerate(messages):
        for due_ms in account.due(message.at_ms):
            remove_expired_contacts(account, due_ms)
        if rng.random() < 0.1:
            cut_ms = message.at_ms - rng.choice((0, DAY, PERIOD_MS))
            model.cut_ms = max(model.cut_ms, cut_ms)
            cut(account, cut_ms, rng)
        ahead = max(ahead, min(number + rng.choice((0, 0, 1, 2)), length - 1))
        repeated = rng.choice([each for each in messages[: ahead + 1] if message.at_ms - each.at_ms <= memory_ms])
        for other in (*rng.sample(messages[number : ahead + 1], ahead + 1 - number), repeated):
            assert list(on_approached(other.told(), account)) == []
        model.messages = messages[: ahead + 1]
        for at_ms in (message.at_ms, message.at_ms + rng.choice((1, DAY))):
            erased_ms = at_ms - rng.randint(0, memory_ms + PERIOD_MS)
            for known_ms in (None, erased_ms):
                expected = model.first_words(at_ms, known_ms or -1)
                assert first_words(BOB, at_ms, known_ms, account) == expected


def cut(account: Account, at_ms: int, rng: random.Random) -> None:
    """Let a friendship or one of the accounts end."""
    if rng.random() < 0.5:
        begin_contacts_anew(BOB, at_ms, account)
    else:
        forget_all_contacts(at_ms, account)


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_neither_order_nor_repetition_of_approaches_changes_what_is_stored__st_9(seed: int, length: int) -> None:
    rng = random.Random(seed)
    messages = drawn(rng, length)
    stored = []
    for _ in range(2):
        account = Account(ALICE, Policy())
        for message in messages:
            assert list(on_approached(message.told(), account)) == []
        stored.append(account.entries[FIRST_CONTACTS.name])
        messages = rng.sample([*messages, *rng.choices(messages, k=5)], length + 5)
    assert stored[0] == stored[1]


def test_what_begins_after_a_friendship_counts_if_it_is_told_before_the_friendship__st_9_st_12() -> None:
    later = Wrote(is_mine=True, at_ms=START_MS + PERIOD_MS)
    begun_ms, ended_ms = later.since_ms - 2, later.since_ms - 1
    stored = []
    for is_told_before in (True, False):
        account = Account(ALICE, Policy())
        told = [later.told(), later._replace(at_ms=START_MS).told()] if is_told_before else []
        assert [each for event in told for each in on_approached(event, account)] == []
        account[FRIENDS].put(BOB, Friendship(begun_ms, begun_ms))
        forget_contacts_with(BOB, begun_ms, account)
        account[FRIENDS].remove(BOB)
        begin_contacts_anew(BOB, ended_ms, account)
        if not is_told_before:
            assert list(on_approached(later.told(), account)) == []
        stored.append(account.entries[FIRST_CONTACTS.name])
        assert first_words(BOB, later.at_ms + 1, None, account) == FirstWords(later.at_ms, None)
    assert stored[0] == stored[1]


def test_what_is_remembered_of_people_who_write_for_years_stays_small__st_13() -> None:
    account = Account(ALICE, Policy())
    for month in range(120):
        at_ms = START_MS + month * 29 * DAY
        for due_ms in account.due(at_ms):
            remove_expired_contacts(account, due_ms)
        for is_mine in (True, False):
            assert list(on_approached(Wrote(is_mine, at_ms).told(), account)) == []
        (stored,) = account[FIRST_CONTACTS].items()
        assert max(len(stored[1].mine), len(stored[1].theirs)) <= 10
    assert first_words(BOB, at_ms, None, account) == FirstWords(START_MS, START_MS)


def test_of_periods_told_years_late_the_first_and_the_newest_are_kept__st_9() -> None:
    account = Account(ALICE, Policy())
    told = [Wrote(is_mine=True, at_ms=START_MS + number * 2 * PERIOD_MS) for number in range(PERIODS_AT_MOST + 5)]
    for message in (*told[1:], told[0]):
        assert list(on_approached(message.told(), account)) == []
    ((_, stored),) = account[FIRST_CONTACTS].items()
    assert [hour * HOUR for hour in stored.mine] == [each.since_ms for each in (told[0], *told[6:])]
