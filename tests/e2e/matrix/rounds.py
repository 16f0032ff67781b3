"""Stories that are told at the same time. In the midst of them the connector may be killed, and killed again.

Each story comes once to its midst, where it waits for the others; and once to its end, behind which it looks whether
everything has happened, and once.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from tests.e2e.matrix.town import LOOK_S, Act

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.e2e.matrix.town import Town

    Story = Callable[[Act], Awaitable[Any]]

_DOWN_S: Final = 1.5
_STILL_S: Final = 3.0
_AT_MOST_S: Final = 30.0


class Gate:
    """A place at which stories wait until all are there and it is opened."""

    def __init__(self) -> None:
        self._missing: set[Act] = set()
        self._complete, self._open = asyncio.Event(), asyncio.Event()

    def expect(self, acts: Sequence[Act]) -> None:
        self._missing.update(acts)

    def arrive(self, act: Act) -> None:
        self._missing.discard(act)
        if not self._missing:
            self._complete.set()

    async def wait(self, act: Act) -> None:
        self.arrive(act)
        await self._open.wait()

    async def wait_for_all(self) -> None:
        await self._complete.wait()

    def open(self) -> None:
        self._open.set()


async def tell(town: Town, number: int, stories: Sequence[Story], *, kills: bool) -> dict[Story, Any]:
    """Return what each story returns, or the fault by which it ended."""
    midst, end = Gate(), Gate()
    async with AsyncExitStack() as stack, town.gateway.listening():
        acts = [Act(town, number, stack, (midst, end)) for _ in stories]
        for gate in (midst, end):
            gate.expect(acts)
        leading = asyncio.ensure_future(_lead(town, midst, end, kills=kills))
        told = await asyncio.gather(*map(_told, stories, acts))
        await leading
        await _until_still(town)
    return dict(zip(stories, told, strict=True))


async def _told(story: Story, act: Act) -> Any:
    try:
        return await story(act)
    except Exception as fault:  # noqa: BLE001 - it is that of the story's own test
        return fault
    finally:
        act.leave()


async def _lead(town: Town, midst: Gate, end: Gate, *, kills: bool) -> None:
    await midst.wait_for_all()
    if kills:
        before = len(await asyncio.to_thread(town.commands))
        await asyncio.to_thread(town.stage.kill)
        midst.open()
        await asyncio.sleep(_DOWN_S)
        await asyncio.to_thread(town.stage.start)
        await _until_commanded(town, before)
        await asyncio.to_thread(town.stage.kill)
        await asyncio.to_thread(town.stage.start)
    midst.open()
    await end.wait_for_all()
    await _until_still(town)
    end.open()


async def _until_commanded(town: Town, before: int) -> None:
    while True:
        if len(await asyncio.to_thread(town.commands)) > before:
            return
        await asyncio.sleep(LOOK_S)


async def _until_still(town: Town) -> None:
    """Wait until every command has been carried out, and no other comes; but not for ever."""
    deadline_s, count = time.monotonic() + _AT_MOST_S, -1
    while time.monotonic() < deadline_s:
        commands = await asyncio.to_thread(town.commands)
        if len(commands) == count and not await asyncio.to_thread(town.unsettled):
            return
        count = len(commands)
        await asyncio.sleep(_STILL_S)
