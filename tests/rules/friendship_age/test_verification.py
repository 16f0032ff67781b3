"""Verification of the sender's person: request, answers, deadline, late window (FA-39 to FA-50)."""

import pytest

from operators.policy.action import Operation
from schemas.records import AnswerVia, WarnChannel
from tests.support.story import DAY, Story, evidence, rules

FIRST, ALTERNATE = AnswerVia.FIRST_APP, AnswerVia.ALTERNATE_APP
TIMEOUT, LATE_END = 600_000, 4_200_000
LENIENT = rules(second_operation=Operation(exit_session=True))
Timed = list[tuple[int, str]]


def old_friends(policy: object = None) -> Story:
    """Return a story in which a verification through another application is requested at 0."""
    return Story(policy).friends_for(30 * DAY).linked().message()  # type: ignore[arg-type]


def after_verify(story: Story) -> Timed:
    first, *others = story.play().timed
    assert first == (0, "VERIFY")
    return others


@pytest.mark.parametrize(
    ("at", "timed"),
    [
        pytest.param(TIMEOUT, [(TIMEOUT, "GENUINE")], id="FA-V26"),
        pytest.param(TIMEOUT + 1, [(TIMEOUT, "UNVERIFIED"), (TIMEOUT + 1, "GENUINE")], id="FA-V28"),
        pytest.param(LATE_END, [(TIMEOUT, "UNVERIFIED"), (LATE_END, "GENUINE")], id="FA-V29 honoured"),
        pytest.param(LATE_END + 1, [(TIMEOUT, "UNVERIFIED")], id="FA-V29 counted only"),
    ],
)
def test_when_a_genuine_answer_counts__fa_40_fa_46_fa_e13(at: int, timed: Timed) -> None:
    assert after_verify(old_friends().answered(at, genuine=True)) == timed


@pytest.mark.parametrize("at", [1_000, TIMEOUT, TIMEOUT + 1, LATE_END])
def test_not_genuine_leads_to_the_second_operation_in_time_and_within_the_late_window__fa_41_fa_46(at: int) -> None:
    ending = old_friends().answered(at, genuine=False).play()
    assert ending.timed[-1] == (at, "NOT_GENUINE")
    assert ending.command_names(ending.decisions[-1]) == ["BlockAccount", "Warn IN_APP"]


def test_not_genuine_after_the_late_window_is_only_counted__fa_46() -> None:
    assert after_verify(old_friends().answered(LATE_END + 1, genuine=False)) == [(TIMEOUT, "UNVERIFIED")]


def test_no_answer_warns_the_recipient_and_blocks_nobody__fa_v27_fa_41_fa_e12_c_24() -> None:
    ending = old_friends().play()
    assert ending.timed == [(0, "VERIFY"), (TIMEOUT, "UNVERIFIED")]
    assert ending.command_names(ending.decisions[1]) == ["Warn IN_APP"]


def test_no_answer_warns_in_the_app_whatever_the_operations__fa_41() -> None:
    everywhere = Operation(block=True, warn=(WarnChannel.NUMBER, WarnChannel.PLATFORM))
    ending = old_friends(rules(second_operation=everywhere, alert_number="110", alert_platform="cert")).play()
    assert ending.command_names(ending.decisions[1]) == ["Warn IN_APP"]


def test_genuine_through_the_first_app_is_ignored__fa_v30_fa_43_fa_e14() -> None:
    ending = old_friends().answered(1_000, genuine=True, via=FIRST).play()
    assert ending.timed == [(0, "VERIFY"), (TIMEOUT, "UNVERIFIED")]
    assert ending.counts["relationship.unbelieved-answer"] == 1


def test_not_genuine_through_the_first_app_counts_at_once__fa_v31_fa_43_fa_e14() -> None:
    assert after_verify(old_friends().answered(1_000, genuine=False, via=FIRST)) == [(1_000, "NOT_GENUINE")]


def test_answer_after_an_ignored_one_counts__fa_43() -> None:
    story = old_friends().answered(1_000, genuine=True, via=FIRST).answered(2_000, genuine=True)
    assert after_verify(story) == [(2_000, "GENUINE")]


def test_further_messages_attach_and_the_last_decision_lists_them__fa_v32_fa_39_fa_e11() -> None:
    ending = Story().friends_for(30 * DAY).linked().message(event_id="m1").message(300_000, event_id="m2").play()
    assert ending.timed == [(0, "VERIFY"), (300_000, "ATTACHED"), (TIMEOUT, "UNVERIFIED")]
    assert ending.command_names(ending.decisions[1]) == []
    shown = evidence(ending.decisions[2])
    assert (shown["attached"], shown["attached_count"]) == (["m1", "m2"], 2)


