"""Random streams of events for properties of the whole graph: few accounts, times at the policy's limits."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from operators.policy.avatar_impersonation import RelationKind
from operators.policy.conversation import ConversationPolicy
from operators.policy.friendship_age import bands_between
from operators.policy.model import Policy
from operators.policy.requests import RequestsPolicy, RequestWindow
from operators.policy.strangers import StrangersPolicy
from schemas.records import (
    AccountErased,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    AnswerVia,
    Channel,
    ContactAdded,
    ContactKind,
    ContactRemoved,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    LookalikeAnswered,
    MessageSent,
    ProfileChanged,
    Record,
    VerificationAnswered,
)
from tests.support.group_streams import GROUP_KINDS, short
from tests.support.reviews.streams import decision_id_of, review

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy

BASE_MS = 1_700_000_000_000
SECOND_MS = 1_000
T1_MS, T2_MS = 20 * SECOND_MS, 60 * SECOND_MS
TIMEOUT_MS, LATE_ANSWER_MS, COOL_DOWN_MS = 30 * SECOND_MS, 40 * SECOND_MS, 50 * SECOND_MS
TRUST_MS, LINK_AGE_MS = 45 * SECOND_MS, 5 * SECOND_MS
LATENESS_MS = 5 * SECOND_MS

ACCOUNTS = ("ann", "bob", "cy")
PICTURES = tuple(
    map(bytes.fromhex, ("f0f0f0f0f0f0f0f0", "f0f0f0f0f0f0f08f", "f0f0f0f0f0f0f00f", "ff00ff00ff00ff00", ""))
)
TEXTS = ("please send the payment now", "汇 款", "hello there", "4111 1111 1111 1111", "gift card?")
STEPS_MS = (
    0,
    1,
    1,
    SECOND_MS,
    SECOND_MS,
    2 * SECOND_MS,
    3 * SECOND_MS,
    5 * SECOND_MS,
    T1_MS - 1,
    T1_MS,
    T2_MS - 1,
    T2_MS,
    TIMEOUT_MS,
    TIMEOUT_MS + 1,
    LATE_ANSWER_MS,
)


def policy() -> Policy:
    """Return a policy with short periods only, so that a short stream reaches the end of all of them."""
    common = replace(
        Policy().common, out_of_order_ms=LATENESS_MS, risk_window_ms=60 * SECOND_MS, removal_memory_ms=90 * SECOND_MS
    )
    usual = Policy().friendship_age
    rules = replace(
        usual,
        bands=bands_between(T1_MS, T2_MS, replace(usual.bands[0].operation, block=False), usual.middle_operation),
        verification_timeout_ms=TIMEOUT_MS,
        late_answer_ms=LATE_ANSWER_MS,
        cool_down_ms=COOL_DOWN_MS,
        escalate_within_ms=COOL_DOWN_MS,
        escalate_after=2,
        trust_ms=TRUST_MS,
        link_age_ms=LINK_AGE_MS,
        gate_timeout_ms=TIMEOUT_MS,
        gate_denial_memory_ms=T2_MS,
        gate_common_name_above=1,
        requests=RequestsPolicy(windows=(RequestWindow(T2_MS, 5, 4, 2),), repeat_after_ms=COOL_DOWN_MS),
        mild_detectors=frozenset({"bank_card"}),
        conversation=ConversationPolicy(window_ms=COOL_DOWN_MS, threshold=1_500),
    )
    strangers = StrangersPolicy(repeat_after_ms=COOL_DOWN_MS)
    sections = {"friendship_age": rules, "strangers": strangers, "avatar_impersonation": _appearances()}
    return replace(Policy(), version="short", common=common, invite_forest=short(), **sections)


def _appearances() -> AvatarImpersonationPolicy:
    """Return short periods for what is judged by appearances."""
    return replace(
        Policy().avatar_impersonation,
        review_up_to=Fraction(7, 8),
        relation_kinds=frozenset({RelationKind.FRIEND, RelationKind.FOLLOW}),
        popular_above=1,
        popular_after_ms=COOL_DOWN_MS,
        popular_age_ms=COOL_DOWN_MS,
        popular_friends=1,
        previous_avatars=1,
        previous_for_ms=COOL_DOWN_MS,
        repeat_after_ms=LATE_ANSWER_MS,
        report_copies_of_recipient=True,
    )


def _can_be_answered(event: Record) -> bool:
    return isinstance(event, FriendRequested) or (isinstance(event, MessageSent) and event.recipient_id is not None)


def story(rng: random.Random, length: int) -> list[Record]:
    """Return `length` events in event-time order, at distances that hit the policy's limits exactly."""
    at_ms, events = BASE_MS, [_friendship(rng, "e0", BASE_MS)]
    for number in range(1, length):
        at_ms += rng.choice(STEPS_MS)
        kind = rng.choices(_KINDS, _WEIGHTS)[0]
        chance = rng.random() if kind is _message else 1
        asked = [event for event in events[-8:] if _can_be_answered(event)]
        judged = [event for event in events[-8:] if isinstance(event, MessageSent | VerificationAnswered)]
        if asked and chance < _ANSWERS:
            events.append(_reply(rng, f"e{number}", at_ms, rng.choice(asked[-3:])))
        elif judged and chance > 1 - _REVIEWS and kind is _message:
            events.append(review(rng, f"e{number}", at_ms, rng.choice(judged[-3:])))
        else:
            events.append(kind(rng, f"e{number}", at_ms))
    return events


