"""Properties of lookalikes: agreement with a search of all accounts, independence of order and pages, erasure."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from operators.accounts import audience
from operators.policy.avatar_impersonation import RelationKind
from schemas.records import ContactKind, FriendAdded, FriendRemoved, MessageSent, ProfileChanged, Record
from tests.support.portraits import H0, H7, H8, H11, NONE, K, Portraits, findings, rules
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, SECOND, START_MS, evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

PEOPLE = ("A", "B", "C", "D")
LOOKS = (H0, H0, H7, H7, H8, H11, K, NONE)
STEPS = (0, 1, SECOND, MINUTE, MINUTE, 10 * MINUTE, HOUR, DAY)
EVERYBODY = rules(
    relation_kinds=frozenset(RelationKind),
    repeat_after_ms=0,
    previous_avatars=2,
    previous_for_ms=3 * DAY,
    both_directions=True,
)

Acts = list[tuple[int, str, str, str, bytes]]
WAYS = ("looks", "looks", "befriends", "befriends", "follows", "parts", "drops", "writes", "writes", "chats", "chats")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(STEPS),
        st.sampled_from(
            ["looks", "looks", "befriends", "befriends", "follows", "parts", "drops", "writes", "writes", "chats"]
        ),
        st.sampled_from(PEOPLE),
        st.sampled_from(PEOPLE),
        st.sampled_from(LOOKS),
    ),
    max_size=25,
)


def story_of(acts: Acts, policy: Any = EVERYBODY) -> Portraits:
    """Return the acts as a story, without acts of an account on itself."""
    at, story = 0, Portraits(policy)
    people = sorted({name for _, _, one, other, _ in acts for name in (one, other)})
    for one, other in pairwise(people):
        story.befriends(one, other, at)
    for step, act, one, other, picture in acts:
        at += step
        if act == "looks":
            story.avatar(one, picture, at)
        elif one != other:
            _between(story, act, one, other, at)
    return story


def _between(story: Portraits, act: str, one: str, other: str, at: int) -> None:
    match act:
        case "befriends":
            story.befriends(one, other, at)
        case "follows":
            story.contact(one, other, at, ContactKind.FOLLOW)
        case "parts":
            story.unfriends(one, other, at)
        case "drops":
            story.drops(one, other, at)
        case "writes":
            story.writes(at, sender=one, recipient=other)
        case "chats":
            story.writes(at, HARMLESS, sender=one, recipient=other)


class Naive:
    """A naive model: keeps all events and scans all of them."""

    def __init__(self, events: Sequence[Record]) -> None:
        self.looks: dict[str, list[tuple[int, bytes]]] = {who: [] for who in PEOPLE}
        self.lists: dict[str, set[tuple[str, str]]] = {who: set() for who in PEOPLE}
        self.hits: list[tuple[int, frozenset[str | None]]] = []
        self.expected: list[tuple[str, set[str]]] = []
        for event in sorted(events, key=lambda event: (event.at_ms, isinstance(event, MessageSent), event.event_id)):
            self._happens(event)

    def _happens(self, event: Any) -> None:
        at = event.at_ms
        if isinstance(event, ProfileChanged):
            self.looks[event.account_id].append((at, event.avatar_hash or b""))
        elif isinstance(event, MessageSent):
            if not self._opens(event):
                return
            found = {who for who in PEOPLE if self._is_lookalike(who, event.sender_id, event.recipient_id or "", at)}
            if found:
                self.expected.append((event.event_id, found))
        elif isinstance(event, FriendAdded | FriendRemoved):
            for one, other in ((event.account_id, event.friend_id), (event.friend_id, event.account_id)):
                (set.add if isinstance(event, FriendAdded) else set.discard)(self.lists[one], (other, "friend"))
        elif hasattr(event, "kind"):
            self.lists[event.account_id].add((event.contact_id, "contact"))
        else:
            self.lists[event.account_id].discard((event.contact_id, "contact"))

    def _opens(self, message: MessageSent) -> bool:
        """The message's own hit, or one of the last ten minutes between the two (AI-3)."""
        pair = frozenset((message.sender_id, message.recipient_id))
        before = any(two == pair and message.at_ms - at <= 10 * MINUTE for at, two in self.hits)
        if message.text != HARMLESS:
            self.hits.append((message.at_ms, pair))
        return before or message.text != HARMLESS

    def _is_lookalike(self, who: str, sender: str, recipient: str, at: int) -> bool:
        now = self.looks[sender][-1][1] if self.looks[sender] else b""
        is_related = any(other == who for other, _ in self.lists[recipient])
        return (
            bool(now)
            and who not in (sender, recipient)
            and is_related
            and any(
                (int.from_bytes(now) ^ int.from_bytes(other)).bit_count() < 64 * 0.16
                for other in self._counting(who, at)
            )
        )

    def _counting(self, who: str, at: int) -> list[bytes]:
        looks = self.looks[who]
        shown = [picture for _, picture in looks[-1:]]
        replaced = [(end, picture) for (_, picture), (end, _) in pairwise(looks) if picture]
        earlier = [picture for end, picture in replaced[-2:] if at - end <= 3 * DAY]
        return [picture for picture in (*shown, *earlier) if picture]


