"""Lookalikes behind aliases, reported findings and replaced pictures; repetition of findings."""

import pytest

from tests.support.portraits import H0, H7, H8, NONE, K, Portraits, family, findings, rules, stolen
from tests.support.story import DAY, HOUR, evidence

MESSAGE = 20 * DAY


def reported_lookalikes(story: Portraits) -> list[tuple[str, int]]:
    """The lookalike and the number of lookalikes of each finding about S."""
    found = [evidence(decision) for decision in findings(story.play()) if "PROFILE_DRIFT" not in decision.reasons]
    return [(each["lookalike"], each["candidates"]) for each in found]


def test_a_lookalike_is_found_behind_a_nearer_alias__ai_8_ai_22() -> None:
    story = stolen(H7).profile("S", 11 * DAY, nickname="Mother").profile("M", 11 * DAY, nickname="Mother")
    story.befriends("R", "D", 12 * DAY).avatar("D", H8, 13 * DAY).avatar("S", H8, 14 * DAY)
    assert reported_lookalikes(story.writes(MESSAGE)) == [("D", 2)]
    story.avatar("M", H8, 15 * DAY).aliased(16 * DAY)
    assert reported_lookalikes(story) == [("D", 1)]


def test_a_new_lookalike_is_found_behind_a_reported_one__ai_24_ai_22() -> None:
    story = stolen(H0).writes(MESSAGE).befriends("R", "D", MESSAGE + 1).avatar("D", H7, 19 * DAY)
    assert reported_lookalikes(story.writes(MESSAGE + HOUR)) == [("M", 1), ("D", 2)]


def test_a_reported_lookalikes_new_picture_is_found_behind_another_finding__ai_24() -> None:
    story = stolen(H0).befriends("R", "D", 3 * DAY).avatar("D", H7, 4 * DAY).writes(MESSAGE)
    assert reported_lookalikes(story.avatar("D", H7, MESSAGE + 1).writes(MESSAGE + HOUR)) == [("M", 2), ("D", 2)]


def test_a_finding_reports_all_lookalikes_found_beside_it__ai_24_ai_22() -> None:
    story = stolen(H0).befriends("R", "D", 3 * DAY).avatar("D", H7, 4 * DAY).writes(MESSAGE).writes(MESSAGE + HOUR)
    assert reported_lookalikes(story) == [("M", 2)]
    assert story.play().counts["impersonation.repeated-finding"] == 1
    assert reported_lookalikes(story.writes(MESSAGE + DAY)) == [("M", 2), ("M", 2)]


def test_a_copy_of_the_recipient_is_found_behind_a_nearer_previous_picture__ai_8() -> None:
    story = family(rules(report_copies_of_recipient=True)).avatar("R", H0, DAY).avatar("R", H7, 2 * DAY)
    story.avatar("M", K, 3 * DAY).unfriends("R", "M", 4 * DAY).avatar("S", H0, 10 * DAY)
    [decision] = findings(story.writes(MESSAGE).play())
    assert decision.reasons == ("COPIES_RECIPIENT", "keyword")
    assert evidence(decision)["hash"]["distance"] == 7


@pytest.mark.parametrize("last", [NONE, K])
def test_a_picture_that_the_recipient_replaced_makes_no_copy__ai_8(last: bytes) -> None:
    story = family(rules(report_copies_of_recipient=True)).avatar("R", H7, DAY).avatar("R", last, 2 * DAY)
    story.unfriends("R", "M", 4 * DAY).unfriends("R", "C", 4 * DAY).avatar("S", H7, 10 * DAY)
    assert not findings(story.writes(MESSAGE).play())


def test_a_finding_is_not_repeated_to_a_new_account_of_the_recipients_name__ai_24_c_18() -> None:
    story = stolen(H0).writes(MESSAGE).erased("R", MESSAGE + HOUR).befriends("R", "M", MESSAGE + 2 * HOUR)
    assert reported_lookalikes(story.writes(MESSAGE + 3 * HOUR)) == [("M", 1), ("M", 1)]
    assert reported_lookalikes(story.writes(MESSAGE + 4 * HOUR)) == [("M", 1), ("M", 1)]


def test_an_erasure_is_remembered_as_long_as_findings_are__ai_24_c_18() -> None:
    story = stolen(H0, rules(repeat_after_ms=30 * DAY)).writes(MESSAGE).erased("R", MESSAGE + DAY)
    story.befriends("R", "M", MESSAGE + 2 * DAY).writes(MESSAGE + 20 * DAY)
    assert reported_lookalikes(story) == [("M", 1), ("M", 1)]
