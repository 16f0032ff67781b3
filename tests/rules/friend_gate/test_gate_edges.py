"""Edge cases of the friend gate: friends who leave, joined requests, denials, known accounts, disabled gate."""

import pytest

from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from schemas.records import AcceptFriend, AskLookalike, RefuseFriend
from schemas.validation import Malformed
from tests.support.portraits import H0, H7, Portraits, alike, findings, gate, outcomes, rules
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, StoryResult, evidence

REQUEST = 5 * DAY


def asked(ending: StoryResult) -> list[str]:
    return [command.lookalike_id for command in ending.commands if isinstance(command, AskLookalike)]


def test_account_confirmed_by_a_friend_is_not_flagged__fa_e18_fa_61() -> None:
    story = alike("M").avatar("M", H0, 4).avatar("S", H7, 4).aliased(REQUEST).writes(REQUEST + HOUR)
    assert gate(story.play())[-1][1] == "ACCEPTED"
    assert not findings(story.play())


VERIFYING = {"bands": bands_between(0, 0, Operation(block=True), Operation(block=True))}


@pytest.mark.parametrize(
    ("later", "yes", "outcome"),
    [
        pytest.param(MINUTE, True, "REFUSED_EXPIRED", id="yes while pending"),
        pytest.param(HOUR, True, "ACCEPTED", id="yes after it"),
        pytest.param(MINUTE, False, "REFUSED_DENIED", id="no while pending"),
    ],
)
def test_a_friend_who_is_being_verified_is_not_believed__fa_59_fa_43(later: int, *, yes: bool, outcome: str) -> None:
    story = alike("x", **VERIFYING).requests(REQUEST).writes(REQUEST + MINUTE, sender="x")
    story.answers_lookalike("x", REQUEST + MINUTE + later, yes=yes).requests(REQUEST + 2 * DAY, "q2")
    ending = story.play()
    assert [found for _, found in gate(ending)][:2] == ["ASKED", outcome]
    assert ending.counts.get("relationship.unbelieved-answer", 0) == (outcome == "REFUSED_EXPIRED")
    if outcome == "REFUSED_EXPIRED":
        assert gate(ending)[2] == (REQUEST + 2 * DAY, "ASKED")


def test_a_friend_who_is_not_genuine_is_not_believed__fa_59_fa_49() -> None:
    story = alike("x", **VERIFYING, second_operation=Operation(exit_session=True)).writes(REQUEST - DAY, sender="x")
    story.answered(REQUEST - DAY + 1, genuine=False, account_id="R").requests(REQUEST)
    ending = story.answers_lookalike("x", REQUEST + HOUR, yes=True).play()
    assert "NOT_GENUINE" in ending.outcomes
    assert [found for _, found in gate(ending)] == ["ASKED", "REFUSED_EXPIRED"]


def test_link_holds_in_both_directions_and_for_all_recipients__fa_61_ai_8() -> None:
    story = alike("M").avatar("M", H0, 4).avatar("S", H7, 4).befriends("Q", "M", 4).aliased(REQUEST)
    story.befriends("R", "S", REQUEST + HOUR).writes(REQUEST + DAY, recipient="Q")
    ending = story.writes(REQUEST + DAY, sender="M").play()
    assert not outcomes(ending)
    assert not outcomes(ending, "M")


def test_a_denial_is_a_risk_reason__fa_e19_fa_61_c_6() -> None:
    ending = alike("x").requests(REQUEST).answers_lookalike("x", REQUEST + HOUR, yes=False).play()
    [window] = ending.windows
    assert (window.subject_id, window.outcome, window.reasons) == ("S", "REFUSE", ("denied",))


def test_requester_may_try_again_after_no_answer__fa_e20_c_23() -> None:
    ending = alike("x").requests(REQUEST).requests(REQUEST + 2 * DAY, "q2").play()
    assert [outcome for _, outcome in gate(ending)] == ["ASKED", "REFUSED_EXPIRED", "ASKED", "REFUSED_EXPIRED"]
    refused = [command for command in ending.commands if isinstance(command, RefuseFriend)]
    assert [(command.request_id, command.reason) for command in refused] == [
        ("q1", "REFUSED_EXPIRED"),
        ("q2", "REFUSED_EXPIRED"),
    ]


