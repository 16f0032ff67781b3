"""Lanes: order within a key, none between keys, and a position without a gap."""

from __future__ import annotations

import asyncio
import string
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.topics import lanes
from connectors.topics.lanes import AT_ONCE, Lanes, Progress
from connectors.topics.topic_reader import Position
from schemas.records import TellEnded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from schemas.records import Record


def command(number: int, key: str) -> TellEnded:
    return TellEnded(
        command_id=f"{number}", decision_id="d", at_ms=number, incident_id=key, group_id="g", account_id="a"
    )


@given(order=st.permutations(range(1, 9)))
def test_the_position_moves_when_everything_before_it_is_done(order: list[int]) -> None:
    progress, reached = Progress(), 0
    for offset in range(1, 9):
        progress.begin((0, offset))
    finished = set[int]()
    for offset in order:
        finished.add(offset)
        position = progress.finish((0, offset))
        without_gap = max((n for n in range(9) if finished >= set(range(1, n + 1))), default=0)
        assert position == ((0, without_gap) if without_gap > reached else None)
        reached = max(reached, without_gap)


def test_partitions_move_by_themselves() -> None:
    progress = Progress()
    for position in ((0, 5), (1, 7)):
        progress.begin(position)
    assert progress.finish((1, 7)) == (1, 7)
    assert progress.finish((0, 5)) == (0, 5)


class Run:
    """Lanes at work on commands of several keys, until all are done."""

    def __init__(self, keys: str, work: Callable[[Record], Awaitable[None]]) -> None:
        self.saved = list[Position]()
        asyncio.run(self._work_off(keys, work))

    async def _work_off(self, keys: str, work: Callable[[Record], Awaitable[None]]) -> None:
        at_work = Lanes(work, self.saved.append)
        running = asyncio.create_task(at_work.run())
        for number, key in enumerate(keys):
            await at_work.put(key, command(number, key), (0, number + 1))
        while not self.saved or self.saved[-1] != (0, len(keys)):
            await asyncio.sleep(0)
            if running.done():
                running.result()
        running.cancel()


def test_commands_of_one_key_are_carried_out_in_their_order__mx_21() -> None:
    done = list[tuple[str, int]]()

    async def work(record: Record) -> None:
        assert isinstance(record, TellEnded)
        for _ in range(record.at_ms % 3):
            await asyncio.sleep(0)
        done.append((record.incident_id, record.at_ms))

    keys = "abcdefgh" * AT_ONCE * 2
    saved = Run(keys, work).saved
    assert len(done) == len(keys)
    for key in set(keys):
        assert [number for name, number in done if name == key] == [n for n, name in enumerate(keys) if name == key]
    assert all(first < second for first, second in pairwise(saved))


def test_a_slow_key_does_not_hold_up_another() -> None:
    done, others = list[str](), asyncio.Event()

    async def work(record: Record) -> None:
        assert isinstance(record, TellEnded)
        if record.incident_id == "a":
            await others.wait()
        done.append(record.incident_id)
        if len(done) == len(keys) - 1:
            others.set()

    keys = "a" + string.ascii_uppercase * 2
    Run(keys, work)
    assert done[-1] == "a"


@pytest.mark.parametrize("is_skipped", [False, True])
def test_reading_waits_while_one_record_holds_the_position_up__mx_21(
    monkeypatch: pytest.MonkeyPatch, *, is_skipped: bool
) -> None:
    monkeypatch.setattr(lanes, "OPEN", 10)
    read, go_on = list[int](), asyncio.Event()

    async def work(record: Record) -> None:
        assert isinstance(record, TellEnded)
        if record.incident_id == "slow":
            await go_on.wait()

    async def read_all(at_work: Lanes) -> None:
        await at_work.put("slow", command(0, "slow"), (0, 1))
        for offset in range(2, 31):
            if is_skipped:
                await at_work.skip((0, offset))
            else:
                await at_work.put("fast", command(offset, "fast"), (0, offset))
            read.append(offset)

    async def story() -> list[int]:
        at_work = Lanes(work, lambda _: None)
        running, reading = asyncio.create_task(at_work.run()), asyncio.create_task(read_all(at_work))
        for _ in range(200):
            await asyncio.sleep(0)
        before = list(read)
        go_on.set()
        await reading
        running.cancel()
        return before

    assert asyncio.run(story()) == list(range(2, 11))
    assert read == list(range(2, 31))


def test_a_failure_of_work_ends_the_lanes_and_moves_nothing() -> None:
    async def work(_record: Record) -> None:
        raise RuntimeError

    with pytest.raises(ExceptionGroup):
        Run("a", work)
