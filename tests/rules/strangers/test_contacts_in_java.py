"""Who wrote to whom, remembered by Java: the same bytes and timers as by Python (ST-8 to ST-14)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.dataflow.graph import Route
from jobs.runtime.envelope import StepPayload
from operators.policy.model import Policy
from operators.policy.strangers import PERIOD_MS
from operators.policy.versions import PolicyBook
from operators.strangers import contact
from operators.strangers.contact import (
    begin_contacts_anew,
    forget_all_contacts,
    forget_contacts_with,
    on_approached,
    remove_expired_contacts,
)
from schemas.records import AccountApproached
from state.catalog.entry_key import SELF
from state.catalog.relationship import FRIENDS
from state.catalog.strangers import CONTACT_TALLY, FIRST_CONTACTS
from state.entries.relationship import Friendship
from state.entries.strangers import ContactTally
from state.pseudonym import pseudonym_of
from tests.rules.strangers.account import Account
from tests.support.story import DAY, HOUR, START_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

ME, OTHERS = "ann", ("bob", "cy", "阿丽")
PSEUDONYM = pseudonym_of(ME)
ALL_APPLIED_MS = 2**62


class JavaState:
    """A `MapState` of Flink's over the entries of an account."""

    def __init__(self, account: Account, name: str) -> None:
        self._entries = account.entries[name]

    def get(self, key: str) -> bytes | None:
        return self._entries.get(key)

    def put(self, key: str, value: bytes) -> None:
        self._entries[key] = value

    def contains(self, key: str) -> bool:
        return key in self._entries

    class Java:
        implements = ("org.apache.flink.api.common.state.MapState",)


class States:
    """The function from a state's name to the state."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def apply(self, name: str) -> JavaState:
        return JavaState(self._account, name)

    class Java:
        implements = ("java.util.function.Function",)


class Timers:
    """The function that sets a timer."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def accept(self, at_ms: int) -> None:
        self._account.set_timer(at_ms)

    class Java:
        implements = ("java.util.function.LongConsumer",)


class InJava:
    """An account whose approaches Java remembers."""

    def __init__(self, gateway: JavaGateway) -> None:
        self.account = Account(ME, Policy())
        self.kithward = gateway.jvm.kithward
        metrics = gateway.jvm.org.apache.flink.metrics.groups.UnregisteredMetricsGroup()
        self.contacts = self.kithward.Contacts(States(self.account), Timers(self.account), metrics)

    def remember(self, approach: AccountApproached, until_ms: int = ALL_APPLIED_MS) -> None:
        payload = StepPayload(lambda: PolicyBook(Policy()))(Route("relationship", ME, approach))
        self.contacts.remember(PSEUDONYM, self.kithward.Approach.unpack(payload), until_ms)


@pytest.fixture(scope="module")
def new_in_java(gateway: JavaGateway) -> Callable[[], InJava]:
    return lambda: InJava(gateway)


def approach(rng: random.Random) -> AccountApproached:
    other, is_mine = rng.choice(OTHERS), rng.random() < 0.5
    period, offset_ms = rng.randrange(40), rng.choice((0, 1, DAY, PERIOD_MS - 1, rng.randrange(PERIOD_MS)))
    since_ms = START_MS // HOUR * HOUR + period * PERIOD_MS + (HOUR if is_mine else 0)
    sides = (ME, other) if is_mine else (other, ME)
    return AccountApproached(
        event_id="e", at_ms=since_ms + offset_ms, since_ms=since_ms, sender_id=sides[0], recipient_id=sides[1]
    )


def befriend(other: str, account: Account, at_ms: int) -> None:
    account[FRIENDS].put(other, Friendship(at_ms, at_ms))
    forget_contacts_with(other, at_ms, account)


def part(other: str, account: Account, at_ms: int) -> None:
    account[FRIENDS].remove(other)
    begin_contacts_anew(other, at_ms, account)


def clean(account: Account, until_ms: int) -> None:
    for due_ms in account.due(until_ms):
        remove_expired_contacts(account, due_ms)


def change(rng: random.Random, *accounts: Account) -> None:
    """Let Python change the same in each of the accounts."""
    other, at_ms, kind = rng.choice(OTHERS), START_MS + rng.randrange(40 * PERIOD_MS), rng.randrange(4)
    for account in accounts:
        if kind == 0:
            forget_all_contacts(at_ms, account)
        elif kind == 1:
            befriend(other, account, at_ms)
        elif kind == 2:
            part(other, account, at_ms)
        else:
            clean(account, at_ms)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(0, 0.2), st.integers(1, 150))
@example(seed=3, changing=0.0, length=150)
def test_java_leaves_the_bytes_and_timers_of_python__st_8_to_st_14(
    new_in_java: Callable[[], InJava], seed: int, changing: float, length: int
) -> None:
    rng, java, python = random.Random(seed), new_in_java(), Account(ME, Policy())
    for _ in range(length):
        if rng.random() < changing:
            change(rng, java.account, python)
            java.contacts.changed(PSEUDONYM)
        else:
            told = approach(rng)
            java.remember(told)
            list(on_approached(told, python))
    assert (java.account.stored, java.account.timers) == (python.stored, python.timers)


def test_java_refuses_a_further_account_and_what_began_before_the_refusal__st_14(
    new_in_java: Callable[[], InJava],
) -> None:
    java, python = new_in_java(), Account(ME, Policy())
    rng = random.Random(1)
    for account in (java.account, python):
        account[CONTACT_TALLY].put(SELF, ContactTally(count=contact.CONTACTS_AT_MOST - 1, due_ms=START_MS))
    counted = []
    for _ in range(40):
        told = approach(rng)
        java.remember(told)
        counted += on_approached(told, python)
    assert len(counted) > 10
    assert java.account.stored == python.stored
    assert python[CONTACT_TALLY].get(SELF).count == contact.CONTACTS_AT_MOST


def test_a_friends_period_that_may_begin_after_the_friendship_is_remembered__st_12(
    new_in_java: Callable[[], InJava],
) -> None:
    java, told = new_in_java(), approach(random.Random(1))
    befriend(*({told.sender_id, told.recipient_id} - {ME}), java.account, START_MS)
    java.remember(told, told.since_ms)
    assert not java.account.entries[FIRST_CONTACTS.name]
    java.remember(told, told.since_ms - 1)
    assert java.account.entries[FIRST_CONTACTS.name]


def test_unknown_bytes_fail_the_job(new_in_java: Callable[[], InJava]) -> None:
    java, told = new_in_java(), approach(random.Random(1))
    java.remember(told)
    entries: Any = java.account.entries[FIRST_CONTACTS.name]
    entries.update({entry: b"\x02" + value[1:] for entry, value in entries.items()})
    with pytest.raises(Exception, match="state version 2 of first-contacts is unknown here"):
        java.remember(told)
