"""Deterministic ids: the same input gives the same ids, wherever and however often it runs (C-10, C-11)."""

import pytest

from operators.ids import identify, timer_cause
from tests.support.group_story import GroupStory, cases, forest_policy
from tests.support.story import DAY, START_MS, Story


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            ("friendship-age", "alice", "bob", "", "", "evt-1", "v1"), "01b155642952ff0d747d839010bfd476", id="C-V1"
        ),
        pytest.param(
            ("01b155642952ff0d747d839010bfd476", "Warn", "bob", "IN_APP"), "dacf78bd25546b28e01acb534ab00ddc", id="C-V2"
        ),
        pytest.param(("risk-window", "alice", "600000"), "c8a3105eebe1b3513f2446b74df08dba", id="C-V3"),
        pytest.param(("event-group", "inc-1"), "c20ed5c86a8654816b03dc9be1249ccd", id="C-V4"),
    ],
)
def test_an_id_is_a_prefix_of_the_hash_of_its_parts__c_10(parts: tuple[str, ...], expected: str) -> None:
    assert identify(*parts) == expected


def test_an_absent_part_counts_as_an_empty_one__c_10() -> None:
    assert identify("friendship-age", "alice", None) == identify("friendship-age", "alice", "")


def test_a_decision_is_identified_by_rule_accounts_cause_and_policy__c_10() -> None:
    [decision] = Story().friends_for(0).message(event_id="m1").play().decisions
    assert decision.decision_id == identify("friendship-age", "alice", "bob", "", "", "m1", "default")
    assert decision.cause_event_id == "m1"


def test_a_timers_decision_is_caused_by_the_event_that_set_it__c_10_fa_40() -> None:
    decision = Story().friends_for(30 * DAY).message(event_id="m1").play().decisions[1]
    assert decision.cause_event_id == timer_cause("m1", "verification") == "m1:verification"
    assert decision.decision_id == identify("verification", "alice", "bob", "", "", "m1:verification", "default")


def test_a_command_is_identified_by_decision_type_addressee_and_channel__c_11() -> None:
    ending = Story().friends_for(0).message().play()
    [decision] = ending.decisions
    leave, warn = ending.commands
    assert leave.command_id == identify(decision.decision_id, "ExitSession", "bob")
    assert warn.command_id == identify(decision.decision_id, "Warn", "bob", "IN_APP")


def test_a_verification_has_the_id_of_the_decision_that_asked__c_11() -> None:
    ending = Story().friends_for(30 * DAY).linked().message().play()
    assert ending.commands[0].verification_id == ending.decisions[0].decision_id


def test_a_window_is_identified_by_subject_and_start__c_11() -> None:
    [window] = Story().friends_for(0).message().play().windows
    start_ms = START_MS // 600_000 * 600_000
    assert window.window_start_ms == start_ms
    assert window.window_id == identify("risk-window", "alice", str(start_ms))


def test_a_message_delivered_twice_is_evaluated_once__c_12() -> None:
    story = Story().friends_for(0).message(event_id="m1").message(event_id="m1")
    assert story.play().outcomes == ["FIRST_OPERATION"]


def test_a_message_repeated_after_deduplication_expired_gives_the_same_ids__c_12() -> None:
    story = Story().friends_for(0).message(event_id="m1").message(9 * DAY, event_id="m2").message(event_id="m1")
    first, again = (decision for decision in story.play().decisions if decision.cause_event_id == "m1")
    assert (first.decision_id, first.reasons) == (again.decision_id, ("keyword",))
    assert again.reasons == ("LATE", "keyword")


def test_a_story_played_twice_gives_the_same_result__c_10() -> None:
    story = Story().friends_for(30 * DAY).linked().message().message(300_000)
    assert story.play().outputs == story.play().outputs


def test_the_ban_on_rejoining_has_the_id_of_any_command__c_11_if_27() -> None:
    story = GroupStory(forest_policy(ban_on_rejoin=True)).chain("R", "A", "B").leaves("A", 5).posts("B", 10)
    ending = story.joins("A", "R", DAY).play()
    [ban] = [command for command in ending.commands if command.account_id == "A"]
    assert ban.command_id == identify(cases(ending)[0].decision_id, "ManageMember", "A", "BAN")
