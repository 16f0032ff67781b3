"""Of several lookalikes and pictures the best is sought among those that count, and what is told is told once."""

import pytest

from tests.support.portraits import H0, H7, H8, NONE, K, Portraits, family, findings, rules, stolen
from tests.support.story import DAY, HOUR, evidence

MESSAGE = 20 * DAY


def named(story: Portraits) -> list[tuple[str, int]]:
    """Of every finding about S the lookalike, and how many there were."""
    found = [evidence(decision) for decision in findings(story.play()) if "PROFILE_DRIFT" not in decision.reasons]
    return [(each["lookalike"], each["candidates"]) for each in found]


def test_behind_an_account_of_the_same_person_another_lookalike_is_seen__ai_8_ai_22() -> None:
    story = stolen(H7).profile("S", 11 * DAY, nickname="Mother").profile("M", 11 * DAY, nickname="Mother")
    story.befriends("R", "D", 12 * DAY).avatar("D", H8, 13 * DAY).avatar("S", H8, 14 * DAY)
    assert named(story.writes(MESSAGE)) == [("D", 2)]
    story.avatar("M", H8, 15 * DAY).aliased(16 * DAY)
    assert named(story) == [("D", 1)]


def test_behind_a_finding_that_was_told_a_new_lookalike_is_seen__ai_24_ai_22() -> None:
    story = stolen(H0).writes(MESSAGE).befriends("R", "D", MESSAGE + 1).avatar("D", H7, 19 * DAY)
    assert named(story.writes(MESSAGE + HOUR)) == [("M", 1), ("D", 2)]


def test_an_earlier_lookalikes_new_picture_is_judged_at_once_behind_a_finding__ai_24() -> None:
    story = stolen(H0).befriends("R", "D", 3 * DAY).avatar("D", H7, 4 * DAY).writes(MESSAGE)
    assert named(story.avatar("D", H7, MESSAGE + 1).writes(MESSAGE + HOUR)) == [("M", 2), ("D", 2)]


def test_all_that_were_found_beside_it_are_told_with_a_finding__ai_24_ai_22() -> None:
    story = stolen(H0).befriends("R", "D", 3 * DAY).avatar("D", H7, 4 * DAY).writes(MESSAGE).writes(MESSAGE + HOUR)
    assert named(story) == [("M", 2)]
    assert story.play().counts["impersonation.repeated-finding"] == 1
    assert named(story.writes(MESSAGE + DAY)) == [("M", 2), ("M", 2)]


def test_a_copy_of_the_recipient_is_seen_behind_a_nearer_picture_of_before__ai_8() -> None:
    story = family(rules(report_copies_of_recipient=True)).avatar("R", H0, DAY).avatar("R", H7, 2 * DAY)
    story.avatar("M", K, 3 * DAY).unfriends("R", "M", 4 * DAY).avatar("S", H0, 10 * DAY)
    [decision] = findings(story.writes(MESSAGE).play())
    assert decision.reasons == ("COPIES_RECIPIENT", "keyword")
    assert evidence(decision)["hash"]["distance"] == 7


@pytest.mark.parametrize("last", [NONE, K])
def test_a_picture_that_the_recipient_shows_no_more_is_not_copied__ai_8(last: bytes) -> None:
    story = family(rules(report_copies_of_recipient=True)).avatar("R", H7, DAY).avatar("R", last, 2 * DAY)
    story.unfriends("R", "M", 4 * DAY).unfriends("R", "C", 4 * DAY).avatar("S", H7, 10 * DAY)
    assert not findings(story.writes(MESSAGE).play())
