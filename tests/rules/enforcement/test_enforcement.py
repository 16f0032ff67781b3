"""Log-only actions and delayed commands (C-27, C-28)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from operators.commands import action_of
from operators.enforcement.delay import DELAY_SHARDS, delay_ms, delay_shard, departure_times
from operators.enforcement.enforced_operator import LOG_ONLY
from operators.policy.action import Action, Operation
from operators.policy.friendship_age import FriendshipAgePolicy
from operators.policy.model import Enforcement, Limit, Policy
from schemas.records import (
    AddMember,
    AnswerVia,
    AskLookalike,
    BlockAccount,
    CancelPrompt,
    Channel,
    CloseEventGroup,
    CreateEventGroup,
    ExitSession,
    ManageMember,
    PromptToJoin,
    RequestVerification,
    Warn,
    WarnChannel,
)
from state.stores.memory import MemoryStore
from tests.support.incident_story import IncidentStory
from tests.support.portraits import Portraits
from tests.support.story import DAY, HOUR, MINUTE, SECOND, START_MS, Story, StoryResult, rules
from tests.support.streams import policy as short_policy
from tests.support.streams import stories

FIRST = Operation(block=True, exit_session=True, warn=(WarnChannel.IN_APP, WarnChannel.PLATFORM))


def enforcing(*, first: Operation = FIRST, limits: tuple[Limit, ...] = (), **keys: Any) -> Policy:
    policy = rules(alert_platform="line")
    bands = (replace(policy.friendship_age.bands[0], operation=first), *policy.friendship_age.bands[1:])
    section = replace(policy.friendship_age, bands=bands)
    return replace(policy, friendship_age=section, enforcement=Enforcement(**keys), limits=limits)


def log_only(*actions: Action, **keys: Any) -> Policy:
    return enforcing(log_only=frozenset(actions), **keys)


def one_message(policy: Policy) -> StoryResult:
    return Story(policy).friends_for(HOUR).message().play()


def delays(ending: StoryResult) -> dict[str, int]:
    """Return when each command left, relative to its message."""
    return {command_name(command): command.at_ms - START_MS for command in ending.commands}


def command_name(command: Any) -> str:
    return f"{type(command).__name__} {getattr(command, 'channel', '')}".strip()


def test_log_only_action_is_decided_without_a_command__c_28() -> None:
    ending = one_message(log_only(Action.BLOCK))
    (decision,) = ending.decisions
    assert LOG_ONLY in decision.reasons
    assert decision.actions == ("WARN", "EXIT_SESSION", "BLOCK")
    assert set(delays(ending)) == {"ExitSession", "Warn IN_APP", "Warn PLATFORM"}


def test_with_all_actions_log_only_no_command_is_emitted__c_28() -> None:
    ending = one_message(log_only(*Action))
    assert (ending.commands, ending.outcomes) == ([], ["FIRST_OPERATION"])


def test_decision_without_a_log_only_action_lacks_the_reason__c_28() -> None:
    ending = one_message(log_only(Action.BAN, Action.VERIFY))
    assert LOG_ONLY not in ending.decisions[0].reasons
    assert len(ending.commands) == 4


def test_state_follows_the_decision_of_a_log_only_command__c_28() -> None:
    ending = Story(log_only(Action.BLOCK)).friends_for(HOUR).message().message(SECOND).play()
    assert ending.outcomes == ["FIRST_OPERATION", "ALREADY_BLOCKED"]


def test_log_only_commands_do_not_count_towards_a_limit__c_26() -> None:
    ending = one_message(log_only(Action.BLOCK, limits=(Limit(Action.BLOCK, 0, HOUR),)))
    assert "OVER_LIMIT" not in ending.decisions[0].reasons
    assert set(delays(ending)) == {"ExitSession", "Warn IN_APP", "Warn PLATFORM"}


def test_log_only_verification_is_not_requested_and_times_out__c_28() -> None:
    ending = Story(log_only(Action.VERIFY)).friends_for(100 * DAY).message().play()
    assert ending.outcomes == ["VERIFY", "UNVERIFIED"]
    assert LOG_ONLY in ending.decisions[0].reasons
    assert list(delays(ending)) == ["Warn IN_APP"]


def test_open_item_is_enforced_by_the_version_that_it_began_with__c_19() -> None:
    story = Story(enforcing()).friends_for(100 * DAY).message()
    story.published(MINUTE, "enforcement: {log_only: [WARN, BLOCK]}")
    answered = story.answered(2 * MINUTE, genuine=False, via=AnswerVia.FIRST_APP).play()
    assert answered.outcomes[-1] == "NOT_GENUINE"
    assert LOG_ONLY not in answered.decisions[-1].reasons
    assert answered.command_names(answered.decisions[-1]) == ["BlockAccount", "Warn IN_APP"]


def test_disabled_capability_decides_nothing_and_keeps_state__c_28() -> None:
    story = Story(rules(enabled=False)).friends_for(HOUR).message()
    story.published(MINUTE, "friendship_age: {enabled: true}")
    ending = story.message(MINUTE).play()
    assert ending.timed == [(MINUTE, "FIRST_OPERATION")]


def test_commands_are_delayed_except_those_about_the_current_message__c_27() -> None:
    policy = enforcing(delay_at_most_ms=HOUR)
    ending = one_message(policy)
    (decision,) = ending.decisions
    waits = delay_ms(decision.decision_id, HOUR)
    assert 0 < waits <= HOUR
    assert delays(ending) == {"ExitSession": 0, "Warn IN_APP": 0, "BlockAccount": waits, "Warn PLATFORM": waits}
    assert decision.at_ms == START_MS, "the decision itself does not wait"


def test_delayed_command_is_emitted_at_its_time__c_27() -> None:
    policy = enforcing(delay_at_most_ms=HOUR, first=Operation(block=True))
    story = Story(policy).friends_for(HOUR).message()
    waits = delays(story.play())["BlockAccount"]

    def seen_after(at: int) -> int:
        quiet = Story(policy).friends_for(HOUR).message().message(at + policy.common.out_of_order_ms, "hello")
        _, outputs = quiet._run(MemoryStore())
        return sum(topic == "commands" for topic, _, _ in outputs)

    assert (seen_after(waits), seen_after(waits + 1)) == (0, 1)


def test_a_delayed_command_is_otherwise_the_same__c_11() -> None:
    free, late = one_message(enforcing()), one_message(enforcing(delay_at_most_ms=HOUR))
    assert {structs.replace(command, at_ms=0) for command in free.commands} == {
        structs.replace(command, at_ms=0) for command in late.commands
    }


@pytest.mark.parametrize("limits", [(), (Limit(Action.VERIFY, 9, DAY),)], ids=["waiting", "counted"])
def test_delayed_verification_keeps_half_of_the_time_to_answer__c_27(limits: tuple[Limit, ...]) -> None:
    policy = enforcing(delay_at_most_ms=HOUR, limits=limits)
    story = Story(policy).friends_for(100 * DAY).message()
    ending = story.play()
    (asked,) = (decision for decision in ending.decisions if decision.outcome == "VERIFY")
    waits = delay_ms(asked.decision_id, policy.friendship_age.verification_timeout_ms // 2)
    assert delays(ending)["RequestVerification TEXT"] == waits
    assert 0 < waits <= 5 * MINUTE
    answered = story.answered(waits, genuine=False, via=AnswerVia.FIRST_APP).play()
    assert sorted(answered.outcomes) == ["NOT_GENUINE", "VERIFY"]


def test_delayed_question_to_a_friend_keeps_half_of_the_time_to_answer__c_27() -> None:
    policy = replace(
        Policy(),
        friendship_age=replace(FriendshipAgePolicy(), gate_timeout_ms=MINUTE),
        enforcement=Enforcement(delay_at_most_ms=HOUR),
    )
    ending = lookalike(policy).play()
    (asked,) = [command for command in ending.commands if isinstance(command, AskLookalike)]
    decided = next(decision for decision in ending.decisions if decision.outcome == "ASKED")
    assert asked.at_ms - decided.at_ms == delay_ms(decided.decision_id, MINUTE // 2)


@given(
    st.text(max_size=8),
    st.integers(0, 2 * HOUR),
    st.lists(st.sampled_from(["verify", "block", "exit", "line", "warn"]), max_size=5),
)
def test_delayed_commands_of_one_decision_have_one_time__c_27(decision_id: str, at_most: int, names: list[str]) -> None:
    ids = {"command_id": "c", "decision_id": decision_id, "at_ms": START_MS, "account_id": "bob"}
    warning = {"about_id": "alice", "destination": None, "report": ""}
    kinds: dict[str, Any] = {
        "verify": RequestVerification(
            **ids, verification_id="v", about_id="alice", app="a", alternate_id=None, channel=Channel.TEXT
        ),
        "block": BlockAccount(**ids, blocked_id="alice"),
        "exit": ExitSession(**ids, other_id="alice"),
        "line": Warn(**ids, **warning, channel=WarnChannel.PLATFORM),
        "warn": Warn(**ids, **warning, channel=WarnChannel.IN_APP),
    }
    policy = enforcing(delay_at_most_ms=at_most)
    departures = list(departure_times([kinds[name] for name in names], "friendship-age", policy))
    assert [command for command, _ in departures] == [kinds[name] for name in names]
    waiting = {at_ms for command, at_ms in departures if command not in (kinds["exit"], kinds["warn"])}
    assert len(waiting) <= 1
    asks = "verify" in names
    for command, at_ms in departures:
        waits = at_ms - START_MS
        assert 0 <= waits <= (min(at_most, 5 * MINUTE) if asks else at_most)
        assert waits == 0 or at_ms in waiting, command


def test_event_group_commands_are_not_delayed__c_27() -> None:
    free, late = (accident(replace(Policy(), enforcement=Enforcement(delay_at_most_ms=at))) for at in (0, HOUR))
    assert {type(command) for command in free} == {
        CreateEventGroup,
        PromptToJoin,
        AddMember,
        CancelPrompt,
        CloseEventGroup,
        ManageMember,
    }
    assert late == free


def accident(policy: Policy) -> list[Any]:
    """Return the commands about an incident that one account joins, leaves and joins, and one does not respond to."""
    story = IncidentStory(policy).located("near").located("silent").created().joined("near", at=MINUTE)
    story.joined("near", at=MINUTE + 1, accepted=False).joined("near", at=MINUTE + 2)
    return story.closed(2 * MINUTE).play_in_order().commands


def lookalike(policy: Policy) -> Portraits:
    """Return a story with a friend request of a stranger who looks like a friend."""
    picture = bytes(range(8))
    story = (
        Portraits(policy).befriends("bob", "mother", 0).profile("mother", DAY, nickname="Mother", avatar_hash=picture)
    )
    return story.profile("alice", DAY, nickname="Mother", avatar_hash=picture).requests(
        2 * DAY, who="alice", target="bob"
    )


@given(st.text(), st.integers(0, 10**12))
def test_delay_is_derived_from_the_decision_and_bounded__c_27(decision_id: str, at_most: int) -> None:
    assert 0 <= delay_ms(decision_id, at_most) <= at_most
    assert delay_ms(decision_id, at_most) == delay_ms(decision_id, at_most)
    assert delay_ms(decision_id, 0) == 0


def test_delays_reach_both_ends_and_decisions_every_shard() -> None:
    assert {delay_ms(str(number), 3) for number in range(200)} == {0, 1, 2, 3}
    assert {delay_shard(str(number)) for number in range(500)} == set(DELAY_SHARDS)


def test_limited_commands_are_delayed_too__c_26__c_27() -> None:
    limits = (Limit(Action.BLOCK, 1, DAY),)
    ending = one_message(enforcing(delay_at_most_ms=HOUR, limits=limits))
    waits = delay_ms(ending.decisions[0].decision_id, HOUR)
    assert delays(ending) == {"ExitSession": 0, "Warn IN_APP": 0, "BlockAccount": waits, "Warn PLATFORM": waits}


@pytest.mark.parametrize("limits", [(), (Limit(Action.BLOCK, 9, DAY),)], ids=["waiting", "counted"])
@pytest.mark.parametrize("erased", ["alice", "bob"])
def test_delayed_command_is_dropped_when_a_named_account_is_erased__c_18(
    erased: str, limits: tuple[Limit, ...]
) -> None:
    story = Story(enforcing(delay_at_most_ms=HOUR, limits=limits)).friends_for(HOUR).message()
    ending = story.erased(erased, 1).play()
    assert set(delays(ending)) == {"ExitSession", "Warn IN_APP"}
    other = Story(story.policy).friends_for(HOUR).message().erased("somebody", 1).play()
    assert len(other.commands) == 4


def test_stored_delayed_commands_contain_no_message_text__c_14() -> None:
    story = Story(enforcing(delay_at_most_ms=HOUR)).friends_for(HOUR).message()
    rows = [value for row, value in story.message(3 * SECOND, "hello").stored_rows() if b"delayed" in row]
    assert rows
    assert not [row for row in rows if b"make the payment" in row]


@given(stories())
def test_log_only_action_never_has_a_command__c_28(events: list[Any]) -> None:
    chosen = frozenset({Action.WARN, Action.VERIFY})
    policy = replace(short_policy(), enforcement=Enforcement(log_only=chosen))
    story = Story(policy)
    story.events = events
    ending = story.play()
    assert not {action_of(command) for command in ending.commands} & chosen
    for decision in ending.decisions:
        assert (LOG_ONLY in decision.reasons) == bool({action.name for action in chosen} & set(decision.actions))


@given(stories())
def test_unreached_limits_and_delays_lose_no_command(events: list[Any]) -> None:
    free, bound = Story(short_policy()), Story(replace(short_policy(), limits=(Limit(Action.WARN, 10**6, HOUR),)))
    free.events = bound.events = events
    one, other = free.play(), bound.play()
    assert {decision.decision_id for decision in one.decisions} == {each.decision_id for each in other.decisions}
    assert sorted(map(repr, one.commands)) == sorted(map(repr, other.commands))
