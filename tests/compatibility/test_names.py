"""Names that exist outside the code: topics on brokers; steps and states in savepoints."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from jobs.dataflow.graph import ENGINE_STATES
from jobs.dataflow.risk import risk_graph
from schemas.topics import TOPICS
from tests.support.state_specs import state_specs

PINNED = Path(__file__).with_name("names.txt")


def names() -> list[str]:
    """Return a line for each name: its kind, and what its meaning depends on."""
    topics = [f"topic {topic.name} {topic.direction.value}" for topic in TOPICS.values()]
    steps = [f"step {step.uid}" for step in risk_graph().steps]
    states = [
        f"state {step.uid}/{spec.name} by {spec.entry_key.__name__}"
        for step in risk_graph().steps
        for spec in step.operator.states
    ]
    own = [f"state every step/{name}" for name in ENGINE_STATES]
    return sorted((*topics, *steps, *states, *own))


def pinned(*kinds: str) -> list[str]:
    """Return the pinned lines of some kinds."""
    return [line for line in PINNED.read_text("utf-8").splitlines() if line.split(" ", 1)[0] in kinds]


def test_names_of_topics_steps_and_states_never_change() -> None:
    """A new name needs a new line; a removed line means that the state under that name is lost."""
    assert names() == pinned("state", "step", "topic")


def test_two_states_of_a_step_have_different_names() -> None:
    for step in risk_graph().steps:
        counted = Counter([*(spec.name for spec in step.operator.states), *ENGINE_STATES])
        assert max(counted.values()) == 1


def test_every_state_in_the_catalogue_belongs_to_a_step() -> None:
    held = {spec.name for step in risk_graph().steps for spec in step.operator.states}
    assert held == set(state_specs())


def test_the_file_is_sorted_so_that_a_change_is_one_line() -> None:
    lines = PINNED.read_text("utf-8").splitlines()
    assert lines == sorted(lines)
