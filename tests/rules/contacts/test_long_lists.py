"""Long contact lists: storing a profile costs as much as on a short list, and all contacts are compared (AI-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.contacts import contact_profiles
from state.pseudonym import pseudonym_of
from state.stores.memory import MemoryStore
from state.stores.store import prefix_of
from tests.support.portraits import H0, K, Portraits, findings, rules
from tests.support.story import DAY, evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW, MANY = 40, 320
ROOM = 4


@pytest.fixture(autouse=True)
def small_parts() -> Iterator[None]:
    """Make parts small, so that they are soon split."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contact_profiles, "PART_CAPACITY", ROOM)
        yield


class CountingStore(MemoryStore):
    """Counts the rows and bytes of contact profiles that are read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = self.size = 0

    def get(self, key: bytes) -> bytes | None:
        """Return the row, or None."""
        found = super().get(key)
        self._note(key, found or b"")
        return found

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        self._note(key, value)
        super().put(key, value)

    def _note(self, key: bytes, value: bytes) -> None:
        if b"faces" in key or b"face-parts" in key:
            self.rows += 1
            self.size += len(value)


def listed(length: int) -> Portraits:
    """Return a story in which R has `length` friends, each with an avatar unlike the others'."""
    story = Portraits(rules(gate={"gate_enabled": False}))
    for number in range(length):
        story.befriends("R", f"friend-{number}", number, mutual=False)
        story.avatar(f"friend-{number}", number.to_bytes(2) + K[2:], number)
    return story.befriends("x", "y", DAY)


def rows_of(story: Portraits) -> list[bytes]:
    """Return the rows of the contact profiles of R."""
    return [row for row, _ in story.stored_rows() if b"face" in row and prefix_of(pseudonym_of("R")) in row]


def cost_per_profile(length: int) -> tuple[float, float]:
    """Return the mean number of rows and bytes read and written per stored profile."""
    story, store = listed(length), CountingStore()
    run = Replay(risk_graph(), store, story.policy)
    for event in story.events:
        list(run.push(event))
    return store.rows / length, store.size / length


def test_storing_a_profile_costs_as_much_as_on_a_short_list__ai_15() -> None:
    (rows, size), (most_rows, most_size) = cost_per_profile(FEW), cost_per_profile(MANY)
    assert most_rows <= rows + 4  # a split reads a part, and writes the number of parts and two parts
    assert most_size <= 2 * size + 4 * ROOM * 100


def test_all_contacts_on_a_long_list_are_compared__ai_14() -> None:
    story = listed(MANY).avatar("S", H0, 2 * DAY)
    for place, number in enumerate((0, MANY // 2, MANY - 1)):
        story.avatar(f"friend-{number}", H0, 3 * DAY + place)
    [decision] = findings(story.writes(4 * DAY).play())
    assert evidence(decision)["candidates"] == 3


def test_removed_contact_is_forgotten_and_can_be_added_again__ai_15() -> None:
    story = listed(MANY).avatar("S", H0, 4 * DAY).avatar("friend-7", H0, 2 * DAY).unfriends("R", "friend-7", 3 * DAY)
    assert not findings(story.writes(5 * DAY).play())
    story.befriends("R", "friend-7", 6 * DAY).writes(7 * DAY)
    assert len(findings(story.play())) == 1


def test_erasure_removes_the_whole_list__c_18() -> None:
    story = listed(FEW).erased("R", 2 * DAY).befriends("x", "z", 3 * DAY)
    assert not rows_of(story)


def test_parts_are_limited__ai_15() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contact_profiles, "MAX_PARTS", contact_profiles.INITIAL_PARTS + 1)
        assert len(rows_of(listed(MANY))) == contact_profiles.INITIAL_PARTS + 1 + 1  # one row holds the number of parts