def test_an_attached_message_shows_the_verification_and_how_many_there_are__fa_39() -> None:
    ending = old_friends().message(1_000).play()
    shown = evidence(ending.decisions[1])
    assert (shown["verification"]["id"], shown["attached_count"]) == (ending.decisions[0].decision_id, 2)


def test_an_attached_message_does_not_move_the_deadline__fa_39() -> None:
    assert after_verify(old_friends().message(TIMEOUT - 1)) == [(TIMEOUT - 1, "ATTACHED"), (TIMEOUT, "UNVERIFIED")]


def test_a_message_exactly_at_the_deadline_still_attaches__c_3() -> None:
    assert after_verify(old_friends().message(TIMEOUT))[0] == (TIMEOUT, "ATTACHED")


def test_pending_is_one_per_recipient_and_sender__fa_39() -> None:
    story = old_friends().friends_for(30 * DAY).friends(since=-30 * DAY, account_id="carol", at=-1)
    ending = story.message(1_000, recipient_id="carol").play()
    assert ending.timed[:2] == [(0, "VERIFY"), (1_000, "VERIFY")]


def test_genuine_answer_has_no_command_and_is_in_the_evidence__fa_41() -> None:
    ending = old_friends().answered(1_000, genuine=True, event_id="the answer").play()
    assert ending.command_names(ending.decisions[1]) == []
    assert evidence(ending.decisions[1])["answer"] == "the answer"


@pytest.mark.parametrize("at", [1, 500, 1_000])
def test_genuine_counts_only_while_the_account_is_linked__fa_44_fa_e29(at: int) -> None:
    story = Story().friends_for(30 * DAY).linked(at=-9).message().answered(1_000, genuine=True).unlinked(at)
    assert after_verify(story) == [(TIMEOUT, "UNVERIFIED")]


def test_genuine_counts_only_while_the_account_is_verified__fa_44() -> None:
    story = old_friends().linked(at=500, verified=False).answered(1_000, genuine=True)
    assert after_verify(story) == [(TIMEOUT, "UNVERIFIED")]


def test_not_genuine_counts_though_the_account_was_unlinked__fa_43() -> None:
    assert after_verify(old_friends().unlinked(500).answered(1_000, genuine=False)) == [(1_000, "NOT_GENUINE")]


@pytest.mark.parametrize(("link_age", "outcome"), [(0, (1_000, "GENUINE")), (1, (TIMEOUT, "UNVERIFIED"))])
def test_an_account_linked_again_counts_by_its_new_age__fa_44_fa_93(link_age: int, outcome: tuple[int, str]) -> None:
    story = Story(rules(link_age_ms=link_age)).friends_for(30 * DAY).linked().message().unlinked(500).linked(at=600)
    assert after_verify(story.answered(1_000, genuine=True)) == [outcome]


def test_another_account_that_is_unlinked_changes_nothing__fa_44() -> None:
    story = Story().friends_for(30 * DAY).linked("mail").linked("blog", at=-3).message()
    story.unlinked(500, "mail" if story.play().commands[0].app == "blog" else "blog").answered(1_000, genuine=True)
    assert after_verify(story) == [(1_000, "GENUINE")]


def test_an_account_unlinked_in_the_late_window_does_not_count_there__fa_44_fa_46() -> None:
    story = old_friends().unlinked(TIMEOUT + 1).answered(TIMEOUT + 2, genuine=True)
    assert after_verify(story) == [(TIMEOUT, "UNVERIFIED")]


def test_genuine_answer_with_low_trust_is_ignored__fa_38_fa_43() -> None:
    story = Story().friends_for(30 * DAY).message().answered(1_000, genuine=True)
    assert after_verify(story) == [(TIMEOUT, "UNVERIFIED")]


@pytest.mark.parametrize("ids", [{"verification_id": "unknown"}, {"account_id": "carol"}])
def test_an_answer_to_an_unknown_or_anothers_verification_changes_nothing__fa_45(ids: dict[str, str]) -> None:
    ending = old_friends().answered(1_000, genuine=True, **ids).play()
    assert ending.timed == [(0, "VERIFY"), (TIMEOUT, "UNVERIFIED")]
    assert ending.counts["relationship.unknown-answer"] == 1


