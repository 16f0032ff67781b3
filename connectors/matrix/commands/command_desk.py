"""The desk at which commands and decisions arrive: carries out, ends what is over, and remembers."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.actions import actions
from connectors.matrix.commands.executor import Executor
from connectors.matrix.commands.ledger import Status, now_ms
from connectors.matrix.commands.patience import patiently
from connectors.matrix.commands.unblocks import Unblocks
from connectors.matrix.store import StoredPositions
from connectors.topics.lanes import Lanes
from schemas.malformed import Malformed
from schemas.records import Decision
from schemas.topics import COMMANDS, DECISIONS, TOPICS

if TYPE_CHECKING:
    from connectors.matrix.commands.actions import Means
    from connectors.matrix.commands.ledger import Entry
    from connectors.matrix.store import Store
    from connectors.topics.event_writer import EventWriter
    from connectors.topics.topic_reader import TopicReader
    from schemas.records import Record

LOOK_EVERY_S: Final = 1.0
"""How often it is looked whether the time of a command is over."""
PRUNE_EVERY_S: Final = 3_600.0
ENDS_AT_ONCE: Final = 16
"""Commands that are ended at the same time; one whose room is refused holds up one place."""
_LOG: Final = logging.getLogger(__name__)


class CommandDesk:
    """The desk. What cannot be carried out is logged, counted and kept in the ledger with its code."""

    def __init__(self, store: Store, means: Means, writer: EventWriter) -> None:
        self._store, self._means = store, means
        self._executor = Executor(actions(means), means.ledger, means.questions)
        self._unblocks = Unblocks(means.ledger, means.lists, writer)
        self._ending = set[str]()
        self.failed = Counter[str]()

    async def run(self, commands: TopicReader, decisions: TopicReader) -> None:
        """Carry out what arrives, without end. Raise BadInput where Kafka refuses."""
        lanes = Lanes(self.carry_out, StoredPositions(self._store, COMMANDS).save)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(lanes.run())
                group.create_task(self._read(commands, lanes))
                group.create_task(self._read_decisions(decisions))
                group.create_task(self._look())
                group.create_task(self._prune())
                group.create_task(self._unblocks.run())
        except ExceptionGroup as failed:
            raise _first(failed) from None

    async def _read(self, commands: TopicReader, lanes: Lanes) -> None:
        async for command, position in commands.records():
            if command is None or isinstance(command, Malformed):
                _LOG.warning("a command that cannot be read: partition %d, before offset %d", *position)
                await lanes.skip(position)
            elif type(command) not in TOPICS[COMMANDS].keys:
                _LOG.warning("%s is no command", type(command).__name__)
                await lanes.skip(position)
            else:
                await lanes.put(TOPICS[COMMANDS].key_of(command), command, position)

    async def carry_out(self, command: Record) -> None:
        """Carry out a command, or give it up."""
        code = await patiently(lambda: self._executor.execute(command))
        if code is not None:
            self._executor.give_up(command, code)
            self._count(type(command).__name__, command.command_id, code)  # type: ignore[attr-defined]

    def _count(self, kind: str, command_id: str, code: str) -> None:
        self.failed[code] += 1
        _LOG.warning("%s %s: %s (%d so far)", kind, command_id, code, self.failed[code])

    async def _read_decisions(self, decisions: TopicReader) -> None:
        positions = StoredPositions(self._store, DECISIONS)
        async for batch in decisions.batches():
            for decision, _ in batch:
                if isinstance(decision, Decision):
                    await self.report(decision)
            positions.save(*dict(position for _, position in batch).items())  # told twice, one changes nothing

    async def report(self, decision: Decision) -> None:
        """Show people a decision that is grave."""
        code = await patiently(lambda: self._means.reviews.report(decision))
        if code is not None:
            self._count("Decision", decision.decision_id, code)

    async def _look(self) -> None:
        """End what is over, without end."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self.end_due())
                await asyncio.sleep(LOOK_EVERY_S)

    async def _prune(self) -> None:
        """Forget what is old, without end."""
        while True:
            self._means.ledger.prune()
            self._means.reviews.prune()
            await asyncio.sleep(PRUNE_EVERY_S)

    async def end_due(self) -> None:
        """Take back, side by side, the commands whose time is over, but those of which that is under way."""
        due = (entry for entry in self._means.ledger.due(now_ms()) if entry.command_id not in self._ending)
        taken = list(islice(due, ENDS_AT_ONCE - len(self._ending)))
        self._ending.update(entry.command_id for entry in taken)
        await asyncio.gather(*map(self._end, taken))

    async def _end(self, entry: Entry) -> None:
        try:
            code = await patiently(lambda: self._executor.end(entry, Status.ENDED))
            if code is not None:
                self._means.ledger.settle(entry.command_id, Status.ENDED, code=code)
                self._count(f"the end of {entry.kind}", entry.command_id, code)
        finally:
            self._ending.remove(entry.command_id)


def _first(failed: ExceptionGroup[Exception]) -> Exception:
    """Return the first failure of a group, which may be of groups."""
    first = failed.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first
