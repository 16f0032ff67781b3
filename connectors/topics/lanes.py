"""Work on records of a topic: those of one key in their order, those of different keys side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final
from zlib import crc32

from connectors.topics.topic_reader import Position
from schemas.records import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LANES: Final = 8
WAITING: Final = 16
"""Records that wait in a lane; then reading waits, too."""
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
    """Workers, each with a queue; a key has one of them. `reached` saves the position that has been reached."""

    def __init__(self, work: Callable[[Record], Awaitable[None]], reached: Callable[[Position], None]) -> None:
        self._work, self._reached = work, reached
        self._progress = Progress()
        self._moved = asyncio.Event()
        self._queues = [asyncio.Queue[tuple[Record, Position]](WAITING) for _ in range(LANES)]

    async def put(self, key: str, record: Record, position: Position) -> None:
        """Have a record worked on; wait while the queue of its key is full, or too many records are open."""
        await self._begin(position)
        await self._queues[crc32(key.encode()) % LANES].put((record, position))

    async def skip(self, position: Position) -> None:
        """Pass over what needs no work; wait while too many records are open."""
        await self._begin(position)
        self._finish(position)

    async def run(self) -> None:
        """Work without end, or until work on a record raises."""
        async with asyncio.TaskGroup() as group:
            for queue in self._queues:
                group.create_task(self._run(queue))

    async def _run(self, queue: asyncio.Queue[tuple[Record, Position]]) -> None:
        while True:
            record, position = await queue.get()
            await self._work(record)
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
