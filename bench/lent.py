"""What is a step lent that is measured by itself? States in dictionaries, in their own bytes; no alarm rings."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy_book import PolicyBook
    from state.spec import K, MapSpec, RawMap, V


class Lent:
    """A turn as `jobs.host` takes it, for one key after another."""

    def __init__(self, policies: PolicyBook, key: str = "") -> None:
        self.policies, self.key = policies, key
        self._cells: dict[tuple[str, str], _Cell] = defaultdict(_Cell)

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        """Lend a state of the key at hand."""
        return self._cells[spec.name, self.key]

    def register(self, at_ms: int) -> None:
        """Let no alarm ring."""

    def count(self, name: str) -> None:
        """Count nothing."""

    def pend(self, state: str, by: int) -> None:
        """Count nothing."""


class _Cell(dict[Any, bytes]):
    """One state of one key."""

    put = dict.__setitem__

    def remove(self, key: str | int) -> None:
        self.pop(key, None)

    def items(self) -> Iterator[tuple[str | int, bytes]]:  # type: ignore[override]
        yield from list(super().items())
