"""The stories of the demo, as `stories.yaml` has them."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from jobs.scenario.files import STORIES


@dataclass(frozen=True, slots=True)
class Story:
    """Some events of the scenario that belong together, and what would have happened without the job."""

    title: str
    about: str
    without: str
    events: frozenset[str]


def stories() -> tuple[Story, ...]:
    """Return the stories in the order in which they end."""
    told = yaml.safe_load(STORIES.read_text("utf-8"))
    return tuple(Story(each["title"], each["about"], each["without"], frozenset(each["events"])) for each in told)
