"""Invariants of a forest: no cycles, one root, right depths, symmetric distances (IF-1, IF-8, IF-13, IF-14)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from state.catalog.invite_forest import GRAFTS, GROUP, NODES
from state.entries.invite_forest import Graft, GroupSize, Node
from state.pseudonym import pseudonym_of
from state.stores.memory import MemoryStore
from state.stores.store import Rows, prefix_of
from tests.rules.invite_forest.test_forest_properties import ACTS, PEOPLE, Act, policy, story
from tests.support.story import evidence

if TYPE_CHECKING:
    from state.spec import K, MapSpec, V
    from tests.support.group_story import GroupStory


@dataclass
class StoredForest:
    """The forest in the state of the step `group` after all events."""

    nodes: dict[int, Node]
    grafts: dict[int, Graft]
    group: GroupSize

    def line(self, number: int) -> list[int]:
        """A node, its parent, and so on up to the root; AssertionError for a cycle."""
        passed = [number]
        while (parent := self.nodes[passed[-1]].parent) is not None:
            assert parent not in passed
            passed.append(parent)
        return passed

    def root_and_depth(self, number: int) -> tuple[int, int]:
        """Root and depth by the union-find entries, without following parents."""
        tree, depth = self.nodes[number].tree, self.nodes[number].depth
        while tree in self.grafts:
            tree, depth = self.grafts[tree].tree, depth + self.grafts[tree].depth
        return tree, depth


def stored_forest(told: GroupStory) -> StoredForest:
    run = Replay(risk_graph(), MemoryStore(), told.policy)
    for event in told.events:
        list(run.push(event))
    list(run.finish())

    def entries(spec: MapSpec[K, V]) -> dict[K, V]:
        prefix = prefix_of("group", spec.name, pseudonym_of("g"))
        return dict(spec.cell(Rows(run.store, prefix, textual=spec.entry_key is str)).items())

    return StoredForest(entries(NODES), entries(GRAFTS), entries(GROUP).get("", GroupSize()))


def is_sound(forest: StoredForest) -> bool:
    inside = [node.account for node in forest.nodes.values() if node.left_ms is None]
    lines = {number: forest.line(number) for number in forest.nodes}
    places = {number: (line[-1], len(line) - 1) for number, line in lines.items()}
    return (
        len(inside) == len(set(inside)) == forest.group.members
        and len(forest.nodes) == forest.group.nodes
        and places == {number: forest.root_and_depth(number) for number in forest.nodes}
    )


@settings(max_examples=40)
@given(ACTS)
def test_the_forest_has_no_cycle_one_root_per_node_and_one_stay_per_member__if_1_if_8_if_13(acts: list[Act]) -> None:
    forest = stored_forest(story(acts, policy()))
    assert is_sound(forest)
    assert all(node.left_ms is None or node.left_ms >= node.joined_ms for node in forest.nodes.values())


@settings(max_examples=60)
@given(ACTS, st.lists(st.tuples(st.integers(0, 25), st.integers(1, 12)), max_size=12))
def test_a_forest_stays_sound_however_late_events_come__if_12_c_4(
    acts: list[Act], delays: list[tuple[int, int]]
) -> None:
    told = story(acts, policy())
    for place, later in delays:
        if place < len(told.events):
            event = told.events.pop(place)
            told.events.insert(place + later, event)
    assert is_sound(stored_forest(told))


@settings(max_examples=40)
@given(ACTS, st.sampled_from([1, 2, 9]))
def test_distance_in_the_forest_is_symmetric__if_14(acts: list[Act], th1: int) -> None:
    """All members post at the end: two members with one node each have the same distance in both directions."""
    quiet = [act for act in acts if act[1] in ("join", "leave", "promote")]
    told = story([*quiet, *((10_000, "post", who, who) for who in PEOPLE)], policy(th1=th1))
    forest = stored_forest(told)
    opened = [decision for decision in told.play().decisions if "GRAFT_REFUSED" not in decision.reasons]
    shown = {decision.subject_id: evidence(decision)["associated"] for decision in opened}
    stays = Counter(node.account for node in forest.nodes.values())
    near = {who: {each["account_id"]: each["distance"] for each in members} for who, members in shown.items()}
    inside = {node.account for node in forest.nodes.values() if node.left_ms is None and stays[node.account] == 1}
    pairs = [(one, other) for one in inside & near.keys() for other in inside & near.keys()]
    assert all(near[one].get(other) == near[other].get(one) for one, other in pairs)


@settings(max_examples=40)
@given(ACTS, st.sampled_from(PEOPLE))
def test_an_erasure_leaves_no_name_in_the_forest__c_18_if_e26(acts: list[Act], who: str) -> None:
    told = story([*acts, (1, "erase", who, who)], policy())
    forest = stored_forest(told)
    names = {node.account for node in forest.nodes.values()} | {node.invited_by for node in forest.nodes.values()}
    assert who not in names