def stories(most: int = 25) -> st.SearchStrategy[list[Record]]:
    """Return `story` as a Hypothesis strategy."""
    seeds, lengths = st.integers(0, 2**32), st.integers(1, most)
    return st.builds(lambda seed, length: story(random.Random(seed), length), seeds, lengths)


def shuffled(events: Sequence[Record], rng: random.Random) -> list[Record]:
    """Return the events in an order of arrival in which none is late: each at most the lateness behind."""
    delays = {id(event): rng.uniform(0, LATENESS_MS) for event in events}
    return sorted(events, key=lambda event: time_ms(event) + delays[id(event)])


def time_ms(event: Record) -> int:
    """Return an event's time."""
    at_ms: int = event.at_ms  # type: ignore[attr-defined]
    return at_ms


def _two(rng: random.Random) -> tuple[str, str]:
    """Return two accounts, most often the same two: only a pair that meets again and again gets into every state."""
    one, other, _ = ACCOUNTS if rng.random() < _SAME_PAIR else rng.sample(ACCOUNTS, 3)
    return one, other


def _friendship(rng: random.Random, event_id: str, at_ms: int) -> Record:
    account_id, friend_id = _two(rng)
    since_ms = rng.choice([None, -1, at_ms - T1_MS, at_ms - T2_MS, at_ms - T2_MS, at_ms - T2_MS + 1, 0])
    return FriendAdded(
        event_id=event_id,
        at_ms=at_ms,
        account_id=account_id,
        friend_id=friend_id,
        mutual=rng.random() < 0.8,
        since_ms=since_ms,
    )


def _parting(rng: random.Random, event_id: str, at_ms: int) -> Record:
    account_id, friend_id = _two(rng)
    mutual = rng.random() < 0.5
    return FriendRemoved(event_id=event_id, at_ms=at_ms, account_id=account_id, friend_id=friend_id, mutual=mutual)


def _message(rng: random.Random, event_id: str, at_ms: int) -> Record:
    sender_id, recipient_id = _two(rng)
    text = rng.choice(TEXTS)
    return MessageSent(event_id=event_id, at_ms=at_ms, sender_id=sender_id, recipient_id=recipient_id, text=text)


