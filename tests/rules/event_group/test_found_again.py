"""Review of people whom reports find by the location again and again: EG-48."""

from __future__ import annotations

import pytest

from schemas.records import RequestReview
from tests.support.incident_story import FAR, IncidentStory, event_group_policy
from tests.support.story import DAY, MINUTE, START_MS, evidence

MIDNIGHT = -(START_MS % DAY)
"""The beginning of the first day, from the start of the stories."""


def searched(*at: int, limit: int = 3, latitude: float = 0.0, kinds: frozenset[str] = frozenset()) -> IncidentStory:
    """Return a story in which reports of different people find O, who is watched, at these times."""
    policy = event_group_policy(found_again_limit=limit, emergency_kinds=kinds)
    story = IncidentStory(policy).follow("F", "O", at=min(at) - DAY)
    for number, at_ms in enumerate(at):
        incident, reporter = f"inc-{number}", f"reporter-{number}"
        story.located("O", latitude, at=at_ms - 1)
        story.reported(at_ms, incident, reporter_id=reporter).audited(at_ms + MINUTE, incident)
    return story


def reviewed(story: IncidentStory) -> list[tuple[int, str]]:
    """Return when people are asked to look at whom."""
    return [(one.at_ms - START_MS - MINUTE, one.subject_id) for one in story.play_in_order().sent(RequestReview)]


def test_from_the_limit_on_people_look_at_it__eg_48() -> None:
    assert reviewed(searched(0, MINUTE)) == []
    assert reviewed(searched(0, MINUTE, 2 * MINUTE)) == [(2 * MINUTE, "O")]


def test_there_is_one_review_of_a_person_a_day__eg_48_eg_v24() -> None:
    first, next_day = MIDNIGHT + DAY // 2, MIDNIGHT + DAY + DAY // 2
    times = [day + number * 20 * MINUTE for day in (first, next_day) for number in range(6)]
    assert reviewed(searched(*times, limit=5)) == [(times[4], "O"), (times[6], "O")]


@pytest.mark.parametrize(("days", "found"), [(6, 1), (7, 0)])
def test_seven_days_count__eg_48(days: int, found: int) -> None:
    first = MIDNIGHT + DAY // 2
    assert len(reviewed(searched(first, first + 20 * MINUTE, first + days * DAY))) == found


def test_the_review_says_how_often_and_not_where__eg_48() -> None:
    decision = searched(0, MINUTE, 2 * MINUTE).play_in_order().one("FOUND_AGAIN")
    (condition,) = evidence(decision)["conditions"]
    assert (condition["name"], condition["actual"], condition["expected"]) == ("found_in_7_d", 3.0, 3.0)
    assert (decision.subject_id, decision.incident_id, decision.other_id) == ("O", "inc-2", None)


@pytest.mark.parametrize(("after", "found"), [(5 * MINUTE, 1), (5 * MINUTE + 1, 0)])
def test_a_report_that_is_approved_too_late_is_not_searched_for__eg_48_eg_12(after: int, found: int) -> None:
    story = searched(0, MINUTE).located("O", at=2 * MINUTE).reported(2 * MINUTE, "inc-2", reporter_id="reporter-2")
    story.audited(2 * MINUTE + after, "inc-2")
    assert len(story.play_in_order().sent(RequestReview)) == found


def test_an_emergency_is_searched_for_once__eg_48() -> None:
    assert reviewed(searched(0, 20 * MINUTE, kinds=frozenset({"accident"}))) == []


def test_whoever_is_far_away_or_unwatched_is_not_counted__eg_48() -> None:
    assert reviewed(searched(0, MINUTE, 2 * MINUTE, latitude=FAR)) == []
    assert reviewed(searched(0, MINUTE, 2 * MINUTE).revoked("F", "O", -MINUTE)) == []


def test_an_erasure_begins_the_count_anew__eg_48_c_18() -> None:
    story = searched(0, MINUTE, 2 * MINUTE).erased("O", 2 * MINUTE - 100).follow("F", "O", at=2 * MINUTE - 50)
    assert reviewed(story) == []


@pytest.mark.parametrize(("disabled_at", "found"), [(3 * MINUTE, 0), (3 * MINUTE + 1, 1)])
def test_a_disabled_section_makes_no_review_of_an_earlier_report__eg_48_c_28(disabled_at: int, found: int) -> None:
    off = "version: off\nevent_group: {enabled: false, found_again_limit: 3}\n"
    story = searched(0, MINUTE, 2 * MINUTE).published(disabled_at, off, "off")
    assert len(story.play_in_order().sent(RequestReview)) == found


def test_a_late_erasure_leaves_the_searches_of_later_days__eg_48_c_18() -> None:
    story = searched(0, MINUTE).erased("O", -DAY).located("O", at=3 * MINUTE - 1)
    story.reported(3 * MINUTE, "inc-2", reporter_id="reporter-2").audited(4 * MINUTE, "inc-2")
    assert len(story.play_as_listed().sent(RequestReview)) == 1
