"""What carrying out a type of command consists of: a note, the effect, and the way back."""

from __future__ import annotations

from typing import Generic, TypeVar

from connectors.matrix.commands.ledger import Note
from schemas.records import Record

Command = TypeVar("Command", bound=Record)


class Impossible(Exception):
    """A command that can never be carried out here; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Action(Generic[Command]):
    """A type of command. Carrying it out twice is carrying it out once, and so is taking it back.

    `effect` names what commands have in common that do the same thing: it is taken back with the last of them.
    Every method may raise HomeserverError, and Impossible, before it has done anything, for what will never work.
    """

    def effect(self, command: Command) -> str:  # noqa: ARG002
        """Return the name of the effect, or nothing where no other command has it."""
        return ""

    def due_ms(self, command: Command) -> int | None:  # noqa: ARG002
        """Return when the effect ends by itself."""
        return None

    async def note(self, command: Command) -> Note:  # noqa: ARG002
        """Return what it takes to take the command back, as things are before it."""
        return {}

    async def carry_out(self, command: Command, note: Note) -> None:
        """Carry out the command."""
        raise NotImplementedError

    async def take_back(self, command_id: str, note: Note) -> None:
        """Take back what the command did, as far as people have not changed it since."""


def ids(*parts: str) -> str:
    """Return an effect's name made of ids, which have no control characters."""
    return "\x1f".join(parts)
