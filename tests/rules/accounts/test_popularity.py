"""Common pictures: shown by more than so many accounts for so long; here more than two, for a day (AI-18).

All accounts are established, except where that is what is tested (AI-36).
"""

from typing import Any

import pytest

from operators.accounts.profile import MAX_COMMON_PICTURES
from state.catalog.accounts import PROFILE
from state.pseudonym import pseudonym_of
from state.stores.store import prefix_of
from tests.support.portraits import H0, H7, NONE, K, Portraits, family, findings, gate, outcomes, rules
from tests.support.story import DAY, HOUR, START_MS, evidence

MESSAGE = 20 * DAY
ANYBODY = {"popular_age_ms": 0, "popular_friends": 0}
FEW = {"popular_above": 2, **ANYBODY}


def crowded(*crowd: str, at: int = 5 * DAY, picture: bytes = H0, **changes: Any) -> Portraits:
    """Return a story in which S and M show H0, and this crowd shows `picture`."""
    story = family(rules(**(FEW | changes))).avatar("S", H0, 10 * DAY)
    for who in crowd:
        story.avatar(who, picture, at)
    return story


def followed() -> Portraits:
    """Return a story in which R's friend D takes a picture after those who make it common on day 11, and M drops it."""
    story = crowded("a", "b").avatar("M", K, 2 * DAY)
    return story.befriends("R", "D", 3 * DAY).avatar("D", H0, 10 * DAY + 1)


def reasons(story: Portraits) -> list[bool]:
    """Return, for every finding, whether it has the reason that a picture became common."""
    return ["HASH_BECAME_COMMON" in decision.reasons for decision in findings(story.play())]


def test_common_picture_stays_common_when_holders_leave__ai_18() -> None:
    story = crowded("a").avatar("a", K, 12 * DAY).avatar("M", K, 12 * DAY).writes(MESSAGE)
    assert reasons(story) == [True]


def test_holder_who_leaves_before_the_threshold_does_not_count__ai_18() -> None:
    story = crowded("a", "b").avatar("a", K, 6 * DAY - 1).avatar("b", K, 6 * DAY - 1).writes(MESSAGE)
    assert outcomes(story.play()) == ["RISK_USER"]


def test_leaving_holder_defers_the_due_time__ai_18() -> None:
    story = crowded("a", "b").avatar("a", K, 6 * DAY - 1).avatar("b", K, 6 * DAY - 1).avatar("c", H0, 18 * DAY)
    assert reasons(story.writes(19 * DAY - 1).writes(MESSAGE + 1, sender="S", recipient="R")) == [False, True]


def test_picture_uploaded_again_was_shown_all_the_time__ai_18() -> None:
    story = crowded("a").avatar("a", H0, MESSAGE - HOUR).writes(MESSAGE)
    assert reasons(story) == [True]


def test_new_holder_of_a_common_picture_is_notified_at_once__ai_18() -> None:
    story = crowded("a", "b").avatar("T", H0, 19 * DAY).writes(MESSAGE, sender="T")
    assert [decision.outcome for decision in findings(story.play(), "T")] == ["REVIEW"]


@pytest.mark.parametrize("event_id", ["a", "z"])
@pytest.mark.parametrize("at", [11 * DAY, MESSAGE - HOUR])
def test_picture_is_common_for_new_holders_from_that_millisecond_on__ai_18_c_2(
    at: int,
    event_id: str,
) -> None:
    story = crowded("a").avatar("T", H7, 9 * DAY).avatar("T", H0, at, event_id=event_id)
    assert set(outcomes(story.writes(at, sender="T").writes(MESSAGE, sender="T").play(), "T")) == {"REVIEW"}


@pytest.mark.parametrize("event_id", ["a", "z"])
def test_profile_is_not_compared_by_a_common_picture__fa_66_ai_18_c_2(event_id: str) -> None:
    story = followed().befriends("R", "T", 9 * DAY).avatar("T", H0, MESSAGE, event_id=event_id)
    assert not findings(story.play(), "T")


@pytest.mark.parametrize("event_id", ["a", "z"])
def test_profile_is_not_compared_by_a_picture_that_becomes_common_then__fa_66_ai_18_c_2(event_id: str) -> None:
    story = followed().befriends("R", "T", 9 * DAY).avatar("T", H7, 11 * DAY, event_id=event_id)
    assert not findings(story.play(), "T")


def test_few_common_pictures_of_one_millisecond_are_stored__ai_18() -> None:
    pictures = [bytes([*H0[:7], number]) for number in range(1, 11)]
    story = Portraits(rules(popular_above=1, **ANYBODY))
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


def test_policy_can_stop_a_picture_from_being_common__ai_18() -> None:
    assert outcomes(crowded("a", "b", not_common=frozenset({H0})).writes(MESSAGE).play()) == ["RISK_USER"]


def test_other_lookalike_is_reported_though_one_is_suppressed__ai_18_ai_22() -> None:
    story = crowded("a", "b", at=0).avatar("S", H7, 15 * DAY).befriends("R", "D", 3 * DAY).avatar("D", H7, 4 * DAY)
    [decision] = [found for found in findings(story.writes(MESSAGE).play()) if "PROFILE_DRIFT" not in found.reasons]
    assert (decision.outcome, evidence(decision)["lookalike"], evidence(decision)["candidates"]) == (
        "RISK_USER",
        "D",
        1,
    )


def test_erased_account_shows_no_picture__ai_18_c_18() -> None:
    story = crowded("a", "b").erased("a", 6 * DAY - 1).erased("b", 6 * DAY - 1).writes(MESSAGE)
    assert outcomes(story.play()) == ["RISK_USER"]


