"""When is a picture common? More than so many have shown it for so long; here more than two, for a day (AI-18)."""

from typing import Any

import pytest

from operators.accounts.profile import MAX_COMMON_PICTURES
from state.catalog.accounts import PROFILE
from state.pseudonym import pseudonym_of
from state.stores.store import prefix_of
from tests.support.portraits import H0, H7, NONE, K, Portraits, family, findings, gate, outcomes, rules
from tests.support.story import DAY, HOUR, START_MS, evidence

MESSAGE = 20 * DAY
FEW = {"popular_above": 2}


def crowded(*crowd: str, at: int = 5 * DAY, picture: bytes = H0, **changes: Any) -> Portraits:
    """S and M show H0, and so do these."""
    story = family(rules(**(FEW | changes))).avatar("S", H0, 10 * DAY)
    for who in crowd:
        story.avatar(who, picture, at)
    return story


def reasons(story: Portraits) -> list[bool]:
    """Of every finding whether it says that a picture became common."""
    return ["HASH_BECAME_COMMON" in decision.reasons for decision in findings(story.play())]


def test_what_is_common_stays_so_when_people_leave__ai_18() -> None:
    story = crowded("a").avatar("a", K, 12 * DAY).avatar("M", K, 12 * DAY).writes(MESSAGE)
    assert reasons(story) == [True]


def test_who_leaves_before_it_is_common_does_not_count__ai_18() -> None:
    story = crowded("a", "b").avatar("a", K, 6 * DAY - 1).avatar("b", K, 6 * DAY - 1).writes(MESSAGE)
    assert outcomes(story.play()) == ["RISK_USER"]


def test_who_leaves_puts_it_off_until_others_have_shown_it_for_as_long__ai_18() -> None:
    story = crowded("a", "b").avatar("a", K, 6 * DAY - 1).avatar("b", K, 6 * DAY - 1).avatar("c", H0, 18 * DAY)
    assert reasons(story.writes(19 * DAY - 1).writes(MESSAGE + 1, sender="S", recipient="R")) == [False, True]


def test_a_picture_uploaded_again_has_been_shown_all_the_time__ai_18() -> None:
    story = crowded("a").avatar("a", H0, MESSAGE - HOUR).writes(MESSAGE)
    assert reasons(story) == [True]


def test_who_comes_to_a_common_picture_is_told_at_once__ai_18() -> None:
    story = crowded("a", "b").avatar("T", H0, 19 * DAY).writes(MESSAGE, sender="T")
    assert [decision.outcome for decision in findings(story.play(), "T")] == ["REVIEW"]


@pytest.mark.parametrize("event_id", ["a", "z"])
@pytest.mark.parametrize("at", [11 * DAY, MESSAGE - HOUR])
def test_it_is_common_for_who_takes_it_from_that_millisecond_on__ai_18_c_2(
    at: int,
    event_id: str,
) -> None:
    story = crowded("a").avatar("T", H7, 9 * DAY).avatar("T", H0, at, event_id=event_id)
    assert outcomes(story.writes(at, sender="T").writes(MESSAGE, sender="T").play(), "T") == ["REVIEW"]


@pytest.mark.parametrize("event_id", ["a", "z"])
def test_a_profile_is_not_compared_by_a_picture_that_is_common__fa_66_ai_18_c_2(event_id: str) -> None:
    story = crowded("a").befriends("R", "T", 9 * DAY).avatar("T", H0, MESSAGE, event_id=event_id)
    assert not findings(story.play(), "T")


@pytest.mark.parametrize("event_id", ["a", "z"])
def test_nor_by_one_that_becomes_so_for_others_at_that_time__fa_66_ai_18_c_2(event_id: str) -> None:
    story = crowded("a").befriends("R", "T", 9 * DAY).avatar("T", H7, 11 * DAY, event_id=event_id)
    assert not findings(story.play(), "T")


def test_of_many_that_are_taken_in_one_millisecond_a_few_are_remembered__ai_18() -> None:
    pictures = [bytes([*H0[:7], number]) for number in range(1, 11)]
    story = Portraits(rules(popular_above=1))
    for at, picture in enumerate(pictures):
        story.avatar(f"a{at}", picture, at).avatar(f"b{at}", picture, at).avatar("T", picture, 10 * DAY)
    rows = story.befriends("x", "y", 11 * DAY).stored_rows()
    place = prefix_of("account", PROFILE.name, pseudonym_of("T"))
    [kept] = [PROFILE.codec.loads(value).common for row, value in rows if row.startswith(place)]
    assert len(kept) == MAX_COMMON_PICTURES
    assert {bytes.fromhex(picture): since_ms for picture, since_ms in kept.items()}.items() <= {
        picture: START_MS + DAY + at for at, picture in enumerate(pictures)
    }.items()


def test_either_picture_may_be_the_common_one__ai_18() -> None:
    story = crowded("a", "b").avatar("S", H7, 15 * DAY).writes(MESSAGE)
    assert reasons(story) == [True]
    assert evidence(findings(story.play())[0])["lookalike_avatar"]["hash"] == H0.hex()


def test_the_policy_can_say_that_it_is_not_common_any_more__ai_18() -> None:
    assert outcomes(crowded("a", "b", not_common=frozenset({H0})).writes(MESSAGE).play()) == ["RISK_USER"]


