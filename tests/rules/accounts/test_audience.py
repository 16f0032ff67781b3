"""Notification of an account's audience: complete, at the time of the change, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.runtime.host import Host
from operators.accounts import audience
from schemas.records import AppearanceChanged
from state.catalog.accounts import AUDIENCE_PAGES
from tests.support.portraits import H0, H7, K, Portraits, outcomes
from tests.support.story import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 1_300
CHANGE = 10 * DAY


def star(fans: int = MANY) -> Portraits:
    """Return a story in which M has a large audience, and H0 since day 10; S has a copy of it."""
    story = Portraits().avatar("M", K, 0).avatar("S", H7, CHANGE + 1)
    for number in range(fans):
        story.friends(at=1 + number % 5, account_id=f"fan{number}", friend_id="M", mutual=False)
    return story.avatar("M", H0, CHANGE)


def test_whole_audience_is_notified_before_the_next_millisecond__ai_15() -> None:
    story = star()
    for number in range(0, MANY, 50):
        story.writes(CHANGE + 1, recipient=f"fan{number}")
    found = outcomes(story.play())
    assert found == ["RISK_USER"] * len(range(0, MANY, 50))


def test_one_call_notifies_a_limited_number_of_pages__ai_15(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    emit = Host._emit

    def counted(host: Host, conclusions: Iterator[Any], turn: Any) -> Iterator[Any]:
        yielded = list(conclusions)
        steps.append(sum(isinstance(each, AppearanceChanged) and each.changed for each in yielded))
        return emit(host, iter(yielded), turn)

    monkeypatch.setattr(Host, "_emit", counted)
    star().play()
    most = audience.PAGE_SIZE * audience.PAGES_PER_BATCH
    assert max(steps) <= most + 1  # the account itself is notified, too
    assert sum(steps) == MANY + 3  # M's and S's own changes
    assert len([count for count in steps if count > 1]) == 2


def test_onlooker_added_during_notification_is_notified__ai_15() -> None:
    story = star().befriends("R", "M", CHANGE).writes(CHANGE + 1)
    assert outcomes(story.play()) == ["RISK_USER"]


@pytest.mark.parametrize("change_first", [True, False])
def test_change_at_the_time_of_a_new_relation_is_not_lost__ai_15(*, change_first: bool) -> None:
    ids = ("a", "b") if change_first else ("b", "a")
    story = Portraits().avatar("M", K, 0).avatar("S", H7, CHANGE + 1)
    story.avatar("M", H0, CHANGE, event_id=ids[0]).befriends("R", "M", CHANGE, event_id=ids[1])
    assert outcomes(story.writes(CHANGE + 2).play()) == ["RISK_USER"]


@pytest.mark.parametrize("before", ["friends", "contact", "both"])
def test_owner_without_the_account_on_a_list_is_not_notified__ai_15(before: str) -> None:
    story = Portraits().avatar("M", K, 0)
    if before != "contact":
        story.befriends("R", "M", 1).unfriends("R", "M", DAY)
    if before != "friends":
        story.contact("R", "M", 2).drops("R", "M", DAY)
    story.avatar("M", H0, 2 * DAY).befriends("x", "y", 3 * DAY)
    assert not [row for row, _ in story.stored_rows() if b"faces" in row and b"\x01R" in row]


def test_pages_are_refilled_and_removed_when_empty() -> None:
    story = star(600)
    for number in range(0, 600, 2):
        story.unfriended(2 * DAY + number, account_id=f"fan{number}", friend_id="M", mutual=False)
    for number in range(300):
        story.friends(at=3 * DAY + number, account_id=f"new{number}", friend_id="M", mutual=False)
    pages = [row for row, _ in story.stored_rows() if AUDIENCE_PAGES.name.encode() in row]
    assert len(pages) <= 4
    for number in range(1, 600, 2):
        story.unfriended(4 * DAY + number, account_id=f"fan{number}", friend_id="M", mutual=False)
    for number in range(300):
        story.unfriended(5 * DAY + number, account_id=f"new{number}", friend_id="M", mutual=False)
    assert not [row for row, _ in story.stored_rows() if b"audience-" in row]


@pytest.mark.parametrize("fans", [audience.PAGE_SIZE - 1, audience.PAGE_SIZE, audience.PAGE_SIZE + 1])
def test_pages_are_written_when_one_page_is_exceeded__ai_15(fans: int) -> None:
    story = star(fans)
    for number in range(0, fans, 15):
        story.writes(CHANGE + 1, recipient=f"fan{number}")
    assert outcomes(story.play()) == ["RISK_USER"] * len(range(0, fans, 15))
    pages = [row for row, _ in story.stored_rows() if AUDIENCE_PAGES.name.encode() in row]
    assert len(pages) == (2 if fans > audience.PAGE_SIZE else 0)


def test_late_change_reaches_the_whole_audience__c_4() -> None:
    story = star(600).befriends("x", "y", 20 * DAY).keep_order_from_now_on()
    story.avatar("M", K, 12 * DAY).befriends("x", "z", 20 * DAY + HOUR).avatar("S", K, 20 * DAY + HOUR)
    for number in range(0, 600, 50):
        story.writes(21 * DAY, recipient=f"fan{number}")
    assert outcomes(story.play()) == ["RISK_USER"] * 12


def test_repeated_change_is_notified_once__c_12() -> None:
    story = Portraits().befriends("R", "M", 0).avatar("M", H0, DAY, event_id="p")
    once = story.play().counts["relationship.applied"]
    twice = story.avatar("M", H0, DAY, event_id="p").play()
    assert twice.counts["relationship.applied"] == once
