"""Everybody who was asked learns that the group has closed: EG-49."""

from __future__ import annotations

from schemas.records import CancelPrompt, CloseEventGroup, TellEnded
from tests.support.incident_story import TIMEOUT, IncidentResult, IncidentStory
from tests.support.story import HOUR, MINUTE, START_MS, evidence


def answered(*named: str) -> IncidentStory:
    """Return a story in which one person is silent, one refuses, one joins, and one joins and leaves."""
    story = IncidentStory(None).located("silent").located("refuses").located("joins").located("leaves")
    story.created(*named).joined("refuses", accepted=False).joined("joins", "leaves")
    return story.withdrawn("leaves", MINUTE)


def told(ending: IncidentResult) -> list[str]:
    """Return who is told that the group has closed."""
    return sorted(one.account_id for one in ending.sent(TellEnded))


def test_whoever_was_asked_is_told_once_and_counted__eg_49_eg_v25() -> None:
    ending = answered().closed(HOUR).play_in_order()
    assert told(ending) == ["leaves", "refuses", "silent"]
    assert {one.at_ms - START_MS for one in ending.sent(TellEnded)} == {HOUR}
    assert len(ending.sent(CloseEventGroup)) == 1
    assert evidence(ending.one("CLOSED"))["people"] == {"prompted": 4, "confirmed": 2, "declined": 1}


def test_an_open_prompt_is_withdrawn_instead__eg_49_eg_v25() -> None:
    ending = answered().closed(TIMEOUT - 1).play_in_order()
    assert told(ending) == ["leaves", "refuses"]
    assert [one.account_id for one in ending.sent(CancelPrompt)] == ["silent"]


def test_who_is_erased_or_had_the_prompt_withdrawn_is_not_told__eg_49_eg_e28() -> None:
    story = answered("O").erased("silent", 40 * MINUTE).follow("F", "O").revoked("F", "O", 2 * MINUTE)
    assert told(story.closed(HOUR).play_in_order()) == ["O", "leaves", "refuses"]


def test_followers_who_wait_are_not_told_of_the_end_either__eg_49_eg_45() -> None:
    ending = answered().follow("F", "O").located("O").joined("O", accepted=False).closed(HOUR).play_in_order()
    assert "F" not in told(ending)


def test_without_a_group_nobody_is_told__eg_49() -> None:
    ending = IncidentStory(None).located("near").reported().audited(approved=False).play_in_order()
    assert told(ending) == []
    assert "people" not in evidence(ending.one("REJECTED"))
