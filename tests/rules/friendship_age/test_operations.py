"""Commands of operations: block, end the conversation, warn, in any combination (FA-25 to FA-33)."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.policy.file import InvalidPolicy, parse
from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from operators.policy.model import Policy
from schemas.records import BlockAccount, ExitSession, RequestReview, Warn, WarnChannel
from tests.support.story import DAY, MINUTE, START_MS, SUSPICIOUS, Story, rules

IN_APP, NUMBER, PLATFORM = WarnChannel.IN_APP, WarnChannel.NUMBER, WarnChannel.PLATFORM
CHANNELS = tuple(WarnChannel)
ALL_WARNINGS = [(), *(subset for size in (1, 2, 3) for subset in combinations(CHANNELS, size))]


def first(operation: Operation, **keys: str) -> Policy:
    return rules(bands=bands_between(3 * DAY, 30 * DAY, operation, Operation()), **keys)


def warnings(policy: Policy, number: str | None = None) -> list[tuple[str, str | None]]:
    story = Story(policy).friends_for(0)
    if number is not None:
        story.alert_number(number)
    return [(warn.channel, warn.destination) for warn in story.message().play().commands]


@pytest.mark.parametrize("block", [True, False])
@pytest.mark.parametrize("leave", [True, False])
@pytest.mark.parametrize("warn", ALL_WARNINGS)
def test_all_commands_of_an_operation_have_one_decision__fa_25_fa_33(
    *, block: bool, leave: bool, warn: tuple[WarnChannel, ...]
) -> None:
    policy = first(Operation(block=block, exit_session=leave, warn=warn), alert_number="110", alert_platform="cert")
    ending = Story(policy).friends_for(0).message().play()
    [decision] = ending.decisions
    expected = ["BlockAccount"] * block + ["ExitSession"] * leave + [f"Warn {channel}" for channel in warn]
    assert ending.command_names(decision) == expected
    assert {command.at_ms for command in ending.commands} <= {decision.at_ms}


def test_the_first_operation_ends_the_conversation_and_warns_in_the_app__fa_25() -> None:
    ending = Story().friends_for(0).message().play()
    assert ending.command_names(ending.decisions[0]) == ["ExitSession", "Warn IN_APP"]
    assert ending.decisions[0].actions == ("WARN", "EXIT_SESSION")


def test_the_middle_operation_only_warns_in_the_app__fa_24_fa_e1() -> None:
    ending = Story().friends_for(3 * DAY).message().play()
    assert ending.command_names(ending.decisions[0]) == ["Warn IN_APP"]


@pytest.mark.parametrize("empty", ["{}", "[]", "null"])
def test_an_empty_first_operation_is_an_invalid_policy__fa_25(empty: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse(f"friendship_age: {{first_operation: {empty}}}")


def test_block_is_in_force_from_the_decision_on__fa_27() -> None:
    ending = Story(first(Operation(block=True))).friends_for(0).message().message(1).play()
    assert ending.outcomes == ["FIRST_OPERATION", "ALREADY_BLOCKED"]
    [block] = ending.commands
    assert (type(block), block.account_id, block.blocked_id) == (BlockAccount, "bob", "alice")


@pytest.mark.parametrize("forbid", [True, False])
def test_a_conversation_ends_on_the_recipients_side__fa_28(*, forbid: bool) -> None:
    [leave] = Story(first(Operation(exit_session=True, forbid=forbid))).friends_for(0).message().play().commands
    assert isinstance(leave, ExitSession)
    assert (leave.account_id, leave.other_id, leave.forbid) == ("bob", "alice", forbid)


def test_recipients_number_precedes_the_policys__fa_30() -> None:
    assert warnings(first(Operation(warn=(NUMBER,)), alert_number="110"), "555") == [("NUMBER", "555")]


def test_without_recipients_number_the_policys_is_used__fa_30() -> None:
    assert warnings(first(Operation(warn=(NUMBER,)), alert_number="110")) == [("NUMBER", "110")]


def test_without_any_number_the_warning_goes_into_the_app__fa_30() -> None:
    assert warnings(first(Operation(warn=(NUMBER,)))) == [("IN_APP", None)]


def test_removed_number_is_not_used__fa_30() -> None:
    story = Story(first(Operation(warn=(NUMBER,)), alert_number="110")).friends_for(0)
    [warn] = story.alert_number("555", at=-9).alert_number(None, at=-8).message().play().commands
    assert warn.destination == "110"


def test_senders_number_is_not_used__fa_30() -> None:
    story = Story(first(Operation(warn=(NUMBER,)))).friends_for(0).alert_number("666", account_id="alice")
    assert [warn.channel for warn in story.message().play().commands] == ["IN_APP"]


def test_number_is_that_of_the_messages_time__fa_30_c_2() -> None:
    story = Story(first(Operation(warn=(NUMBER,)))).friends_for(0).message().message(MINUTE)
    story.alert_number("555", at=MINUTE)
    assert [warn.destination for warn in story.play().commands] == [None, "555"]


def test_warnings_that_fall_back_to_the_app_are_merged__fa_30() -> None:
    assert warnings(first(Operation(warn=(IN_APP, NUMBER, PLATFORM)))) == [("IN_APP", None)]


def test_a_report_goes_to_the_policys_platform__fa_29() -> None:
    assert warnings(first(Operation(warn=(PLATFORM,)), alert_platform="cert")) == [("PLATFORM", "cert")]


def test_a_report_names_the_sender_the_decision_and_the_reasons_and_no_text__fa_31() -> None:
    ending = Story(first(Operation(warn=(PLATFORM,)), alert_platform="cert")).friends_for(0).message().play()
    [decision], [warn] = ending.decisions, ending.commands
    for part in ("alice", "suspected of fraud", decision.decision_id, "keyword"):
        assert part in warn.report
    assert SUSPICIOUS not in warn.report
    assert "payment" not in warn.report


@settings(max_examples=60)
@given(
    age=st.sampled_from([0, 3 * DAY - 1, 3 * DAY, 30 * DAY - 1, 30 * DAY, -1]),
    answers=st.lists(st.tuples(st.sampled_from([1, 600_000, 600_001, 4_200_000]), st.booleans()), max_size=2),
    later=st.lists(st.sampled_from([2, MINUTE, 700_000, DAY]), max_size=4),
)
def test_no_command_is_addressed_to_the_sender__fa_32(
    age: int, answers: list[tuple[int, bool]], later: list[int]
) -> None:
    everything = Operation(block=False, exit_session=True, warn=CHANNELS)
    story = Story(rules(second_operation=everything)).friends_for(age).linked().message()
    for at in later:
        story.message(at)
    for at, genuine in answers if age >= 30 * DAY else ():
        story.answered(at, genuine=genuine)
    for command in story.play().commands:
        addressee = command.subject_id if isinstance(command, RequestReview) else command.account_id
        assert isinstance(command, RequestReview) or addressee == "bob"
        if isinstance(command, Warn):
            assert command.about_id == "alice"


def test_commands_do_not_wait_for_a_window__c_5() -> None:
    ending = Story().friends_for(0).message().play()
    topics = [topic for topic, _, _ in ending.outputs]
    assert topics == ["decisions", "commands", "commands", "risk-windows"]
    assert {command.at_ms for command in ending.commands} == {START_MS}
