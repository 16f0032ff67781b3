"""Established accounts, whose pictures alone make a crowd, and pictures shown before the crowd (AI-36, AI-37)."""

from __future__ import annotations

import pytest

from tests.support.portraits import H0, H7, NOT_K, Portraits, findings, gate, outcomes, rules, stolen
from tests.support.story import DAY, HARMLESS, HOUR, evidence

MESSAGE = 60 * DAY
CROWD = tuple(f"x{number}" for number in range(3))
SOME = {"popular_above": 2, "popular_age_ms": 30 * DAY, "popular_friends": 2}


def crowd(
    picture: bytes = H0, *, shown: int = 45 * DAY, known: int = 11 * DAY, friends: int = 2, **changes: int
) -> Portraits:
    """Return a story in which S copies M's picture on day 10, and three more accounts show `picture`."""
    story = stolen(H0, rules(**(SOME | changes)))
    for who in CROWD:
        story.profile(who, known, nickname=who)
        for number in range(friends):
            story.befriends(f"friend-{number}", who, known + 1)
        story.avatar(who, picture, shown)
    return story


def told(story: Portraits) -> list[tuple[str, bool]]:
    return [(found.outcome, "HASH_BECAME_COMMON" in found.reasons) for found in findings(story.play())]


def test_fifty_one_new_accounts_hide_no_thief__ai_36_ai_v28_ai_e20() -> None:
    story = stolen(H0)
    for number in range(51):
        story.avatar(f"x{number}", H0, 11 * DAY)
    assert told(story.writes(20 * DAY)) == [("RISK_USER", False)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, [("REVIEW", True)], id="established"),
        pytest.param({"friends": 1}, [("RISK_USER", False)], id="too few friends"),
        pytest.param({"known": 29 * DAY, "shown": 29 * DAY + 2}, [("REVIEW", True)], id="30 d old a day before"),
        pytest.param({"known": 29 * DAY + 1, "shown": 29 * DAY + 2}, [("RISK_USER", False)], id="a ms younger"),
        pytest.param({"shown": MESSAGE - DAY}, [("REVIEW", True)], id="shown for a day"),
        pytest.param({"shown": MESSAGE - DAY + 1}, [("RISK_USER", False)], id="a ms less"),
    ],
)
def test_only_established_accounts_make_a_picture_common__ai_36(
    changed: dict[str, int], expected: list[tuple[str, bool]]
) -> None:
    assert told(crowd(**changed).writes(MESSAGE)) == expected


def test_a_friendship_tells_how_long_an_account_exists__ai_36() -> None:
    story = stolen(H0, rules(**(SOME | {"popular_friends": 1})))
    for who in CROWD:
        story.befriends("friend", who, 50 * DAY, since=11 * DAY).avatar(who, H0, 50 * DAY)
    assert told(story.writes(MESSAGE)) == [("REVIEW", True)]


def test_friends_on_the_accounts_own_list_alone_do_not_count__ai_36() -> None:
    story = crowd(friends=0)
    for who in CROWD:
        story.befriends(who, "a", 12 * DAY, mutual=False).befriends(who, "b", 12 * DAY, mutual=False)
    assert told(story.writes(MESSAGE)) == [("RISK_USER", False)]


@pytest.mark.parametrize(
    ("age", "expected"), [("45d", [("REVIEW", True)]), ("50d", [("RISK_USER", False)])], ids=["45 days", "50 days"]
)
def test_an_account_that_waits_becomes_established_by_the_age_of_a_new_policy__ai_36_c_19(
    age: str, expected: list[tuple[str, bool]]
) -> None:
    document = f"version: v2\navatar_impersonation: {{popular_above: 2, popular_age: {age}, popular_friends: 2}}\n"
    story = crowd(shown=13 * DAY).published(40 * DAY, document)
    assert told(story.writes(MESSAGE)) == expected


def test_an_erased_account_begins_anew__ai_36_c_18() -> None:
    story = crowd(shown=13 * DAY)
    for who in CROWD:
        story.erased(who, 20 * DAY).avatar(who, H0, 45 * DAY)
    assert told(story.writes(MESSAGE)) == [("RISK_USER", False)]


def test_a_late_erasure_removes_who_was_counted_after_it__ai_36_c_18() -> None:
    story = crowd(shown=13 * DAY, popular_above=9).writes(50 * DAY, HARMLESS).writes(50 * DAY + HOUR, HARMLESS)
    counted = [row for row, value in story.stored_rows() if b"holders" in row and b"x0" in row]
    assert len(counted) == 2  # the picture's and the name's
    story.keep_order_from_now_on().erased("x0", 20 * DAY)
    assert not [row for row, _ in story.stored_rows() if b"holders" in row and b"x0" in row]


def test_a_contact_who_had_the_picture_before_the_crowd_is_reviewed_each_time__ai_37() -> None:
    story = crowd().writes(MESSAGE).writes(MESSAGE + 2 * DAY)
    assert told(story) == [("REVIEW", True)] * 2
    assert "common" in {condition["name"] for condition in evidence(findings(story.play())[0])["conditions"]}


def test_a_contact_who_took_a_common_picture_is_not_compared_by_it__ai_37() -> None:
    story = crowd().befriends("Q", "D", DAY).avatar("D", H0, 50 * DAY).avatar("T", H0, 51 * DAY)
    story.writes(MESSAGE, sender="T", recipient="Q").writes(MESSAGE + 2 * DAY, sender="T", recipient="Q")
    decisions = findings(story.play(), "T")
    assert [(found.outcome, "HASH_BECAME_COMMON" in found.reasons) for found in decisions] == [("REVIEW", True)]


def test_a_crowd_with_the_thiefs_own_version_hides_nothing_from_review__ai_37_ai_e31() -> None:
    story = crowd(H7).avatar("S", H7, 50 * DAY).writes(MESSAGE)
    assert outcomes(story.play()) == ["REVIEW"]


def test_a_picture_shown_before_the_crowd_counts_at_the_gate__ai_37_fa_57() -> None:
    story = crowd().profile("S", 46 * DAY, nickname="Mother").profile("M", 46 * DAY, nickname="Mother")
    [decision, *_] = [found for found in story.requests(MESSAGE).play().decisions if found.rule == "friend-gate"]
    assert evidence(decision)["best"]["parts"]["avatar"] == "1"
    assert (MESSAGE, "ASKED") in gate(story.play())


def test_the_newcomers_of_a_picture_are_told_when_it_becomes_common__ai_18_ai_36() -> None:
    story = crowd().avatar("new", H0, 45 * DAY + HOUR).befriends("Q", "D", DAY).avatar("D", H0, 45 * DAY + 2 * HOUR)
    story.writes(MESSAGE, sender="new", recipient="Q")
    decisions = findings(story.play(), "new")
    assert [(found.outcome, "HASH_BECAME_COMMON" in found.reasons) for found in decisions] == [("REVIEW", True)]


def test_a_newcomer_who_leaves_is_not_told__ai_36() -> None:
    story = crowd().avatar("new", H0, 45 * DAY + HOUR).avatar("new", NOT_K, 45 * DAY + 2 * HOUR)
    assert not findings(story.writes(MESSAGE, sender="new").play(), "new")