def test_three_most_similar_lookalikes_are_asked__fa_e21_fa_58_fa_53() -> None:
    story = alike("a", "b", "d", "e").profile("c", 3, nickname="Mothers").befriends("R", "c", 2)
    ending = story.requests(REQUEST).play()
    assert asked(ending) == ["a", "b", "d"]
    [decision] = [found for found in ending.decisions if found.outcome == "ASKED"]
    shown = evidence(decision)["asked"]
    assert evidence(decision)["compared"] == 5
    assert [(each["lookalike"], each["exact"]) for each in shown] == [("a", "1"), ("b", "1"), ("d", "1")]


@pytest.mark.parametrize(
    ("yes", "expected"),
    [pytest.param(True, "ACCEPTED", id="the one left said yes"), pytest.param(False, "REFUSED_DENIED", id="no")],
)
def test_unfriended_lookalike_is_removed_with_the_answer__fa_e22_fa_63(*, yes: bool, expected: str) -> None:
    story = (
        alike("x", "y")
        .requests(REQUEST)
        .answers_lookalike("y", REQUEST + 1, yes=yes)
        .unfriends("R", "x", REQUEST + HOUR)
    )
    assert gate(story.play()) == [(REQUEST, "ASKED"), (REQUEST + HOUR, expected)]


def test_an_answer_given_before_leaving_does_not_count__fa_63() -> None:
    story = (
        alike("x", "y")
        .requests(REQUEST)
        .answers_lookalike("x", REQUEST + 1, yes=False)
        .unfriends("R", "x", REQUEST + HOUR)
    )
    ending = story.answers_lookalike("y", REQUEST + 2 * HOUR, yes=True).play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + 2 * HOUR, "ACCEPTED")]


def test_with_no_lookalike_left_current_friends_are_compared_again__fa_e22_fa_63() -> None:
    story = alike("x").requests(REQUEST).unfriends("R", "x", REQUEST + HOUR)
    assert gate(story.play()) == [(REQUEST, "ASKED"), (REQUEST + HOUR, "ACCEPTED")]
    story = alike("x").profile("y", 3, nickname="Mother").requests(REQUEST).befriends("R", "y", REQUEST + 1)
    ending = story.unfriends("R", "x", REQUEST + HOUR).answers_lookalike("y", REQUEST + 2 * HOUR, yes=True).play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + HOUR, "ASKED"), (REQUEST + 2 * HOUR, "ACCEPTED")]
    assert asked(ending) == ["x", "y"]


def test_deadline_stays_when_others_are_asked__fa_63_fa_59() -> None:
    story = alike("x").profile("y", 3, nickname="Mother").requests(REQUEST).befriends("R", "y", REQUEST + 1)
    ending = story.unfriends("R", "x", REQUEST + HOUR).play()
    assert gate(ending)[-1] == (REQUEST + DAY, "REFUSED_EXPIRED")


def test_friend_blocked_while_asked_is_removed__fa_e22_fa_63() -> None:
    bands = bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation(block=True))
    story = alike("x", bands=bands).requests(REQUEST).writes(REQUEST + HOUR, sender="x")
    ending = story.play()
    assert [outcome for _, outcome in gate(ending)] == ["ASKED", "ACCEPTED"]
    assert gate(ending)[-1][0] == REQUEST + HOUR


def test_a_late_block_takes_the_friend_out_of_a_newer_request__fa_63_c_4() -> None:
    bands = bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation(block=True))
    story = alike("x", bands=bands).requests(REQUEST).writes(REQUEST + 2 * HOUR, HARMLESS, sender="y")
    story.keep_order_from_now_on().writes(REQUEST - HOUR, sender="x")
    assert [outcome for _, outcome in gate(story.play())] == ["ASKED", "ACCEPTED"]


