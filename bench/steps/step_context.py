"""In-memory context of a step that is measured by itself: states in dictionaries, timers never fire."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Labels
    from operators.policy.versions import PolicyBook
    from state.spec import K, MapSpec, RawMap, V


class DictContext:
    """The context that `jobs.runtime.host` requires, for one key after another."""

    def __init__(self, policies: PolicyBook, key: str = "") -> None:
        self.policies, self.key = policies, key
        self._cells: dict[tuple[str, str], dict[Any, bytes]] = defaultdict(dict)

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        """Return a state, always that of the current key."""
        return _CurrentKeyCell(self, spec.name)

    def entries(self, state: str) -> dict[Any, bytes]:
        """Return the entries of a state of the current key."""
        return self._cells[state, self.key]

    def set_timer(self, at_ms: int) -> None:
        """Ignore a timer."""

    def count(self, name: str, labels: Labels = ()) -> None:
        """Count nothing."""

    def adjust_pending(self, state: str, by: int) -> None:
        """Count nothing."""


class _CurrentKeyCell:
    """One state of the current key."""

    __slots__ = ("_lent", "_state")

    def __init__(self, lent: DictContext, state: str) -> None:
        self._lent, self._state = lent, state

    def get(self, key: str | int) -> bytes | None:
        return self._lent.entries(self._state).get(key)

    def put(self, key: str | int, value: bytes) -> None:
        self._lent.entries(self._state)[key] = value

    def remove(self, key: str | int) -> None:
        self._lent.entries(self._state).pop(key, None)

    def items(self) -> Iterator[tuple[str | int, bytes]]:
        yield from list(self._lent.entries(self._state).items())
