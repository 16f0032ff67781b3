"""Worked examples of avatar impersonation. The review band ends at 0.875; R's friends are M (H0) and C (K)."""

from fractions import Fraction

import pytest

from operators.policy.avatar_impersonation import RelationKind
from tests.support.portraits import (
    H0,
    H7,
    H8,
    H10,
    H11,
    NOT_K,
    K,
    Z,
    family,
    findings,
    outcomes,
    rules,
    stolen,
)
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, evidence

MESSAGE = 20 * DAY


def test_a_sender_who_looks_like_a_friend_is_a_risk__ai_v1_ai_1() -> None:
    ending = stolen(H7).writes(MESSAGE).play()
    [decision] = findings(ending)
    assert (decision.outcome, decision.other_id) == ("RISK_USER", "R")
    found = evidence(decision)
    assert (found["lookalike"], found["candidates"]) == ("M", 1)
    assert found["hash"] == {"kind": "phash", "version": "1", "distance": 7, "similarity": 0.890625, "quality": None}
    assert ending.command_names(decision) == ["Warn IN_APP", "RequestReview"]
    assert ending.commands[0].account_id == "R"


def test_without_a_keyword_nothing_is_compared__ai_v2() -> None:
    assert not stolen(H7).writes(MESSAGE, HARMLESS).play().decisions


@pytest.mark.parametrize(
    ("picture", "similarity"),
    [pytest.param(H8, 0.875, id="AI-V3"), pytest.param(H10, 0.84375, id="AI-V4")],
)
def test_within_the_review_band_a_review_is_requested__ai_v3_ai_v4_ai_e10(picture: bytes, similarity: float) -> None:
    ending = stolen(picture).writes(MESSAGE).play()
    [decision] = findings(ending)
    assert (decision.outcome, "NEAR_THRESHOLD" in decision.reasons) == ("REVIEW", True)
    assert evidence(decision)["hash"]["similarity"] == similarity
    assert ending.command_names(decision) == ["RequestReview"]


def test_one_bit_more_is_not_similar__ai_v5_ai_6() -> None:
    assert not stolen(H11).writes(MESSAGE).play().decisions


def test_exactly_the_threshold_is_not_similar__ai_v6_ai_e15() -> None:
    assert not stolen(H10, rules(threshold=Fraction(54, 64))).writes(MESSAGE).play().decisions


def test_without_a_review_band_every_similar_picture_is_strong__ai_v7() -> None:
    policy = rules(threshold=Fraction(54, 64), review_up_to=Fraction(54, 64))
    assert outcomes(stolen(H8, policy).writes(MESSAGE).play()) == ["RISK_USER"]


def test_accounts_unrelated_to_the_recipient_are_not_compared__ai_v8_ai_6_ai_16() -> None:
    story = family().unfriends("R", "M", 5 * DAY).avatar("S", H7, 10 * DAY).befriends("X", "M", 11 * DAY)
    assert not story.writes(MESSAGE).play().decisions


def test_an_account_of_the_same_person_is_no_lookalike__ai_v9_ai_e8() -> None:
    assert not findings(stolen(H7).aliased(15 * DAY).writes(MESSAGE).play())


def test_low_information_pictures_do_not_count__ai_v10() -> None:
    ending = family().avatar("M", Z, 3 * DAY).avatar("S", Z, 10 * DAY).writes(MESSAGE).play()
    assert not findings(ending)
    assert ending.counts["relationship.low-information"] == 1


def test_excluded_pictures_do_not_count__ai_v11() -> None:
    ending = stolen(H0, rules(default_hashes=frozenset({H0}))).writes(MESSAGE).play()
    assert not findings(ending)
    assert ending.counts["relationship.default-picture"] == 1


def test_a_picture_that_the_friend_has_replaced_counts__ai_v12_ai_e4() -> None:
    [decision] = findings(stolen(H0).avatar("M", K, 12 * DAY).writes(MESSAGE).play())
    assert (decision.outcome, "PREVIOUS_AVATAR" in decision.reasons) == ("RISK_USER", True)
    assert evidence(decision)["lookalike_avatar"]["previous"] is True
    assert evidence(decision)["tags"] == ["PREVIOUS_AVATAR"]


@pytest.mark.parametrize(("late", "expected"), [(0, ["RISK_USER"]), (1, [])])
def test_a_replaced_picture_counts_for_180_days__ai_v13(late: int, expected: list[str]) -> None:
    story = stolen(H0).avatar("M", K, 12 * DAY).writes(192 * DAY + late)
    assert outcomes(story.play()) == expected


def test_the_senders_picture_is_that_of_the_messages_time__ai_v14_ai_e3() -> None:
    story = family().avatar("S", NOT_K, 3 * DAY).avatar("S", H7, 10 * DAY)
    assert not findings(story.writes(9 * DAY).play())
    assert outcomes(story.writes(10 * DAY).play()) == ["RISK_USER"]


def test_a_friend_who_was_removed_before_does_not_count__ai_v15_ai_e17() -> None:
    assert not findings(stolen(H7).unfriends("R", "M", 15 * DAY).writes(MESSAGE).play())


def test_a_friend_added_after_the_message_does_not_count__ai_v16_ai_e16() -> None:
    story = family().unfriends("R", "M", 3 * DAY).avatar("S", H7, 10 * DAY).befriends("R", "M", 21 * DAY)
    assert not findings(story.writes(MESSAGE).play())


