"""The stories of the demo with what the job has made of them; a decision belongs to the story of its cause."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobs.scenario.stories import Story, stories
from schemas.records import Decision, Record, RiskWindow

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class Chapter:
    """A story: its events, the decisions about them, and their commands by decision id."""

    story: Story
    events: list[Record] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    commands: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))

    @property
    def outputs(self) -> set[Record]:
        """The decisions and commands."""
        return {*self.decisions, *(command for each in self.commands.values() for command in each)}

    def has_all_of(self, other: Chapter) -> bool:
        """Return whether no decision and no command of the other is missing here."""
        return other.outputs <= self.outputs


def chapters(events: Iterable[Record], outputs: Iterable[Record]) -> list[Chapter]:
    """Return the stories in their order, with their events and with what is about them among the outputs.

    A decision that belongs to no story, as only a job has that deviates from the replay, is left to their comparison.
    """
    made = [Chapter(story) for story in stories()]
    chapter_of = {event_id: chapter for chapter in made for event_id in chapter.story.events}
    for event in events:
        chapter = chapter_of.get(getattr(event, "event_id", ""))
        if chapter is not None:
            chapter.events.append(event)
    found = [output for output in outputs if not isinstance(output, RiskWindow)]
    decided: dict[str, Chapter] = {}
    for decision in found:
        if isinstance(decision, Decision) and (chapter := chapter_of.get(cause_of(decision))):
            decided[decision.decision_id] = chapter
            chapter.decisions.append(decision)
    for command in found:
        decision_id = getattr(command, "decision_id", "")
        if not isinstance(command, Decision) and decision_id in decided:
            decided[decision_id].commands[decision_id].append(command)
    return made


def cause_of(decision: Decision) -> str:
    """Return the id of the event that a decision goes back to, where time has passed since then, too."""
    return decision.cause_event_id.partition(":")[0]