@settings(max_examples=150)
@given(ACTS)
def test_searching_the_contacts_finds_what_searching_everybody_finds__ai_14_ai_3_ai_5_ai_19(acts: Acts) -> None:
    story = story_of(acts)
    found = [
        (decision.cause_event_id, evidence(decision)["candidates"], evidence(decision)["lookalike"])
        for who in PEOPLE
        for decision in findings(story.play(), who)
        if "PROFILE_DRIFT" not in decision.reasons
    ]
    expected = Naive(story.events).expected
    assert sorted((event_id, count) for event_id, count, _ in found) == sorted((e, len(all_)) for e, all_ in expected)
    assert all(lookalike in dict(expected)[event_id] for event_id, _, lookalike in found)


@settings(max_examples=80)
@given(ACTS, st.integers(0, 1 << 32))
def test_the_order_of_arrival_within_the_lateness_changes_nothing__c_2(acts: Acts, seed: int) -> None:
    rng, story = random.Random(seed), story_of(acts)
    delays = {event.event_id: rng.randint(0, SECOND) for event in story.events}
    before = Counter(map(repr, story.play().outputs))
    story.keep_order_from_now_on().events.sort(key=lambda event: event.at_ms + delays[event.event_id])
    assert Counter(map(repr, story.play().outputs)) == before


AGAIN_AND_AGAIN: Acts = [
    *(3 * [(0, "looks", "A", "A", H0)]),
    (0, "looks", "C", "A", H0),
    (0, "befriends", "A", "C", H0),
    (0, "looks", "A", "A", H0),
    (0, "looks", "A", "B", H0),
]
"""At one time, A sets a picture before and after C has it, and before and after the two are friends."""


@settings(max_examples=60)
@example(AGAIN_AND_AGAIN, 1, 1)
@given(ACTS, st.integers(1, 3), st.integers(1, 2))
def test_relations_in_pages_give_the_same_result_as_at_once__ai_15_ai_35(acts: Acts, page: int, pages: int) -> None:
    story = story_of(acts)
    at_once = Counter(map(repr, story.play().outputs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audience, "PAGE_SIZE", page)
        patch.setattr(audience, "PAGES_PER_BATCH", pages)
        assert Counter(map(repr, story.play().outputs)) == at_once


def test_of_several_profiles_of_one_millisecond_the_last_is_compared__ai_35_ai_e28() -> None:
    drifts = [found.cause_event_id for found in findings(story_of(AGAIN_AND_AGAIN).play(), "A")]
    assert drifts == ["event-8"]


@settings(max_examples=80)
@given(ACTS, st.sampled_from(PEOPLE))
def test_an_erasure_leaves_no_trace__c_18(acts: Acts, who: str) -> None:
    names = {name: f"<{name}-of-the-story>" for name in PEOPLE}
    named = [(step, act, names[one], names[other], picture) for step, act, one, other, picture in acts]
    story = story_of(named).requests(40 * DAY, who=names["A"], target=names["B"]).erased(names[who], 40 * DAY + HOUR)
    story.befriends("x", "y", 40 * DAY + HOUR + MINUTE)
    assert not [row for row, value in story.stored_rows() if names[who].encode() in row + value]
    after = [
        output
        for output in story.play().outputs
        if getattr(output[2], "at_ms", 0) > START_MS + 40 * DAY + HOUR and names[who] in repr(output)
    ]
    assert after == []
