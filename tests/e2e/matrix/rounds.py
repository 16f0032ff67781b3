"""Stories that are told at the same time. Meanwhile the connector may be killed, until each was hit in the middle.

Each story comes once to its midst, where it waits for the others; and once to its end, behind which it looks whether
everything has happened, and once.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from schemas.records import CloseEventGroup
from tests.e2e.matrix.town import Act, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.e2e.matrix.town import Town

    Story = Callable[[Act], Awaitable[Any]]

_DOWN_S: Final = 1.5
_AT_MOST_S: Final = 1_200.0
_AT_ONCE_S: Final = 0.005
_STILL_S: Final = 3.0


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

    def is_complete(self) -> bool:
        return self._complete.is_set()

    async def wait(self, act: Act) -> None:
        self.arrive(act)
        await self._open.wait()

    async def wait_for_all(self) -> None:
        await self._complete.wait()

    def open(self) -> None:
        self._open.set()


async def tell(town: Town, number: int, stories: Sequence[Story], *, kills: bool) -> dict[Story, Any]:
    """Return what each story returns, or the fault by which it ended. A fault between the stories ends them all."""
    midst, end = Gate(), Gate()
    async with asyncio.timeout(_AT_MOST_S), AsyncExitStack() as stack, town.gateway.listening():
        acts = [Act(town, number, stack, (midst, end)) for _ in stories]
        for gate in (midst, end):
            gate.expect(acts)
        async with asyncio.TaskGroup() as group:
            told = [group.create_task(_told(story, act)) for story, act in zip(stories, acts, strict=True)]
            group.create_task(_lead(town, acts, midst, end, kills=kills))
    return {story: each.result() for story, each in zip(stories, told, strict=True)}


async def _told(story: Story, act: Act) -> Any:
    try:
        return await story(act)
    except Exception as fault:  # noqa: BLE001 - it is that of the story's own test
        return fault
    finally:
        act.leave()


async def _lead(town: Town, acts: Sequence[Act], midst: Gate, end: Gate, *, kills: bool) -> None:
    await midst.wait_for_all()
    if kills:
        await asyncio.to_thread(town.stage.kill)
        midst.open()
        await asyncio.sleep(_DOWN_S)
        await asyncio.to_thread(town.stage.start)
        await _kill_until_all_are_hit(town, acts, end)
    midst.open()
    await end.wait_for_all()
    await until(_is_still, town)
    end.open()


async def _kill_until_all_are_hit(town: Town, acts: Sequence[Act], end: Gate) -> None:
    """Kill the connector when it has something to do for a story in which it was not yet killed so.

    The end of an event group counts as a story of its own.
    """
    missing: set[Act | type] = {*acts, CloseEventGroup}
    while missing and not end.is_complete():
        if missing & await asyncio.to_thread(_concerned, town, acts):
            await asyncio.to_thread(town.stage.kill)
            missing -= await asyncio.to_thread(_concerned, town, acts)
            await asyncio.to_thread(town.stage.start)
        await asyncio.sleep(_AT_ONCE_S)
    town.spared = [sorted(each.ids) if isinstance(each, Act) else each.__name__ for each in missing]


def _concerned(town: Town, acts: Sequence[Act]) -> set[Act | type]:
    """Return the stories, and the types, of the commands that are not carried out."""
    waiting = town.unsettled()
    named = {each for each in acts if any(name in repr(command) for name in each.ids for command in waiting)}
    return {*named, *map(type, waiting)}


async def _is_still(town: Town) -> bool:
    """Return whether everything has been done, and for a while no other command comes."""
    before = await asyncio.to_thread(town.topics.commands)
    await asyncio.sleep(_STILL_S)
    if len(await asyncio.to_thread(town.topics.commands)) > len(before):
        return False
    return not await asyncio.to_thread(town.unsettled) and not await asyncio.to_thread(town.guarded)
