"""Work on records of a topic: those of one key in their order, those of different keys side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from connectors.topics.topic_reader import Position
from schemas.records import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AT_ONCE: Final = 16
"""Keys whose records are worked on at the same time."""
OPEN: Final = 10_000
"""Records from the first that is not worked off on, done ones among them; then reading waits, too.

So many at most are worked on again after a restart, whatever one of them waits for.
"""


class Progress:
    """How far the records of each partition are worked off without a gap: where a restart goes on.

    `open` counts those from the first that is not worked off on, in all partitions.
    """

    def __init__(self) -> None:
        self._begun: dict[int, deque[int]] = {}
        self._finished: dict[int, set[int]] = {}
        self.open = 0

    def begin(self, position: Position) -> None:
        """Note that the record before a position is being worked on. Positions of a partition come in order."""
        partition, offset = position
        self._begun.setdefault(partition, deque()).append(offset)
        self.open += 1

    def finish(self, position: Position) -> Position | None:
        """Note that it is worked off; return the position that is reached by that, if one is."""
        partition, offset = position
        begun, finished = self._begun[partition], self._finished.setdefault(partition, set())
        finished.add(offset)
        reached = None
        while begun and begun[0] in finished:
            reached = begun.popleft()
            finished.remove(reached)
            self.open -= 1
        return None if reached is None else (partition, reached)


class Lanes:
    """Workers, and a lane for each key that has records: one that takes long holds up its own key and one worker.

    `reached` saves the position that has been reached.
    """

    def __init__(self, work: Callable[[Record], Awaitable[None]], reached: Callable[[Position], None]) -> None:
        self._work, self._reached = work, reached
        self._progress = Progress()
        self._moved = asyncio.Event()
        self._lanes: dict[str, deque[tuple[Record, Position]]] = {}
        self._due = asyncio.Queue[str]()
        """Keys of lanes of which no record is being worked on."""

    async def put(self, key: str, record: Record, position: Position) -> None:
        """Have a record worked on; wait while too many records are open."""
        await self._begin(position)
        lane = self._lanes.setdefault(key, deque())
        lane.append((record, position))
        if len(lane) == 1:
            self._due.put_nowait(key)

    async def skip(self, position: Position) -> None:
        """Pass over what needs no work; wait while too many records are open."""
        await self._begin(position)
        self._finish(position)

    async def run(self) -> None:
        """Work without end, or until work on a record raises."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._run())

    async def _run(self) -> None:
        while True:
            key = await self._due.get()
            lane = self._lanes[key]
            record, position = lane[0]  # it stays there meanwhile, so that no other worker takes the lane
            await self._work(record)
            lane.popleft()
            if lane:
                self._due.put_nowait(key)
            else:
                del self._lanes[key]
            self._finish(position)

    async def _begin(self, position: Position) -> None:
        while self._progress.open >= OPEN:
            self._moved.clear()
            await self._moved.wait()
        self._progress.begin(position)

    def _finish(self, position: Position) -> None:
        reached = self._progress.finish(position)
        if reached is not None:
            self._moved.set()
            self._reached(reached)
