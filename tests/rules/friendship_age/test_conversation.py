"""Weak signs in several messages of one sender, which together count as a hit (FA-84 to FA-89)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.policy.file import InvalidPolicy, parse
from operators.friendship_age.conversation import SIGNS_AT_MOST
from operators.policy.action import Operation
from operators.policy.conversation import ConversationPolicy
from operators.policy.model import Policy
from schemas.records import PolicyMode
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, START_MS, Story, evidence, rules

pytestmark = pytest.mark.usefixtures("scores")

MILD = rules(mild_detectors=frozenset({"keyword"}))
FULL = 1_000


def talk(*messages: tuple[int, int], policy: Policy | None = None) -> Story:
    """Return the story of a new friend's messages with these points at these hours."""
    story = Story(policy).friends_for(DAY)
    for hour, points in messages:
        story.message(hour * HOUR, f"score {points}")
    return story


@pytest.mark.parametrize(
    ("messages", "outcomes"),
    [
        pytest.param([(0, FULL)] * 3, ["FIRST_OPERATION"], id="FA-V84"),
        pytest.param([(0, FULL), (0, FULL), (0, 999)], [], id="FA-V85"),
        pytest.param([(0, FULL), (12, FULL), (12, FULL), (12, 500)], ["FIRST_OPERATION"], id="FA-V86"),
        pytest.param([(0, FULL), (12, FULL), (12, FULL), (12, 499)], [], id="FA-V87"),
        pytest.param([(0, FULL), (24, FULL), (24, FULL)], [], id="FA-V88"),
        pytest.param([(0, FULL)] * 5, ["FIRST_OPERATION"], id="FA-V89"),
    ],
)
def test_points_add_up_and_go_down__fa_85(messages: list[tuple[int, int]], outcomes: list[str]) -> None:
    assert talk(*messages).play().outcomes == outcomes


def test_it_begins_again_and_hits_again__fa_85() -> None:
    assert talk(*[(0, FULL)] * 6).play().outcomes == ["FIRST_OPERATION"] * 2


@pytest.mark.parametrize("score", [1, 999, 1_000, 50_000])
def test_a_weak_message_alone_decides_nothing__fa_84(score: int) -> None:
    assert talk((0, score), (30, score)).play().outcomes == []


def test_mild_messages_have_the_points_of_the_policy__fa_84() -> None:
    story = Story(MILD).friends_for(DAY).message().message(MINUTE, "score 999").message(2 * MINUTE).message(3 * MINUTE)
    assert story.play().outcomes == ["MIDDLE", "MIDDLE", "FIRST_OPERATION"]
    light = rules(mild_detectors=frozenset({"keyword"}), conversation=ConversationPolicy(mild_weight=500))
    assert Story(light).friends_for(DAY).message().message().message().play().outcomes == ["MIDDLE"] * 3


def test_the_third_mild_message_is_mild_no_more__fa_86() -> None:
    ending = Story(MILD).friends_for(DAY).message().message().message().play()
    assert ending.outcomes == ["MIDDLE", "MIDDLE", "FIRST_OPERATION"]
    assert [decision.reasons for decision in ending.decisions[1:]] == [("keyword", "mild"), ("CONVERSATION", "keyword")]


def test_a_demand_in_the_clear_has_no_points__fa_84_fa_e86() -> None:
    story = talk((0, FULL), (0, FULL)).message().message(0, "score 1000")
    ending = story.play()
    assert ending.outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]
    assert [decision.reasons for decision in ending.decisions] == [("keyword",), ("CONVERSATION",)]


@pytest.mark.parametrize(("age", "outcome"), [(DAY, "FIRST_OPERATION"), (4 * DAY, "MIDDLE"), (40 * DAY, "VERIFY")])
def test_the_band_of_the_friendships_age_applies__fa_86(age: int, outcome: str) -> None:
    story = Story().friends_for(age)
    for _ in range(3):
        story.message(0, "score 1000")
    assert story.play().outcomes[0] == outcome