def test_message_after_unverified_begins_a_new_verification__fa_46() -> None:
    assert after_verify(old_friends().message(TIMEOUT + 1)) == [
        (TIMEOUT, "UNVERIFIED"),
        (TIMEOUT + 1, "VERIFY"),
        (2 * TIMEOUT + 1, "UNVERIFIED"),
    ]


@pytest.mark.parametrize("genuine", [True, False])
def test_a_late_answer_is_only_counted_while_a_newer_verification_is_pending__fa_46(*, genuine: bool) -> None:
    story = old_friends().message(TIMEOUT + 1).answered(TIMEOUT + 2, genuine=genuine, about=0)
    assert after_verify(story)[2:] == [(2 * TIMEOUT + 1, "UNVERIFIED")]


def test_a_late_answer_counts_again_when_the_newer_verification_has_ended__fa_46() -> None:
    story = old_friends().message(TIMEOUT + 1).answered(2 * TIMEOUT + 2, genuine=True, about=0)
    assert after_verify(story)[-1] == (2 * TIMEOUT + 2, "GENUINE")


@pytest.mark.parametrize("at", [TIMEOUT, LATE_END])
def test_not_genuine_after_genuine_counts_within_the_late_window__fa_47(at: int) -> None:
    ending = old_friends().answered(1_000, genuine=True).answered(at, genuine=False).play()
    assert ending.timed[1:] == [(1_000, "GENUINE"), (at, "NOT_GENUINE")]
    assert ending.command_names(ending.decisions[2]) == ["BlockAccount", "Warn IN_APP"]


def test_not_genuine_after_genuine_and_the_late_window_is_counted__fa_47() -> None:
    story = old_friends().answered(1_000, genuine=True).answered(LATE_END + 1, genuine=False)
    assert after_verify(story) == [(1_000, "GENUINE")]


def test_genuine_after_not_genuine_requests_one_review__fa_47() -> None:
    story = old_friends(LENIENT).answered(1_000, genuine=False)
    ending = story.answered(2_000, genuine=True).answered(3_000, genuine=True).play()
    assert ending.timed[1:] == [(1_000, "NOT_GENUINE"), (2_000, "NOT_GENUINE")]
    contradicted = ending.decisions[2]
    assert "CONTRADICTED" in contradicted.reasons
    assert (contradicted.actions, ending.command_names(contradicted)) == (("REVIEW",), ["RequestReview"])


def test_genuine_after_a_block_is_only_counted__fa_47() -> None:
    ending = old_friends().answered(1_000, genuine=False).answered(2_000, genuine=True).play()
    assert ending.timed[1:] == [(1_000, "NOT_GENUINE")]


@pytest.mark.parametrize("genuine", [True, False])
def test_the_same_answer_again_is_only_counted__fa_47(*, genuine: bool) -> None:
    story = old_friends(LENIENT).answered(1_000, genuine=genuine).answered(2_000, genuine=genuine)
    assert len(after_verify(story)) == 1


def test_a_friendship_that_ends_ends_the_verification_without_outcome__fa_50() -> None:
    assert after_verify(old_friends().unfriended(1_000)) == []


def test_a_friendship_taken_off_the_senders_list_only_ends_nothing__fa_50_fa_2() -> None:
    story = old_friends().unfriended(1_000, mutual=False, account_id="alice", friend_id="bob")
    assert after_verify(story) == [(TIMEOUT, "UNVERIFIED")]


@pytest.mark.parametrize(("genuine", "outcome"), [(True, "GENUINE"), (False, "NOT_GENUINE"), (None, "UNVERIFIED")])
def test_a_sender_who_ends_the_friendship_does_not_end_the_verification__fa_50(
    *, genuine: bool | None, outcome: str
) -> None:
    story = old_friends()
    if genuine is not None:
        story.answered(2_000, genuine=genuine)
    story.unfriended(1_000, account_id="alice", friend_id="bob")
    assert after_verify(story) == [(TIMEOUT if genuine is None else 2_000, outcome)]


def test_a_friendship_that_begins_anew_ends_the_verification_of_the_former_one__fa_50() -> None:
    story = old_friends().unfriended(1_000, account_id="alice", friend_id="bob").friends(at=2_000)
    assert after_verify(story) == []


def test_an_answer_after_the_friendship_ended_is_counted__fa_50() -> None:
    story = old_friends().answered(2_000, genuine=False).unfriended(1_000)
    assert after_verify(story) == []


def test_trust_ends_the_verification_without_outcome__fa_50_fa_52() -> None:
    assert after_verify(old_friends().answered(2_000, genuine=False).trusted(1_000)) == []
