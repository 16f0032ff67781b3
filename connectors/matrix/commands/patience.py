"""How long it is tried to do something on the homeserver that it refuses."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.action import Impossible
from connectors.matrix.homeserver import HomeserverError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

ROUNDS: Final = 5
"""Rounds of attempts, each as long as the homeserver's client makes them, for what is refused for the moment."""
PAUSE_S: Final = 10.0
_LOG: Final = logging.getLogger(__name__)


async def patiently(
    act: Callable[[], Awaitable[None]], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> str | None:
    """Do something that may be repeated; return None, or the code by which it never works.

    Where nobody answers, or the token is not known, it waits without end: nothing else could be done there either.
    What fails in another way is a fault of ours or an answer that makes no sense; the next command shall not suffer
    from it.
    """
    refused = 0
    while True:
        try:
            await act()
        except Impossible as fault:
            return fault.code
        except HomeserverError as fault:
            refused += not fault.is_of_all
            if fault.is_final or refused == ROUNDS:
                return fault.code
        except Exception as fault:  # noqa: BLE001 - see above
            _LOG.error("a fault: %s", type(fault).__name__)
            return type(fault).__name__
        else:
            return None
        await pause(PAUSE_S)


async def each_of(acts: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do several things, one after the other: what is refused of one keeps none of the others.

    Raise HomeserverError afterwards, one that may pass first, or at once where nobody answers.
    """
    refusals: list[HomeserverError] = []
    for act in acts:
        try:
            await act()
        except HomeserverError as refused:
            if refused.is_of_all:
                raise
            refusals.append(refused)
    if refusals:
        raise min(refusals, key=lambda refused: refused.is_final)