def test_without_friends_there_is_nothing_to_compare__fa_e24() -> None:
    ending = Portraits().profile("S", 1, nickname="Mother").requests(REQUEST).play()
    assert gate(ending) == [(REQUEST, "ACCEPTED")]
    assert evidence(ending.decisions[0])["compared"] == 0
    [accepted] = ending.commands
    assert isinstance(accepted, AcceptFriend)
    assert (accepted.request_id, accepted.account_id, accepted.requester_id) == ("q1", "R", "S")


def test_exactly_the_threshold_is_not_similar__fa_e23() -> None:
    story = Portraits().profile("S", 1, nickname="abcde" * 4).befriends("R", "x", 2)
    ending = story.profile("x", 3, nickname="abcde" * 3 + "ab???"[:2]).requests(REQUEST).play()
    assert evidence(ending.decisions[0])["best"]["exact"] == "17/20"
    assert gate(ending) == [(REQUEST, "ACCEPTED")]


def test_friend_is_not_asked_about_a_known_own_account__fa_58() -> None:
    ending = alike("M").befriends("T", "M", 3).aliased(REQUEST).requests(REQUEST + DAY, "q2", target="T").play()
    assert [outcome for _, outcome in gate(ending)] == ["ASKED", "ACCEPTED", "ACCEPTED"]
    assert evidence(ending.decisions[-1])["compared"] == 0


def test_friends_of_unknown_profile_are_counted__fa_58() -> None:
    ending = alike("x").befriends("R", "silent", 3).requests(REQUEST).play()
    shown = evidence(ending.decisions[0])
    assert (shown["compared"], shown["not_comparable"]) == (1, 1)


@pytest.mark.parametrize(("later", "expected"), [(30 * DAY - 1, "REFUSED_DENIED"), (30 * DAY, "ASKED")])
def test_denial_counts_for_thirty_days__fa_62(later: int, expected: str) -> None:
    story = alike("x").requests(REQUEST).answers_lookalike("x", REQUEST + HOUR, yes=False)
    ending = story.requests(REQUEST + HOUR + later, "q2").play()
    assert gate(ending)[2] == (REQUEST + HOUR + later, expected)


def test_a_denial_counts_only_while_the_two_look_alike__fa_62() -> None:
    story = alike("x").requests(REQUEST).answers_lookalike("x", REQUEST + HOUR, yes=False)
    story.profile("S", REQUEST + DAY, nickname="Gardener").requests(REQUEST + 2 * DAY, "q2")
    assert gate(story.play())[-1] == (REQUEST + 2 * DAY, "ACCEPTED")


def test_a_denial_and_another_friends_confirmation_contradict_each_other__fa_62_fa_60() -> None:
    story = alike("x").requests(REQUEST).answers_lookalike("x", REQUEST + HOUR, yes=False)
    story.profile("y", 4, nickname="Mother").befriends("R", "y", REQUEST + DAY).requests(REQUEST + 2 * DAY, "q2")
    ending = story.answers_lookalike("y", REQUEST + 2 * DAY + 1, yes=True, request="q2").play()
    assert gate(ending)[-1] == (REQUEST + 2 * DAY + 1, "REFUSED_CONFLICT")
    assert asked(ending) == ["x", "y"]


def test_the_requesters_profile_is_that_of_the_requests_time__fa_64() -> None:
    story = alike("x").profile("S", REQUEST + 1, nickname="Gardener").requests(REQUEST)
    assert gate(story.play())[0] == (REQUEST, "ASKED")


def test_an_unknown_profile_counts_as_empty__fa_64_fa_66() -> None:
    story = Portraits().befriends("R", "x", 2).profile("x", 3, nickname="Mother").requests(REQUEST)
    [decision] = story.play().decisions
    assert (decision.outcome, decision.reasons) == ("ACCEPTED", ("profile_unknown",))
    story.befriends("R", "S", REQUEST + 1).profile("S", REQUEST + DAY, nickname="Mother")
    assert outcomes(story.play()) == ["REVIEW"]


