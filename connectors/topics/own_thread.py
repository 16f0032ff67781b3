"""A thread of its own for a client that blocks and is for one thread at a time, such as Kafka's."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager

_Client = TypeVar("_Client")
_Result = TypeVar("_Result")
_Given = TypeVarTuple("_Given")


class OwnThread:
    """The thread of one client: its calls run one after the other, also where somebody no longer waits for them."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor

    async def run(self, call: Callable[[*_Given], _Result], *given: *_Given) -> _Result:
        """Return the result of a call in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, call, *given)


@asynccontextmanager
async def open_in_own_thread(
    opened: AbstractContextManager[_Client],
) -> AsyncIterator[tuple[_Client, OwnThread]]:
    """Provide what a context manager provides, with the thread in which it was opened and will be closed."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        thread = OwnThread(executor)
        client = await thread.run(opened.__enter__)
        try:
            yield client, thread
        finally:
            await thread.run(opened.__exit__, None, None, None)
