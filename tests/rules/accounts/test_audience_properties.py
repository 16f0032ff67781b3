"""Each change reaches the whole audience at its time, however it has grown and shrunk (AI-15)."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from jobs.runtime.host import Host
from operators.accounts import audience
from schemas.records import AppearanceChanged, Record
from state.catalog.accounts import AUDIENCE_PAGES, AUDIENCE_ROLL
from state.catalog.entry_key import SELF
from state.entries.profiles import Roll
from state.stores.memory import MemoryStore
from tests.support.portraits import H0, K, Portraits
from tests.support.story import DAY, MINUTE, START_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context

FANS = tuple(f"fan{number}" for number in range(7))
WAYS = ("befriends", "befriends", "follows", "follows", "parts", "drops", "changes")
ACTS = st.lists(st.tuples(st.sampled_from(WAYS), st.sampled_from(FANS)), max_size=40)
ADD_TO_PAGE = audience._add_to_page
Acts = list[tuple[str, str]]
Notified = Counter[tuple[int, str]]


class Following:
    """A story in which fans of M are added and removed by one list or two, with the expected notifications."""

    def __init__(self, acts: Acts) -> None:
        self.story = Portraits().avatar("M", K, 0)
        self.lists: set[tuple[str, str]] = set()
        self.most = 0
        self.expected: Notified = Counter()
        for number, (act, fan) in enumerate(acts, 1):
            self._acts(act, fan, number * MINUTE)
            self.most = max(self.most, len(self.present))

    @property
    def present(self) -> set[str]:
        return {fan for fan, _ in self.lists}

    def _acts(self, act: str, fan: str, at: int) -> None:
        match act:
            case "befriends":
                self.story.friends(at=at, account_id=fan, friend_id="M", mutual=False)
                self.lists.add((fan, "friend"))
            case "follows":
                self.story.contact(fan, "M", at)
                self.lists.add((fan, "contact"))
            case "parts":
                self.story.unfriended(at, account_id=fan, friend_id="M", mutual=False)
                self.lists.discard((fan, "friend"))
            case "drops":
                self.story.drops(fan, "M", at)
                self.lists.discard((fan, "contact"))
            case "changes":
                self.story.avatar("M", H0 if at // MINUTE % 2 else K, at, nickname=f"at {at}")
                self.expected.update((START_MS + at, each) for each in self.present)


@contextmanager
def record_notifications() -> Iterator[Notified]:
    """Yield a counter of the notified accounts by time of the change, updated as they are notified."""
    notified: Notified = Counter()
    emit = Host._emit

    def heard(host: Host, conclusions: Iterator[Any], turn: Any) -> Iterator[Any]:
        yielded = list(conclusions)
        changes = (each for each in yielded if isinstance(each, AppearanceChanged) and each.changed)
        notified.update((each.at_ms, each.account_id) for each in changes if each.account_id != "M")
        return emit(host, iter(yielded), turn)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Host, "_emit", heard)
        yield notified


@contextmanager
def pages_of(page: int, pages: int = 1) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audience, "PAGE_SIZE", page)
        patch.setattr(audience, "PAGES_PER_BATCH", pages)
        yield


@given(ACTS, st.integers(1, 4), st.integers(1, 2))
def test_each_change_reaches_each_current_onlooker_once__ai_15(acts: Acts, page: int, pages: int) -> None:
    following = Following([*acts, ("changes", "")])
    with pages_of(page, pages), record_notifications() as notified:
        following.story.play()
    assert notified == following.expected


@given(ACTS, st.integers(1, 7))
def test_pages_are_stored_only_if_the_audience_exceeded_one(acts: Acts, page: int) -> None:
    following = Following(acts)
    with pages_of(page):
        rows = [row for row, _ in following.story.befriends("x", "y", DAY).stored_rows()]
    of_pages = [row for row in rows if AUDIENCE_PAGES.name.encode() in row]
    rolls = [row for row in rows if AUDIENCE_ROLL.name.encode() in row]
    assert not of_pages or following.most > page
    if len(following.present) > page:
        assert of_pages
    if following.most <= page:
        assert len(rolls) == (len(following.present) > 1)
    if not following.present:
        assert not [*of_pages, *rolls]


def add_to_page_as_before(other_id: str, ctx: Context) -> int:
    """Add an onlooker as earlier releases did, which wrote a page for the first one already."""
    roll = ctx[AUDIENCE_ROLL].get(SELF)
    if roll is not None:
        return ADD_TO_PAGE(other_id, ctx)
    ctx[AUDIENCE_PAGES].put(0, (other_id,))
    ctx[AUDIENCE_ROLL].put(SELF, Roll(1, 0, 0))
    return 0


@given(ACTS, ACTS, st.integers(1, 4))
def test_audience_paged_from_the_first_onlooker_still_works(before: Acts, after: Acts, page: int) -> None:
    following = Following([*before, *after, ("changes", "")])
    run = Replay(risk_graph(), MemoryStore(), following.story.policy)
    with pages_of(page), record_notifications() as notified:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(audience, "_add_to_page", add_to_page_as_before)
            push(run, following.story.events[: len(before)])
        push(run, following.story.events[len(before) :])
        list(run.finish())
    assert notified == following.expected


def push(run: Replay, events: list[Record]) -> None:
    for event in events:
        list(run.push(event))
