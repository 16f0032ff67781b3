"""Limits of the commands of an action per window (C-26)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from operators.enforcement.amendment import OVER_LIMIT
from operators.enforcement.enforced_operator import withheld_decision
from operators.policy.action import Action, Operation
from operators.policy.model import Limit, Policy
from schemas.codec import encode
from schemas.records import BlockAccount, CommandsWithheld, Record, WarnChannel
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, SECOND, START_MS, Story, StoryResult, evidence, rules

WINDOW = START_MS // HOUR * HOUR - START_MS
"""Start of the window that contains START_MS, relative to it."""

HARSH = Operation(block=True, warn=(WarnChannel.IN_APP,))


def limited(*limits: Limit, first: Operation = HARSH) -> Policy:
    policy = rules()
    bands = (replace(policy.friendship_age.bands[0], operation=first), *policy.friendship_age.bands[1:])
    return replace(policy, friendship_age=replace(policy.friendship_age, bands=bands), limits=limits)


def blocks(at_most: int, per_ms: int = HOUR) -> Limit:
    return Limit(Action.BLOCK, at_most, per_ms)


def asking(policy: Policy, *messages: tuple[str, int], **fields: object) -> StoryResult:
    """Return the result of suspicious messages to bob from new friends, each `(sender, time)`."""
    story = Story(policy)
    for sender, _ in messages:
        story.friends(at=WINDOW - 1, friend_id=sender)
    for number, (sender, at) in enumerate(messages):
        story.message(at, sender_id=sender, event_id=f"m{number}", **fields)
    return story.play()


def over(ending: StoryResult) -> list[bool]:
    return [OVER_LIMIT in decision.reasons for decision in ending.decisions]


def test_decisions_beyond_the_limit_have_no_commands__c_26() -> None:
    ending = asking(limited(blocks(2)), ("a", WINDOW), ("b", WINDOW + 1), ("c", WINDOW + 2))
    assert over(ending) == [False, False, True]
    assert [decision.outcome for decision in ending.decisions] == ["FIRST_OPERATION"] * 3
    assert [ending.command_names(decision) for decision in ending.decisions] == [
        ["BlockAccount", "Warn IN_APP"]
    ] * 2 + [[]]
    assert ending.decisions[2].actions == ("WARN", "BLOCK"), "what would have been done"


def test_window_is_aligned_to_the_epoch_and_half_open__c_3() -> None:
    end = WINDOW + HOUR
    ending = asking(limited(blocks(1)), ("a", end - 2), ("b", end - 1), ("c", end), ("d", end + 1))
    assert over(ending) == [False, True, False, True]


def test_late_commands_of_a_window_that_has_ended_count_together__c_26_c_4() -> None:
    story = Story(limited(blocks(1))).message(WINDOW + 5 * HOUR, HARMLESS)
    for number, sender in enumerate("abc"):
        story.friends(at=WINDOW - 1, friend_id=sender).message(WINDOW + number, sender_id=sender)
        story.message(WINDOW + 5 * HOUR + (number + 1) * MINUTE, HARMLESS)
    assert over(story.play()) == [False, True, True]
    story.friends(at=WINDOW + 5 * HOUR, friend_id="d").message(WINDOW + 6 * HOUR, sender_id="d")
    rows = story.message(WINDOW + 8 * HOUR, HARMLESS).stored_rows()
    assert not [row for row, _ in rows if b"counted" in row]


def test_limit_counts_over_the_whole_job__c_26() -> None:
    story = Story(limited(blocks(1)))
    for recipient in ("bob", "cy"):
        story.friends(at=WINDOW, account_id=recipient, friend_id="a")
    ending = story.message(WINDOW + 1, sender_id="a").message(WINDOW + 2, sender_id="a", recipient_id="cy").play()
    assert over(ending) == [False, True]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_limit_counts_in_event_order_whatever_the_arrival__c_2(order: tuple[str, str]) -> None:
    """Events of the same time are ordered by the bytes of their ids."""
    story = Story(limited(blocks(1)))
    for name in "ab":
        story.friends(at=WINDOW, account_id=f"of-{name}", friend_id="x")
    for name in order:
        story.message(WINDOW + SECOND, sender_id="x", recipient_id=f"of-{name}", event_id=f"m-{name}")
    is_over = {decision.cause_event_id: OVER_LIMIT in decision.reasons for decision in story.play().decisions}
    assert is_over == {"m-a": False, "m-b": True}


def test_commands_of_a_timer_count_after_all_events_of_its_time__c_3() -> None:
    policy = limited(Limit(Action.WARN, 1, HOUR), first=Operation(warn=(WarnChannel.IN_APP,)))
    at = WINDOW + 20 * MINUTE
    story = Story(policy).friends(at=WINDOW, since=-100 * DAY).friends(at=WINDOW, account_id="cy", friend_id="new")
    story.message(at - 10 * MINUTE, event_id="a-first")  # its deadline is the time of the other's message
    story.message(at, sender_id="new", recipient_id="cy", event_id="z-last")
    is_over = {decision.outcome: OVER_LIMIT in decision.reasons for decision in story.play().decisions}
    assert is_over == {"VERIFY": False, "FIRST_OPERATION": False, "UNVERIFIED": True}


def test_only_commands_of_the_action_count__c_26() -> None:
    policy = limited(blocks(1), first=Operation(warn=(WarnChannel.IN_APP,)))
    assert over(asking(policy, ("a", WINDOW), ("b", WINDOW + 1))) == [False, False]


def test_any_of_several_limits_withholds_all_commands() -> None:
    policy = limited(Limit(Action.WARN, 3, HOUR), blocks(1))
    ending = asking(policy, ("a", WINDOW), ("b", WINDOW + 1), ("c", WINDOW + HOUR))
    assert over(ending) == [False, True, False]
    assert Counter(type(command).__name__ for command in ending.commands) == {"BlockAccount": 2, "Warn": 2}


def test_warnings_of_one_decision_are_all_counted_and_emitted_or_none() -> None:
    two = Operation(warn=(WarnChannel.IN_APP, WarnChannel.PLATFORM))
    policy = limited(Limit(Action.WARN, 3, HOUR), first=two)
    policy = replace(policy, friendship_age=replace(policy.friendship_age, alert_platform="line"))
    ending = asking(policy, ("a", WINDOW), ("b", WINDOW + 1))
    assert over(ending) == [False, True]
    assert len(ending.commands) == 2


def test_limit_of_zero_withholds_all_commands() -> None:
    ending = asking(limited(blocks(0)), ("a", WINDOW))
    assert (over(ending), ending.commands) == ([True], [])


def test_evidence_shows_the_limit_that_was_checked__c_13() -> None:
    ending = asking(limited(blocks(1)), ("a", WINDOW), ("b", WINDOW + 1))
    asked = [evidence(decision)["conditions"][-1] for decision in ending.decisions]
    assert asked == [
        {"name": "commands_BLOCK", "operator": "<=", "expected": 1, "actual": actual, "result": actual == 1}
        for actual in (1, 2)
    ]


def test_a_decision_over_the_limit_is_in_its_risk_window__c_6() -> None:
    ending = asking(limited(blocks(0)), ("a", WINDOW))
    (window,) = ending.windows
    assert (window.count, window.outcome, OVER_LIMIT in window.reasons) == (1, "BLOCK", True)


def test_ids_do_not_depend_on_limits__c_10() -> None:
    messages = (("a", WINDOW), ("b", WINDOW + 1))
    free, bound = asking(limited(), *messages), asking(limited(blocks(1)), *messages)
    assert [one.decision_id for one in free.decisions] == [one.decision_id for one in bound.decisions]
    assert {one.command_id for one in bound.commands} < {one.command_id for one in free.commands}


def test_withheld_commands_contain_their_decision() -> None:
    (decision,) = asking(limited(blocks(1)), ("a", WINDOW)).decisions
    withheld = CommandsWithheld(
        event_id="e", at_ms=1, subject_id="a", policy_version="v", decision=encode(decision), commands=()
    )
    assert withheld_decision(withheld) == decision
    assert withheld_decision(structs.replace(withheld, decision=None)) is None


def test_decisions_without_a_limited_action_bypass_the_step__c_26() -> None:
    policy = limited(Limit(Action.BAN, 1, HOUR))
    assert "limit.applied" not in asking(policy, ("a", WINDOW)).counts
    assert asking(limited(blocks(1)), ("a", WINDOW)).counts["limit.applied"] == 1


def test_unrestricted_policy_bypasses_the_step() -> None:
    assert not [name for name in asking(rules(), ("a", WINDOW)).counts if name.startswith("limit.")]


def test_published_limit_applies_from_its_effective_time_on__c_19() -> None:
    story = Story(limited()).friends(at=WINDOW, friend_id="a").friends(at=WINDOW, friend_id="b")
    story.published(WINDOW, "limits: {EXIT_SESSION: {at_most: 0, per_ms: 1h}}")
    ending = story.message(WINDOW - 1 + SECOND, sender_id="a").play()
    assert over(ending) == [True]


def test_counters_of_ended_windows_are_removed() -> None:
    story = Story(limited(blocks(1))).friends(at=WINDOW, friend_id="a").message(WINDOW + 1, sender_id="a")
    for later, counted in ((WINDOW + 3 * SECOND, 1), (WINDOW + 3 * HOUR, 0)):
        rows = story.message(later, "hello").stored_rows()
        assert sum(b"counted" in row for row, _ in rows) == counted


MESSAGES = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 12)), max_size=12)


@given(MESSAGES, st.integers(0, 3), st.randoms(use_true_random=False))
def test_first_commands_of_a_window_are_emitted_up_to_the_limit__c_26(
    messages: list[tuple[str, int]], at_most: int, chance: object
) -> None:
    """Compares with a count by hand: of each window's blocks the first `at_most` in event order are emitted."""
    length, story = 5 * SECOND, Story(limited(blocks(at_most, 5 * SECOND)))
    facts = [(sender, recipient) for sender in "abcd" for recipient in range(len(messages))]
    for sender, recipient in facts:
        story.friends(at=-DAY, account_id=f"r{recipient}", friend_id=sender)
    shuffled = list(enumerate(messages))
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    in_time = sorted(shuffled, key=lambda item: item[1][1] // 2)  # within a second in any order, so that none is late
    for number, (sender, half_seconds) in in_time:
        story.message(half_seconds * SECOND // 2, sender_id=sender, recipient_id=f"r{number}", event_id=f"m{number:02}")
    ending = story.play()
    left: list[Record] = [command for command in ending.commands if isinstance(command, BlockAccount)]
    wanted: Counter[int] = Counter()
    for _, (_, half_seconds) in shuffled:
        wanted[(START_MS + half_seconds * SECOND // 2) // length] += 1
    assert len(left) == sum(min(count, at_most) for count in wanted.values())
    for window in wanted:
        causes = sorted(
            (decision.at_ms, decision.cause_event_id, OVER_LIMIT in decision.reasons)
            for decision in ending.decisions
            if decision.at_ms // length == window
        )
        assert [is_over for *_, is_over in causes] == [place >= at_most for place in range(len(causes))]