def test_common_avatar_is_left_out_of_the_gates_comparison__fa_57_ai_18() -> None:
    story = crowded("a", "b", at=0)
    story.profile("S", 11 * DAY, nickname="abcd").profile("M", 11 * DAY, nickname="abcX")
    [decision] = [found for found in story.requests(MESSAGE).play().decisions if found.rule == "friend-gate"]
    assert evidence(decision)["best"]["parts"] == {"nickname": "3/4"}
    assert gate(story.play()) == [(MESSAGE, "ACCEPTED")]


def test_suppression_is_reported_once__ai_18() -> None:
    story = (
        crowded("a", "b", at=0).befriends("Q", "M", 0).writes(MESSAGE).writes(MESSAGE + 1, sender="a", recipient="Q")
    )
    ending = story.play()
    assert len([found for found in ending.decisions if "HASH_BECAME_COMMON" in found.reasons]) == 1
    assert ending.counts["popular-picture.common-picture"] == 1
    assert ending.counts["relationship.common-picture"] == 2


def test_lower_threshold_applies_from_the_next_holder_on__ai_18_c_19() -> None:
    story = crowded("a", "b", popular_above=50)
    document = "version: v2\navatar_impersonation: {popular_above: 2, popular_age_ms: 0, popular_friends: 0}\n"
    story.published(12 * DAY, document).avatar("c", H0, 13 * DAY).writes(MESSAGE)
    assert reasons(story) == [True]


@pytest.mark.parametrize(("left", "expected"), [(11 * DAY - 1, "ASKED"), (11 * DAY, "ACCEPTED")])
def test_new_comparison_uses_the_pictures_common_by_then__fa_63_ai_18(left: int, expected: str) -> None:
    story = family(rules(**FEW, gate={"gate_ask_at_most": 1})).avatar("S", H0, 10 * DAY - 1)
    story.avatar("M", K, 5 * DAY).avatar("M", H0, 10 * DAY)
    story.profile("T", 1, nickname="abcd", avatar_hash=H0).profile("M", 2 * DAY, nickname="abcX")
    story.befriends("R", "x", 2).profile("x", 3, nickname="abcd").requests(11 * DAY - HOUR, who="T")
    assert (left, expected) in gate(story.unfriends("R", "x", left).play())


def test_earlier_avatar_that_becomes_common_later_does_not_count__ai_18_ai_19() -> None:
    story = family(rules(**FEW)).avatar("M", K, 12 * DAY).avatar("S", H7, 13 * DAY)
    for place, who in enumerate("abc"):
        story.avatar(who, H0, 15 * DAY + place)
    assert reasons(story.writes(15 * DAY).writes(16 * DAY + 2)) == [False, True]


def earlier_holders(story: Portraits, at: int) -> list[bytes]:
    """Return the stored rows of earlier holders of a picture."""
    rows = story.befriends("x", "y", at).stored_rows()
    return [row for row, _ in rows if prefix_of("popularity", "earlier-holders") in row]


def test_earlier_holder_is_stored_as_long_as_it_counts__ai_19() -> None:
    story = family(rules(**FEW, previous_for_ms=10 * DAY)).avatar("M", K, 12 * DAY)
    assert len(earlier_holders(story, 22 * DAY)) == 1
    assert not earlier_holders(story, 22 * DAY + 2 * HOUR)


def test_as_many_earlier_avatars_are_stored_as_count__ai_19() -> None:
    story = family(rules(**FEW, previous_avatars=2)).avatar("M", H7, 12 * DAY).avatar("M", K, 13 * DAY)
    assert len(earlier_holders(story, 14 * DAY)) == 2
    assert len(earlier_holders(story.avatar("M", H0, 15 * DAY), 16 * DAY)) == 2
    assert len(earlier_holders(story.avatar("M", NONE, 17 * DAY), 18 * DAY)) == 2
    assert not earlier_holders(family(rules(**FEW, previous_avatars=0)).avatar("M", H7, 12 * DAY), 14 * DAY)


@pytest.mark.parametrize("erased", [12 * DAY + 1, 11 * DAY])
def test_no_earlier_avatar_of_an_erased_account_is_stored__c_18(erased: int) -> None:
    story = family(rules(**FEW)).avatar("M", K, 12 * DAY).befriends("x", "y", 13 * DAY).keep_order_from_now_on()
    assert not earlier_holders(story.erased("M", erased), 14 * DAY)


def test_no_common_picture_of_an_erased_account_is_stored__c_18() -> None:
    story = crowded("a", "b").profile("M", 15 * DAY, nickname="New").befriends("x", "y", 16 * DAY)
    rows = story.keep_order_from_now_on().erased("M", 14 * DAY).befriends("x", "z", 17 * DAY).stored_rows()
    place = prefix_of("account", PROFILE.name, pseudonym_of("M"))
    [left] = [PROFILE.codec.loads(value) for row, value in rows if row.startswith(place)]
    assert (left.nickname, left.common, left.pictures) == ("new", {}, ())


@pytest.mark.parametrize(("listed", "expected"), [(K, [True]), (H7, [])])
def test_suppression_of_what_is_no_finding_is_not_reported__ai_18_ai_17(listed: bytes, expected: list[bool]) -> None:
    story = crowded("a", "b", "c", default_hashes=frozenset({listed}), previous_avatars=0).avatar("M", H7, 9 * DAY)
    assert reasons(story.writes(MESSAGE)) == expected
