"""A recording of forty suspicious messages of new friends, of which reviewers have looked at thirty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.policy.model import Policy
from schemas.records import MissReported
from tests.support.reviews.answering import REVIEWER, answered
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, SECOND, Story

if TYPE_CHECKING:
    from schemas.records import Record

MESSAGES, LOOKED_AT = 40, 30
_AGE_STEP = 2 * HOUR
_WRONG_FROM = 36 * HOUR
"""People find that a friend of this age or older is usually no fraud."""


def recorded() -> list[Record]:
    """Return the events: friends of up to 78 hours write; people look at some, and report a message as missed."""
    story = Story(Policy())
    for number in range(MESSAGES):
        story.friends(at=-1, since=-number * _AGE_STEP, friend_id=f"friend-{number:02}")
    for number in range(MESSAGES):
        story.message(number * SECOND, sender_id=f"friend-{number:02}", event_id=f"m{number:02}")
    story.message(MINUTE, HARMLESS, sender_id="friend-07", event_id="noon")
    for number, decision in enumerate(story.play().decisions[:LOOKED_AT]):
        is_right = (number * _AGE_STEP < _WRONG_FROM) is (number % 7 != 0)
        answered(story, decision, DAY + number * MINUTE, upheld=is_right, outcome=decision.outcome)
    story.event(
        MissReported,
        2 * DAY,
        cause_event_id="noon",
        rule="friendship-age",
        subject_id="friend-07",
        reviewer_id=REVIEWER,
    )
    return story.events
