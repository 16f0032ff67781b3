"""Watch over ignore lists: who removes an entry that a command has made has unblocked the other.

The homeserver tells an application service nothing of account data, so lists are read in turns.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.ledger import Entry, Status, now_ms
from connectors.matrix.commands.patience import patiently
from schemas.records import AccountUnblocked, BlockAccount

if TYPE_CHECKING:
    from connectors.matrix.commands.ledger import Ledger
    from connectors.matrix.commands.pair import IgnoreLists
    from connectors.topics.event_writer import EventWriter

EVERY_S: Final = 10.0
AT_A_TIME: Final = 50
"""Lists that are read in a round: of ten thousand blocks each is looked at every half hour or so."""
_UNBLOCKED_MS: Final = "unblocked_ms"


class Unblocks:
    """The blocks that commands have made, in turns."""

    def __init__(self, ledger: Ledger, lists: IgnoreLists, writer: EventWriter) -> None:
        self._ledger, self._lists, self._writer = ledger, lists, writer
        self._last = ""

    async def run(self) -> None:
        """Look without end."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Look at the next blocks."""
        entries = self._ledger.all_standing(BlockAccount.__name__, self._last, AT_A_TIME)
        self._last = entries[-1].command_id if len(entries) == AT_A_TIME else ""
        for entry in entries:
            await patiently(lambda entry=entry: self._look_at(entry))  # type: ignore[misc]

    async def _look_at(self, entry: Entry) -> None:
        account_id, blocked_id = entry.note["account"], entry.note["blocked"]
        if await self._lists.has(account_id, blocked_id):
            self._forget_time(entry)
            return
        now = self._ledger.entry(entry.command_id)
        if now is None or now.status is not Status.DONE:
            return  # it was the connector that removed the entry, since a command was revoked meanwhile
        at_ms = entry.note.get(_UNBLOCKED_MS) or now_ms()  # once for all: the event may have to be sent again
        self._ledger.renote(entry.command_id, {**entry.note, _UNBLOCKED_MS: at_ms})
        event_id = f"unblocked-{entry.command_id}"
        await self._writer.write(
            [AccountUnblocked(event_id=event_id, at_ms=at_ms, account_id=account_id, other_id=blocked_id)]
        )
        self._ledger.settle(entry.command_id, Status.ENDED)

    def _forget_time(self, entry: Entry) -> None:
        """Forget when an entry was removed that is there again: the next removal has a time of its own."""
        if _UNBLOCKED_MS in entry.note:
            note = {name: value for name, value in entry.note.items() if name != _UNBLOCKED_MS}
            self._ledger.renote(entry.command_id, note)