def test_another_lookalike_is_told_though_one_is_suppressed__ai_18_ai_22() -> None:
    story = crowded("a", "b").avatar("S", H7, 15 * DAY).befriends("R", "D", 3 * DAY).avatar("D", H7, 4 * DAY)
    [decision] = [found for found in findings(story.writes(MESSAGE).play()) if "PROFILE_DRIFT" not in found.reasons]
    assert (decision.outcome, evidence(decision)["lookalike"], evidence(decision)["candidates"]) == (
        "RISK_USER",
        "D",
        1,
    )


def test_an_erased_account_shows_nothing__ai_18_c_18() -> None:
    story = crowded("a", "b").erased("a", 6 * DAY - 1).erased("b", 6 * DAY - 1).writes(MESSAGE)
    assert outcomes(story.play()) == ["RISK_USER"]


def test_a_common_avatar_is_left_out_of_the_gates_comparison__fa_57_ai_18() -> None:
    story = crowded("a", "b").profile("S", 11 * DAY, nickname="abcd").profile("M", 11 * DAY, nickname="abcX")
    [decision] = [found for found in story.requests(MESSAGE).play().decisions if found.rule == "friend-gate"]
    assert evidence(decision)["best"]["parts"] == {"nickname": "3/4"}
    assert gate(story.play()) == [(MESSAGE, "ACCEPTED")]


def test_people_are_told_once_whoever_is_suppressed__ai_18() -> None:
    story = crowded("a", "b").befriends("Q", "M", 0).writes(MESSAGE).writes(MESSAGE + 1, sender="a", recipient="Q")
    ending = story.play()
    assert len([found for found in ending.decisions if "HASH_BECAME_COMMON" in found.reasons]) == 1
    assert ending.counts["popular-picture.common-picture"] == 1
    assert ending.counts["relationship.common-picture"] == 2


def test_a_policy_that_asks_for_fewer_holds_from_the_next_who_comes__ai_18_c_19() -> None:
    story = crowded("a", "b", popular_above=50)
    document = "version: v2\navatar_impersonation: {popular_above: 2}\n"
    story.published(12 * DAY, document).avatar("c", H0, 13 * DAY).writes(MESSAGE)
    assert reasons(story) == [True]


@pytest.mark.parametrize(("left", "expected"), [(11 * DAY - 1, "ASKED"), (11 * DAY, "ACCEPTED")])
def test_friends_are_compared_afresh_by_what_is_common_by_then__fa_63_ai_18(left: int, expected: str) -> None:
    story = family(rules(**FEW, gate={"gate_ask_at_most": 1})).avatar("S", H0, 10 * DAY)
    story.profile("T", 1, nickname="abcd", avatar_hash=H0).profile("M", 2 * DAY, nickname="abcX")
    story.befriends("R", "x", 2).profile("x", 3, nickname="abcd").requests(11 * DAY - HOUR, who="T")
    assert (left, expected) in gate(story.unfriends("R", "x", left).play())


def test_an_earlier_avatar_that_becomes_common_later_says_nothing_either__ai_18_ai_19() -> None:
    story = family(rules(**FEW)).avatar("M", K, 12 * DAY).avatar("S", H7, 13 * DAY)
    for place, who in enumerate("abc"):
        story.avatar(who, H0, 15 * DAY + place)
    assert reasons(story.writes(15 * DAY).writes(16 * DAY + 2)) == [False, True]


def earlier_holders(story: Portraits, at: int) -> list[bytes]:
    """The rows that say who has shown a picture before."""
    rows = story.befriends("x", "y", at).stored_rows()
    return [row for row, _ in rows if prefix_of("popularity", "earlier-holders") in row]


def test_who_showed_it_before_is_remembered_as_long_as_that_counts__ai_19() -> None:
    story = family(rules(**FEW, previous_for_ms=10 * DAY)).avatar("M", K, 12 * DAY)
    assert len(earlier_holders(story, 22 * DAY)) == 1
    assert not earlier_holders(story, 22 * DAY + 2 * HOUR)


def test_as_many_are_remembered_as_count__ai_19() -> None:
    story = family(rules(**FEW, previous_avatars=2)).avatar("M", H7, 12 * DAY).avatar("M", K, 13 * DAY)
    assert len(earlier_holders(story, 14 * DAY)) == 2
    assert len(earlier_holders(story.avatar("M", H0, 15 * DAY), 16 * DAY)) == 2
    assert len(earlier_holders(story.avatar("M", NONE, 17 * DAY), 18 * DAY)) == 2
    assert not earlier_holders(family(rules(**FEW, previous_avatars=0)).avatar("M", H7, 12 * DAY), 14 * DAY)


@pytest.mark.parametrize("erased", [12 * DAY + 1, 11 * DAY])
def test_of_an_erased_account_no_earlier_avatar_is_remembered__c_18(erased: int) -> None:
    story = family(rules(**FEW)).avatar("M", K, 12 * DAY).befriends("x", "y", 13 * DAY).keep_order_from_now_on()
    assert not earlier_holders(story.erased("M", erased), 14 * DAY)


@pytest.mark.parametrize(("listed", "expected"), [(K, [True]), (H7, [])])
def test_nobody_is_told_of_what_would_be_no_finding_in_any_case__ai_18_ai_17(
    listed: bytes, expected: list[bool]
) -> None:
    story = crowded("a", "b", "c", default_hashes=frozenset({listed}), previous_avatars=0).avatar("M", H7, 9 * DAY)
    assert reasons(story.writes(MESSAGE)) == expected
