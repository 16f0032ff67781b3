"""Carries out commands, one after the other, and remembers which."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas.malformed import Malformed
from schemas.topics import COMMANDS

if TYPE_CHECKING:
    from connectors.matrix.configuration import Configuration
    from connectors.matrix.homeserver import Homeserver
    from connectors.matrix.store import Store
    from connectors.topics.event_writer import EventWriter
    from connectors.topics.topic_reader import TopicReader
    from schemas.records import Record

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CommandDesk:
    """The desk at which commands arrive. Answers that are not events of the homeserver are written by `writer`."""

    configuration: Configuration
    homeserver: Homeserver
    store: Store
    writer: EventWriter

    async def run(self, reader: TopicReader) -> None:
        """Carry out what arrives, without end."""
        async for command, (partition, offset) in reader.records():
            if isinstance(command, Malformed):
                _LOG.warning("a command that cannot be read: %s", command.reason)
            elif command is not None:
                await self.carry_out(command)
            with self.store.writing():
                self.store.set_position(f"{COMMANDS}/{partition}", offset)

    async def carry_out(self, command: Record) -> None:
        """Carry out one command."""
        _LOG.warning("%s is not carried out on Matrix", type(command).__name__)