def test_the_evidence_lists_the_messages_and_no_text__fa_86() -> None:
    [decision] = talk((0, 900), (1, 900), (2, FULL), (2, 600)).play().decisions
    found = evidence(decision)
    assert found["conversation"] == [
        {"event_id": f"event-{number}", "at_ms": START_MS + hour * HOUR, "points": points}
        for number, hour, points in ((1, 0, 900), (2, 1, 900), (3, 2, FULL), (4, 2, 600))
    ]
    assert found["spans"] == []
    assert [condition["name"] for condition in found["conditions"]][:2] == ["conversation_before", "conversation"]
    assert found["conditions"][1]["actual"] == pytest.approx(900 * 22 / 24 + 900 * 23 / 24 + 1_600)


def test_a_pending_verification_takes_it_in__fa_86_fa_e85() -> None:
    story = Story().friends_for(40 * DAY).message()
    for _ in range(3):
        story.message(MINUTE, "score 1000")
    ending = story.play()
    assert ending.outcomes == ["VERIFY", "ATTACHED", "UNVERIFIED"]
    assert ending.decisions[1].reasons == ("CONVERSATION",)


def test_it_counts_in_the_cool_down__fa_86() -> None:
    story = Story(rules(escalate_after=1)).friends_for(40 * DAY).linked().message().answered(1, genuine=True)
    for _ in range(3):
        story.message(MINUTE, "score 1000")
    assert story.play().outcomes == ["VERIFY", "GENUINE", "ESCALATED"]


def test_a_blocked_pair_has_no_points__fa_87() -> None:
    usual = Policy().friendship_age.bands[0]
    blocking = rules(bands=(replace(usual, operation=Operation(block=True)), *Policy().friendship_age.bands[1:]))
    story = Story(blocking).friends_for(DAY).message()
    for _ in range(4):
        story.message(MINUTE, "score 1000")
    assert story.play().outcomes == ["FIRST_OPERATION"]


def test_trust_begins_it_again__fa_87() -> None:
    story = talk((0, FULL), (0, FULL)).trusted(HOUR).message(HOUR, "score 1000").message(HOUR, "score 1000")
    assert story.play().outcomes == []
    assert story.message(HOUR, "score 1000").play().outcomes == ["TRUSTED"]


def test_what_a_stranger_wrote_counts_once_a_friend__fa_87_fa_e84() -> None:
    story = Story()
    story.message(0, "score 1000").message(0, "score 1000").friends(at=0).message(0, "score 1010")
    [decision] = story.play().decisions
    assert (decision.outcome, decision.reasons) == ("FIRST_OPERATION", ("CONVERSATION",))


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_an_erasure_of_either_side_begins_it_again__fa_87_fa_e87(who: str) -> None:
    story = talk((0, FULL), (0, FULL)).erased(who, HOUR).friends(at=HOUR + 1)
    assert story.message(HOUR + 2, "score 1000").message(HOUR + 2, "score 1000").play().outcomes == []
    assert story.message(HOUR + 2, "score 1000").play().outcomes == ["FIRST_OPERATION"]


def test_the_erasure_of_an_account_that_was_no_friend_counts_too__fa_87_fa_e87() -> None:
    story = Story().message(0, "score 1000").message(0, "score 1000").erased("alice", HOUR)
    assert story.friends(at=HOUR + 1).message(HOUR + 2, "score 1000").play().outcomes == []


def test_a_late_message_counts_from_its_own_time_on__fa_88() -> None:
    story = talk((0, FULL), (2, FULL)).message(HOUR, "score 1000")
    assert story.play().outcomes == []
    [decision] = story.message(3 * HOUR, "score 1000").play().decisions
    assert [each["at_ms"] - START_MS for each in evidence(decision)["conversation"]] == [0, HOUR, 2 * HOUR, 3 * HOUR]


def test_a_late_hit_leaves_what_was_written_later__fa_88_fa_85() -> None:
    story = talk((0, FULL), (0, FULL), (2, 900)).message(2 * HOUR + MINUTE, HARMLESS).message(0, "score 1000")
    assert story.play().timed == [(0, "FIRST_OPERATION")]
    story.message(2 * HOUR + MINUTE, "score 1000").message(2 * HOUR + MINUTE, "score 1000")
    assert story.message(2 * HOUR + MINUTE, "score 200").play().outcomes == ["FIRST_OPERATION"] * 2


