"""Answers of reviewers in a story: about the decisions that the story so far leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from schemas.records import Decision, ReviewAnswered, RevokeCommand

if TYPE_CHECKING:
    from tests.support.story import Story, StoryResult

    T = TypeVar("T", bound=Story)

REVIEWER, OTHER_REVIEWER = "rita", "rob"


def reviewed(story: T, at: int, *, upheld: bool = False, about: int = 0, by: str = REVIEWER, **fields: object) -> T:
    """Answer about the `about`-th decision that the story so far leads to."""
    return answered(story, story.play().decisions[about], at, upheld=upheld, by=by, **fields)


def answered(story: T, decision: Decision, at: int, *, upheld: bool = False, by: str = REVIEWER, **fields: object) -> T:
    """Answer about a decision."""
    known = {name: getattr(decision, name) for name in ("decision_id", "rule", "subject_id", "other_id", "group_id")}
    story.event(ReviewAnswered, at, upheld=upheld, reviewer_id=by, **(known | fields))
    return story


def revoked(ending: StoryResult) -> list[RevokeCommand]:
    """Return the commands that take others back."""
    return [command for command in ending.commands if isinstance(command, RevokeCommand)]
