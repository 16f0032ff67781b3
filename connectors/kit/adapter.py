"""Adapter between the test kit and a connector: what the kit asks of the author of a connector's test.

The adapter knows the messenger: it lets people act there, looks what is to be seen there, and starts and kills the
connector. The kit knows the contract only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A Kafka record that the connector has produced, with the name of its topic in the contract."""

    topic: str
    key: str | None
    value: bytes
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that people did on the messenger, as the event that the contract has for it.

    `fields` names those that the kit compares; ids that the connector makes up are left out.
    """

    kind: type[Record]
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A command that the messenger of the test can carry out; nobody has done to its accounts what it asks for."""

    command: Record
    revocable: bool = True
    """Whether its effect can be taken back. A warning that was read cannot."""
    undone_by_people: Callable[[], None] | None = None
    """Lets people take the effect back themselves, as by unblocking; none where they cannot."""


class ConnectorUnderTest(Protocol):
    """A connector, its topics and its messenger, running and without a past."""

    def play(self) -> Sequence[Happening]:
        """Let people act, and return what the connector has to report of it, once it had time to."""

    def play_and_kill(self) -> Sequence[Happening]:
        """Do as `play`, and kill the connector without warning while it reports: as near to the middle as possible."""

    def deliver_again(self) -> None:
        """Let the messenger deliver all that it has delivered so far once more, as after a lost acknowledgement."""

    def sent(self) -> Sequence[Sent]:
        """Return everything that the connector has produced since the beginning, in order."""

    def now_ms(self) -> int:
        """Return the time by the messenger's clock."""

    def samples(self) -> Sequence[Sample]:
        """Return commands, each with an id of its own; at least one of every type that is not `unsupported`."""

    def carry_out(self, commands: Sequence[Record]) -> None:
        """Put commands on the topic, and return when the connector is done with them."""

    def carry_out_and_kill(self, command: Record) -> None:
        """Put a command on the topic, and kill the connector between the effect and what it remembers of it."""

    def start(self) -> None:
        """Start the connector again, where it was killed. What it had not committed is delivered again."""

    def seen(self, command: Record) -> int:
        """Return how often the messenger shows a command's effect now: notices, entries of a list, memberships."""

    def unsupported(self) -> Mapping[type[Record], str]:
        """Return the types of commands that the messenger has nothing for, each with what is done instead."""


@dataclass(frozen=True, slots=True)
class Check:
    """A property that every connector has: its name, and what finds where it does not hold."""

    name: str
    find: Callable[[ConnectorUnderTest], Sequence[str]] = field(repr=False)

    def __str__(self) -> str:
        return self.name