def test_a_late_message_from_before_trust_adds_nothing__fa_87_fa_88() -> None:
    story = talk((0, FULL)).trusted(HOUR).message(2 * HOUR, HARMLESS)
    story.message(HOUR - 2, "score 1000").message(HOUR - 1, "score 1000").message(3 * HOUR, "score 1000")
    assert story.message(3 * HOUR, "score 1000").play().outcomes == []
    assert story.message(3 * HOUR, "score 1000").play().outcomes == ["TRUSTED"]


def test_a_repeated_message_counts_once__fa_88() -> None:
    story = talk((0, FULL))
    for at in (0, 0, 25 * HOUR):
        story.message(at, "score 1000", event_id="again")
    assert story.message(25 * HOUR, "score 999").play().outcomes == []


def test_the_latest_messages_count__fa_88() -> None:
    story = talk(*[(0, 1)] * (SIGNS_AT_MOST + 9), (1, 1))
    stored = [value for row, value in story.stored_rows() if b"signs" in row]
    assert len(stored) == 1
    assert story.message(2 * HOUR, "score 1000").message(2 * HOUR, "score 1000").play().outcomes == []
    [decision] = story.message(2 * HOUR, "score 999").play().decisions
    assert len(evidence(decision)["conversation"]) == SIGNS_AT_MOST + 1


def test_state_holds_no_name_and_ends_with_the_window__fa_89() -> None:
    story = Story().message(0, "score 1000", sender_id="mallory").message(10_000, "hi")
    assert any(b"signs" in row for row, _ in story.stored_rows())
    assert not any(b"mallory" in row + value for row, value in story.message(MINUTE, "hi").stored_rows())
    story.message(26 * HOUR, "hi")
    assert not any(b"signs" in row for row, _ in story.stored_rows())


def test_it_can_be_switched_off_and_remembers__fa_89() -> None:
    off = rules(conversation=ConversationPolicy(enabled=False))
    assert talk(*[(0, FULL)] * 9, policy=off).play().outcomes == []
    switched = talk((0, FULL), (0, FULL), policy=off).published(MINUTE, "version: v2")
    assert switched.message(HOUR, "score 1000").message(HOUR, "score 1000").play().outcomes == ["FIRST_OPERATION"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("{enabled: false}", "{}"), ("{threshold: 9000}", "{threshold: 2500}")],
    ids=["enabled", "a lower threshold"],
)
def test_a_sum_beyond_the_threshold_of_a_new_policy_is_a_hit__fa_85(before: str, after: str) -> None:
    story = talk(
        *[(0, FULL)] * 4, policy=parse(f"friendship_age: {{conversation: {before}}}\nstrangers: {{enabled: false}}")
    )
    story.published(MINUTE, f"version: v2\nfriendship_age: {{conversation: {after}}}")
    [decision] = story.message(HOUR, "score 1").message(HOUR, "score 1000").play().decisions
    assert (decision.at_ms - START_MS, decision.reasons) == (HOUR, ("CONVERSATION",))
    assert [each["result"] for each in evidence(decision)["conditions"][:2]] == [False, True]


def test_a_sum_that_a_late_message_takes_beyond_the_threshold_is_a_hit__fa_85_fa_88() -> None:
    story = talk((0, FULL), (2, FULL), (2, 900)).message(2 * HOUR + MINUTE, HARMLESS).message(HOUR, "score 1000")
    assert story.play().outcomes == []
    assert story.message(3 * HOUR, "score 1").play().outcomes == ["FIRST_OPERATION"]


def test_a_shadow_policy_adds_up_the_same_messages__fa_89() -> None:
    strict = "friendship_age: {conversation: {threshold: 1900}}"
    story = Story().friends_for(DAY).published(0, strict, version="strict", mode=PolicyMode.SHADOW)
    for minute in (1, 2, 3, 4):
        story.message(minute * MINUTE, "score 1000")
    assert [(decision.policy_version, decision.at_ms - START_MS) for decision in story.play().decisions] == [
        ("strict", 2 * MINUTE),
        ("default", 4 * MINUTE),
    ]


@pytest.mark.parametrize(("threshold", "weight"), [(1_000, 1), (1_500, 1_500), (0, 1)])
def test_no_message_may_be_enough_alone__fa_85(threshold: int, weight: int) -> None:
    with pytest.raises(InvalidPolicy, match="must be"):
        parse(f"friendship_age: {{conversation: {{threshold: {threshold}, mild_weight: {weight}}}}}")