def test_a_second_request_joins_the_first_and_gets_its_result__fa_65() -> None:
    story = (
        alike("x").requests(REQUEST).requests(REQUEST + HOUR, "q2").answers_lookalike("x", REQUEST + 2 * HOUR, yes=True)
    )
    ending = story.play()
    assert [outcome for _, outcome in gate(ending)] == ["ASKED", "ACCEPTED"]
    accepted = [command for command in ending.commands if isinstance(command, AcceptFriend)]
    assert [command.request_id for command in accepted] == ["q1", "q2"]
    assert len({command.command_id for command in accepted}) == 2


def test_existing_friend_is_accepted_without_comparison__fa_65() -> None:
    ending = alike("x").befriends("R", "S", 4).requests(REQUEST).play()
    assert gate(ending) == [(REQUEST, "ACCEPTED")]
    assert "compared" not in evidence(ending.decisions[0]) or evidence(ending.decisions[0])["compared"] == 0


def test_blocked_requester_is_refused__fa_65() -> None:
    bands = bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation())
    story = Portraits(rules(gate={"bands": bands})).befriends("R", "S", 0).writes(MINUTE).requests(REQUEST)
    ending = story.play()
    decision = ending.decisions[-1]
    assert (decision.rule, decision.outcome, decision.reasons) == (
        "friend-gate",
        "REFUSED_DENIED",
        ("ALREADY_BLOCKED",),
    )
    assert [command.reason for command in ending.commands_of(decision)] == ["ALREADY_BLOCKED"]


def test_request_to_oneself_is_invalid__fa_65_c_16() -> None:
    with pytest.raises(Malformed, match="the same"):
        Portraits().requests(REQUEST, who="R").play()


@pytest.mark.parametrize("switch", ["gate_enabled", "enabled"])
def test_disabled_gate_emits_nothing_and_keeps_state__c_28(switch: str) -> None:
    assert not alike("x", **{switch: False}).requests(REQUEST).play().decisions


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("ＭＯＴＨＥＲ", "mother"), ("妈媽", "媽妈"), ("M.o-t_h e r", "mother"), ("Mo\u200bther", "MOTHER")],
)
def test_nicknames_are_compared_normalised__fa_57_fa_11(mine: str, theirs: str) -> None:
    story = Portraits().profile("S", 1, nickname=mine).befriends("R", "x", 2).profile("x", 3, nickname=theirs)
    assert gate(story.requests(REQUEST).play())[0][1] == "ASKED"


def test_insignificant_pictures_are_left_out__fa_57_ai_17() -> None:
    story = Portraits(rules(default_hashes=frozenset({H0}))).befriends("R", "x", 2)
    story.profile("S", 1, nickname="abcd", avatar_hash=H0).profile("x", 3, nickname="abcX", avatar_hash=H0)
    [decision] = story.requests(REQUEST).play().decisions
    assert evidence(decision)["best"] == {
        "lookalike": "x",
        "similarity": 0.75,
        "exact": "3/4",
        "parts": {"nickname": "3/4"},
    }


def test_unknown_answer_changes_nothing_and_is_counted() -> None:
    story = alike("x", "far").requests(REQUEST).answers_lookalike("x", REQUEST + 1, yes=True, request="other")
    story.answers_lookalike("nobody", REQUEST + 2, yes=True)
    ending = story.play()
    assert gate(ending)[-1] == (REQUEST + DAY, "REFUSED_EXPIRED")
    assert ending.counts["relationship.unknown-answer"] == 2


def test_first_of_two_answers_of_a_friend_counts__fa_59() -> None:
    story = (
        alike("x", "y")
        .requests(REQUEST)
        .answers_lookalike("x", REQUEST + 1, yes=True)
        .answers_lookalike("x", REQUEST + 2, yes=False)
    )
    ending = story.play()
    assert gate(ending)[-1] == (REQUEST + DAY, "ACCEPTED")
    assert ending.counts["gate.repeated-answer"] == 1


def test_no_output_contains_a_nickname__c_14() -> None:
    story = (
        alike("x", "y")
        .requests(REQUEST)
        .answers_lookalike("x", REQUEST + 1, yes=True)
        .befriends("R", "S", REQUEST + DAY)
    )
    ending = story.profile("S", REQUEST + 2 * DAY, signature="so what").play()
    assert not [output for output in ending.outputs if "mother" in repr(output).lower()]
