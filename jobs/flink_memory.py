"""How does a step in Flink get at its state? Through Java, which is asked once and told at the end of a batch.

Each call crosses from the interpreter to the JVM and costs microseconds, most of them spent on finding out what its
arguments are. `InOrder.java` and `Cells.java` are the other side. Nobody else reads or writes this state, so what is
known of it stays true from batch to batch, and is forgotten only to save memory.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from jobs.flink_cells import Cells
from jobs.wire import pack_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from state.spec import MapSpec

KNOWN_AT_MOST: Final = 4 << 20
"""Bytes that a step may know of its state before it forgets all of it: each step knows so much, and all share one JVM's
memory beside the heap."""

_TIME: Final = struct.Struct(">q")


class Memory:
    """All states of a step, always those of the key at hand. `before` is the step's `InOrder.java`."""

    def __init__(self, before: Any, states: Sequence[MapSpec[Any, Any]]) -> None:  # noqa: ANN401 - an object of the JVM
        self.pseudonym = ""
        self.known = 0  # bytes, about
        self._before, self._selected = before, ""
        self._cells = {spec.name: Cells(self, before, number, spec) for number, spec in enumerate(states)}
        self._alarms: set[tuple[int, str]] = set()

    def __getitem__(self, name: str) -> Cells:
        """Return a state."""
        return self._cells[name]

    def turn_to(self, pseudonym: str) -> None:
        """Make the state that of the key with this pseudonym."""
        if self.known > KNOWN_AT_MOST:
            self._tell(self._before.change)
            for cells in self._cells.values():
                cells.forget()
            self.known = 0
        self.pseudonym = pseudonym

    def ask(self) -> None:
        """Make the key at hand that of Java, which is asked next."""
        if self._selected != self.pseudonym:
            self._before.select(self.pseudonym)
            self._selected = self.pseudonym

    def alarm(self, at_ms: int) -> None:
        """Set an alarm for the key at hand; twice for one time is once."""
        self._alarms.add((at_ms, self.pseudonym))

    def leave(self) -> None:
        """End a batch: what has changed is left to Java, which writes it while others have their turn."""
        self._tell(self._before.changeAfterwards)

    def _tell(self, change: Callable[[bytes, bytes], None]) -> None:
        changes = b"".join(cells.changes() for cells in self._cells.values())
        alarms = b"".join(_TIME.pack(at_ms) + pack_name(name) for at_ms, name in self._alarms)
        self._alarms.clear()
        self._selected = ""  # Java turns to keys of its own
        if changes or alarms:
            change(changes, alarms)
