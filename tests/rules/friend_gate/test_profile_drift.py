"""Friends whose changed profile looks like another friend's."""

from tests.support.portraits import Portraits, alike, findings
from tests.support.story import DAY, HOUR, evidence

REQUEST = 5 * DAY


def test_friend_with_a_changed_profile_is_compared_again__fa_e25_fa_66() -> None:
    story = alike("x").profile("S", 2, nickname="Somebody").requests(REQUEST).befriends("R", "S", REQUEST + 1)
    story.profile("S", REQUEST + DAY, nickname="M o t h e r")
    ending = story.play()
    [decision] = findings(ending)
    assert (decision.outcome, decision.reasons, decision.other_id) == ("REVIEW", ("PROFILE_DRIFT",), "R")
    assert evidence(decision)["lookalike"] == "x"
    assert evidence(decision)["best"]["exact"] == "1"
    assert ending.command_names(decision) == ["RequestReview"]


def toggles(story: Portraits, start: int, times: int = 20) -> Portraits:
    """Let S take the nickname of x, and give it up again, every second."""
    for place in range(times):
        story.profile("S", start + 2000 * place, nickname="Mother")
        story.profile("S", start + 2000 * place + 1000, nickname="Gardener")
    return story


def test_a_profile_changed_to_and_fro_is_reviewed_once_a_day__fa_e90_fa_90() -> None:
    story = toggles(alike("x").profile("S", 2, nickname="Gardener").befriends("R", "S", 3), DAY)
    [first] = findings(story.play())
    assert evidence(first)["further"] == 0
    found = findings(
        story.profile("S", 2 * DAY, nickname="Mother").profile("S", 2 * DAY + 1, nickname="mother!").play()
    )
    assert [evidence(decision)["further"] for decision in found] == [0, 19]
    assert found[1].at_ms - found[0].at_ms == DAY


def test_findings_are_counted_no_longer_than_twice_the_period__fa_90() -> None:
    story = toggles(alike("x").profile("S", 2, nickname="Gardener").befriends("R", "S", 3), DAY)
    found = findings(story.profile("S", 3 * DAY + 1, nickname="Mother").play())
    assert [evidence(decision)["further"] for decision in found] == [0, 0]


def test_a_new_account_of_the_recipients_name_has_a_review_of_its_own__fa_90_c_18() -> None:
    story = toggles(alike("x").profile("S", 2, nickname="Gardener").befriends("R", "S", 3), DAY)
    story.erased("R", DAY + HOUR).befriends("R", "x", DAY + 2 * HOUR).befriends("R", "S", DAY + 2 * HOUR)
    found = findings(story.profile("S", DAY + 3 * HOUR, nickname="Mother").play())
    assert [evidence(decision)["further"] for decision in found] == [0, 0]


def test_each_recipient_and_lookalike_has_a_review_of_its_own__fa_90() -> None:
    story = alike("x").profile("S", 2, nickname="Gardener").befriends("R", "S", 3).befriends("Q", "S", 3)
    story.befriends("Q", "x", 3).profile("y", 3, nickname="Father").befriends("R", "y", 3)
    story.profile("S", DAY, nickname="Father")
    found = findings(toggles(story, DAY + HOUR).play())
    assert sorted((str(decision.other_id), evidence(decision)["lookalike"]) for decision in found) == [
        ("Q", "x"),
        ("R", "x"),
        ("R", "y"),
    ]


def test_comparison_on_change_can_be_disabled__fa_66() -> None:
    story = alike("x", gate_recheck_on_change=False).befriends("R", "S", REQUEST)
    assert not story.profile("S", REQUEST + DAY, nickname="mother").play().decisions


def test_change_without_effect_is_ignored__fa_66() -> None:
    story = alike("x").befriends("R", "S", REQUEST).profile("S", REQUEST + DAY, nickname="Mother")
    assert not story.play().decisions


def test_accounts_of_the_same_person_may_look_alike__fa_66() -> None:
    story = alike("M").aliased(REQUEST).befriends("R", "S", REQUEST + HOUR)
    assert not findings(story.profile("S", REQUEST + DAY, signature="hello").play())