def _reply(rng: random.Random, event_id: str, at_ms: int, asked: Record) -> Record:
    if isinstance(asked, MessageSent):
        return _answer(rng, event_id, at_ms, asked)
    assert isinstance(asked, FriendRequested)
    return LookalikeAnswered(
        event_id=event_id,
        at_ms=at_ms,
        request_id=asked.request_id,
        target_id=asked.target_id,
        lookalike_id=rng.choice([account for account in ACCOUNTS if account != asked.target_id]),
        same_person=rng.random() < 0.5,
    )


def _answer(rng: random.Random, event_id: str, at_ms: int, asked: MessageSent) -> Record:
    return VerificationAnswered(
        event_id=event_id,
        at_ms=at_ms,
        verification_id=decision_id_of(asked),
        account_id=asked.recipient_id or "nobody",
        genuine=rng.random() < 0.6,
        via=rng.choice([AnswerVia.ALTERNATE_APP, AnswerVia.ALTERNATE_APP, AnswerVia.FIRST_APP]),
    )


def _unblocking(rng: random.Random, event_id: str, at_ms: int) -> Record:
    account_id, other_id = _two(rng)
    return AccountUnblocked(event_id=event_id, at_ms=at_ms, account_id=account_id, other_id=other_id)


def _link(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return AlternateAccountLinked(
        event_id=event_id,
        at_ms=at_ms,
        account_id=rng.choice(ACCOUNTS),
        app=rng.choice(["mail", "phone"]),
        alternate_id=rng.choice(["x", "y"]),
        channels=tuple(rng.sample(list(Channel), rng.randint(1, 3))),
        last_used_ms=at_ms - rng.choice([0, 1, 1000]),
        verified=rng.random() < 0.8,
    )


def _unlink(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return AlternateAccountUnlinked(
        event_id=event_id,
        at_ms=at_ms,
        account_id=rng.choice(ACCOUNTS),
        app=rng.choice(["mail", "phone"]),
        alternate_id=rng.choice(["x", "y"]),
    )


def _number(rng: random.Random, event_id: str, at_ms: int) -> Record:
    number = rng.choice([None, "110", "+86 21"])
    return AlertNumberSet(event_id=event_id, at_ms=at_ms, account_id=rng.choice(ACCOUNTS), number=number)


def _erasure(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return AccountErased(event_id=event_id, at_ms=at_ms, account_id=rng.choice(ACCOUNTS))


def _looks(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return ProfileChanged(
        event_id=event_id,
        at_ms=at_ms,
        account_id=rng.choice(ACCOUNTS),
        nickname=rng.choice([None, "Ann", "Ann", "Cyril"]),
        region=rng.choice([None, "Lisbon"]),
        avatar_hash=rng.choice([None, None, *PICTURES[:-1], *PICTURES]),
    )


def _contact(rng: random.Random, event_id: str, at_ms: int) -> Record:
    account_id, contact_id = _two(rng)
    if rng.random() < 0.3:
        return ContactRemoved(event_id=event_id, at_ms=at_ms, account_id=account_id, contact_id=contact_id)
    kind = rng.choice(list(ContactKind))
    return ContactAdded(event_id=event_id, at_ms=at_ms, account_id=account_id, contact_id=contact_id, kind=kind)


def _request(rng: random.Random, event_id: str, at_ms: int) -> Record:
    requester_id, target_id = _two(rng) if rng.random() < 0.5 else rng.sample(ACCOUNTS, 2)
    return FriendRequested(
        event_id=event_id, at_ms=at_ms, request_id=f"q-{event_id}", requester_id=requester_id, target_id=target_id
    )


_SAME_PAIR = 0.6
_ANSWERS = 0.3  # how many of the messages are answers to an earlier one instead
_REVIEWS = 0.1  # and how many are answers of a reviewer
_KINDS: list[Callable[[random.Random, str, int], Record]] = [
    _friendship,
    _parting,
    _message,
    _unblocking,
    _link,
    _unlink,
    _number,
    _erasure,
    _looks,
    _contact,
    _request,
    *GROUP_KINDS,
]
_WEIGHTS = [12, 2, 70, 2, 10, 3, 2, 1, 25, 5, 8, *GROUP_KINDS.values()]
