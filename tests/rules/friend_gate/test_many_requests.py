"""Many friend requests of one account: counted, and a finding where they are too many (FA-101 to FA-103)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from operators.accounts.audience import LOOKED_THROUGH_AT_MOST
from operators.policy.requests import RequestsPolicy, RequestWindow
from schemas.records import ContactKind, Decision, JoinVia, MemberJoined, MemberLeft
from tests.support.portraits import Portraits, rules
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, START_MS, StoryResult, evidence

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = RequestsPolicy(windows=(RequestWindow(HOUR, 5, 4, 2),), repeat_after_ms=DAY)


def few(**changes: Any) -> Portraits:
    fields = {"windows": FEW.windows, "repeat_after_ms": FEW.repeat_after_ms} | changes
    return Portraits(rules(gate={"requests": RequestsPolicy(**fields)}))


def sends(story: Portraits, count: int, every: int = MINUTE, first: int = 0) -> Portraits:
    for number in range(first, first + count):
        story.requests(number * every, f"q{number}", "S", f"t{number}")
    return story


def joins(story: Portraits, who: str, group: str = "club") -> Portraits:
    return story.event(MemberJoined, -1, group_id=group, account_id=who, via=JoinVia.LINK)


def club(story: Portraits, count: int) -> Portraits:
    for who in ("S", *(f"t{number}" for number in range(count))):
        joins(story, who)
    return story


def befriended(story: Portraits, count: int) -> Portraits:
    for number in range(count):
        story.befriends("S", f"t{number}", number * MINUTE + 1)
    return story


def too_many(ending: StoryResult) -> list[Decision]:
    return [decision for decision in ending.decisions if decision.outcome == "REQUESTS"]


def found(ending: StoryResult) -> list[tuple[int, tuple[str, ...]]]:
    return [(decision.at_ms - START_MS, decision.reasons) for decision in too_many(ending)]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param(lambda: sends(Portraits(), 19), [], id="FA-V121"),
        pytest.param(lambda: sends(Portraits(), 20), [(19 * MINUTE, ("strangers",))], id="FA-V122 FA-E96"),
        pytest.param(lambda: befriended(sends(Portraits(), 20), 1), [], id="FA-V123"),
        pytest.param(lambda: sends(club(Portraits(), 49), 49), [], id="FA-V124 FA-E97"),
        pytest.param(lambda: sends(club(Portraits(), 50), 50), [(49 * MINUTE, ("fruitless",))], id="FA-V125"),
        pytest.param(
            lambda: befriended(sends(club(Portraits(), 100), 100), 100), [(99 * MINUTE, ("sent",))], id="FA-V126"
        ),
        pytest.param(
            lambda: sends(Portraits(), 44, HOUR), [(at * HOUR, ("strangers",)) for at in (19, 43)], id="FA-V127"
        ),
    ],
)
def test_too_many_requests_are_a_finding__fa_101_fa_103(story: Callable[[], Portraits], expected: Any) -> None:
    assert found(story().play()) == expected


def test_requests_to_friends_are_not_fruitless__fa_101() -> None:
    story = few()
    for number in range(4):
        story.befriends("S", f"t{number}", -DAY)
    ending = sends(story, 4).play()
    assert not too_many(ending)
    [counts] = evidence(ending.decisions[-1])["requests"]
    assert (counts["sent"], counts["unanswered"]) == (4, 0)


def test_a_finding_asks_people_and_leaves_the_request_alone__fa_103() -> None:
    ending = sends(few(), 2).play()
    [finding] = too_many(ending)
    assert (finding.subject_id, finding.other_id, finding.actions) == ("S", None, ("REVIEW",))
    assert ending.command_names(finding) == ["RequestReview"]
    assert ending.outcomes == ["ACCEPTED", "ACCEPTED", "REQUESTS"]


def test_the_policy_says_whether_people_look_at_it__fa_103() -> None:
    assert not too_many(sends(few(enabled=False), 3).play())
    ending = sends(few(review=False), 2).play()
    assert ending.command_names(too_many(ending)[0]) == []


def test_the_numbers_are_in_the_evidence_of_each_request__fa_101() -> None:
    ending = sends(few(), 2).play()
    shown = [evidence(decision)["requests"] for decision in ending.decisions]
    count = {"within_ms": HOUR, "sent": 2, "refused": 0, "unanswered": 2, "strangers": 2}
    assert shown == [[count | {"sent": 1, "unanswered": 1, "strangers": 1}], [count], [count]]


@pytest.mark.parametrize(
    "tie",
    [
        pytest.param(lambda story: story.contact("t1", "S", -1), id="a contact of the target's"),
        pytest.param(lambda story: story.befriends("S", "F", -2).befriends("F", "t1", -1), id="a common friend"),
        pytest.param(lambda story: joins(joins(story, "S"), "t1"), id="a common group"),
    ],
)
def test_who_has_something_in_common_is_no_stranger__fa_102(tie: Callable[[Portraits], Portraits]) -> None:
    assert found(sends(few(), 2).play()) == [(MINUTE, ("strangers",))]
    assert found(sends(tie(few()), 2).play()) == []


def test_a_group_that_one_has_left_is_not_common__fa_102() -> None:
    story = joins(joins(few(), "S"), "t1").event(MemberLeft, 0, group_id="club", account_id="t1")
    assert found(sends(story, 2).play()) == [(MINUTE, ("strangers",))]


def test_a_join_that_is_repeated_after_the_account_has_left_does_not_count__fa_102_c_4_c_12() -> None:
    story = few().event(MemberJoined, -DAY, group_id="club", account_id="S", via=JoinVia.LINK)
    joins(story, "t1").event(MemberLeft, -HOUR, group_id="club", account_id="S").writes(-2, HARMLESS)
    story.keep_order_from_now_on().event(MemberJoined, -DAY, group_id="club", account_id="S", via=JoinVia.LINK)
    assert found(sends(story, 2).play()) == [(MINUTE, ("strangers",))]
    story.events.pop(0)
    assert found(story.play()) == [(MINUTE, ("strangers",))]


def test_when_a_group_was_left_is_forgotten_in_time__fa_102_c_4() -> None:
    story = joins(few(), "S").event(MemberLeft, 0, group_id="club", account_id="S")
    assert sum(b"memberships" in row for row, _ in story.writes(7 * DAY, HARMLESS).stored_rows()) == 2
    assert not any(b"memberships" in row for row, _ in story.writes(7 * DAY + 2 * HOUR, HARMLESS).stored_rows())


def test_a_friend_of_the_requesters_alone_is_not_common__fa_102() -> None:
    story = few().befriends("S", "F", -2).befriends("F", "x", -1)
    assert found(sends(story, 2).play()) == [(MINUTE, ("strangers",))]


def test_a_requester_whom_many_list_has_no_strangers__fa_102() -> None:
    story = few()
    for number in range(101):
        story.friends(at=-200 + number, account_id=f"fan{number}", friend_id="S", mutual=False)
    assert found(sends(story, 3).play()) == []


@pytest.mark.parametrize(
    ("fans", "strangers"), [(101, True), (LOOKED_THROUGH_AT_MOST, True), (LOOKED_THROUGH_AT_MOST + 1, False)]
)
def test_who_only_follows_the_requester_is_no_friend_of_it__fa_102(fans: int, *, strangers: bool) -> None:
    story = few()
    for number in range(fans):
        story.contact(f"fan{number}", "S", number - 2 * fans, ContactKind.FOLLOW)
    assert found(sends(story, 2).play()) == ([(MINUTE, ("strangers",))] if strangers else [])


@pytest.mark.parametrize(("mutual", "strangers"), [(True, 0), (False, 1)])
def test_a_friendship_is_one_that_the_target_has_entered__fa_101_fa_2(*, mutual: bool, strangers: int) -> None:
    story = sends(few(), 1).befriends("S", "t0", 1, mutual=mutual).requests(HOUR - 1, "q", "S", "t9")
    shown = evidence(story.play().decisions[-1 - strangers])["requests"][0]
    assert (shown["sent"], shown["strangers"]) == (2, 1 + strangers)


def test_a_refused_request_is_counted_as_such__fa_101() -> None:
    story = few().profile("S", -9, nickname="Mother").befriends("R", "M", -8).profile("M", -7, nickname="Mother")
    story.requests(0).answers_lookalike("M", 1, yes=False).requests(2, "q2", "S", "t")
    shown = evidence(story.play().decisions[-1])["requests"][0]
    assert (shown["refused"], shown["unanswered"]) == (1, 1)


def test_a_window_is_half_open__fa_101_c_3() -> None:
    assert found(sends(few(), 2, HOUR).play()) == []
    assert found(sends(few(), 2, HOUR - 1).play()) == [(HOUR - 1, ("strangers",))]


def test_an_erased_target_does_not_count__c_18() -> None:
    story = sends(few(), 1).erased("t0", 1).requests(2, "q", "S", "t1")
    assert found(story.play()) == []
    assert found(sends(few(), 1).erased("S", 1).requests(2, "q", "S", "t1").play()) == []


def test_after_a_late_erasure_the_new_account_has_a_review_of_its_own__fa_103_c_18() -> None:
    story = sends(few(), 2).requests(3 * HOUR, "q2", "S", "t2").friends(at=4 * HOUR, account_id="x", friend_id="y")
    story.keep_order_from_now_on().erased("S", HOUR).requests(4 * HOUR - 1, "q3", "S", "t3")
    assert found(story.play()) == [(MINUTE, ("strangers",)), (4 * HOUR - 1, ("strangers",))]


def test_sent_requests_are_forgotten__fa_101() -> None:
    def stored(at: int) -> int:
        story = sends(few(), 1).friends(at=at, account_id="x", friend_id="y")
        return sum(b"sent-requests" in row for row, _ in story.stored_rows())

    assert (stored(DAY - HOUR), stored(DAY + 2 * HOUR)) == (1, 0)