def test_the_order_is_unknown_if_the_sender_had_the_picture_first__ai_v17_ai_e9_ai_20() -> None:
    story = family().befriends("R", "S", -5 * DAY).avatar("S", H7, -3 * DAY).writes(MESSAGE)
    [decision] = findings(story.play())
    assert (decision.outcome, "ORDER_UNKNOWN" in decision.reasons) == ("REVIEW", True)


def test_an_old_friend_with_a_newer_picture_is_a_risk__ai_v18_ai_20() -> None:
    decisions = findings(stolen(H7).befriends("R", "S", -5 * DAY).writes(MESSAGE).play())
    assert [decision.outcome for decision in decisions if "PROFILE_DRIFT" not in decision.reasons] == ["RISK_USER"]


def test_the_friend_is_no_lookalike_of_herself__ai_v19_ai_e1() -> None:
    assert not findings(family().writes(MESSAGE, sender="M").play(), "M")


def test_of_several_lookalikes_the_nearest_is_reported_and_all_are_counted__ai_v20_ai_e7() -> None:
    story = family().avatar("D", H7, 3 * DAY - 1).befriends("R", "D", 3 * DAY).avatar("S", H0, 10 * DAY)
    [decision] = findings(story.writes(MESSAGE).play())
    found = evidence(decision)
    assert (decision.outcome, found["lookalike"], found["hash"]["distance"], found["candidates"]) == (
        "RISK_USER",
        "M",
        0,
        2,
    )


def test_a_copy_of_the_recipient_is_reported_only_if_configured__ai_v21() -> None:
    def story(*, wanted: bool) -> list[tuple[str, tuple[str, ...]]]:
        told = family(rules(report_copies_of_recipient=wanted)).avatar("R", H0, 3 * DAY).avatar("M", K, 4 * DAY)
        told = told.unfriends("R", "M", 5 * DAY).avatar("S", H0, 10 * DAY).writes(MESSAGE)
        return [(decision.outcome, decision.reasons) for decision in findings(told.play())]

    assert story(wanted=False) == []
    assert story(wanted=True) == [("REVIEW", ("COPIES_RECIPIENT", "keyword"))]


def test_a_finding_is_reported_once_a_day__ai_v22() -> None:
    story = stolen(H7).writes(MESSAGE).writes(MESSAGE + HOUR)
    ending = story.play()
    assert outcomes(ending) == ["RISK_USER"]
    assert ending.counts["impersonation.repeated-finding"] == 1
    assert outcomes(story.writes(MESSAGE + DAY).play()) == ["RISK_USER", "RISK_USER"]


def test_a_new_picture_makes_a_new_finding_at_once__ai_v23_ai_e5() -> None:
    story = stolen(H7).writes(MESSAGE).writes(MESSAGE + MINUTE).avatar("S", H8, MESSAGE + HOUR)
    assert outcomes(story.writes(MESSAGE + 2 * HOUR).play()) == ["RISK_USER", "REVIEW"]


ANYBODY = rules(popular_age_ms=0, popular_friends=0)


@pytest.mark.parametrize(
    ("holders", "youngest", "expected"),
    [
        pytest.param(50, DAY, [("RISK_USER", False)], id="AI-V24 not common"),
        pytest.param(51, DAY, [("REVIEW", True)], id="AI-V24 common"),
        pytest.param(51, DAY - 1, [("RISK_USER", False)], id="AI-V25"),
    ],
)
def test_a_picture_shown_by_more_than_fifty_for_a_day_is_common__ai_v24_ai_v25_ai_e20(
    holders: int, youngest: int, expected: list[tuple[str, bool]]
) -> None:
    story = stolen(H0, ANYBODY)
    for number in range(holders - 3):  # M and S hold it, too
        story.avatar(f"x{number}", H0, 11 * DAY)
    story.avatar("last", H0, MESSAGE - youngest)
    decisions = findings(story.writes(MESSAGE).play())
    assert [(found.outcome, "HASH_BECAME_COMMON" in found.reasons) for found in decisions] == expected


def test_a_contact_who_took_a_common_picture_is_reviewed_once__ai_v27_ai_e2() -> None:
    story = stolen(H0, ANYBODY).befriends("Q", "M", 3 * DAY)
    for number in range(51):
        story.avatar(f"x{number}", H0, 0)
    story.writes(MESSAGE).writes(MESSAGE + 2 * DAY).writes(MESSAGE + 3 * DAY, recipient="Q")
    [decision] = findings(story.play())
    assert (decision.outcome, decision.at_ms - findings(story.play())[0].at_ms) == ("REVIEW", 0)
    assert story.play().counts["popular-picture.common-picture"] == 2


def test_address_book_contacts_count_if_configured__ai_v26() -> None:
    def story(*kinds: RelationKind) -> list[str]:
        told = family(rules(relation_kinds=frozenset(kinds))).unfriends("R", "M", 3 * DAY).contact("R", "M", 4 * DAY)
        return outcomes(told.avatar("S", H7, 10 * DAY).writes(MESSAGE).play())

    assert story(RelationKind.FRIEND) == []
    assert story(RelationKind.FRIEND, RelationKind.ADDRESS_BOOK) == ["RISK_USER"]
