"""One account's state, kept as bytes, and its timers, for tests that call the functions of a rule by themselves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.policy.model import Policy
    from state.spec import K, MapCell, MapSpec, V


class Entries(dict[Any, bytes]):
    """The entries of one state."""

    def put(self, key: str | int, value: bytes) -> None:
        self[key] = value

    def remove(self, key: str | int) -> None:
        self.pop(key, None)

    def items(self) -> Iterator[tuple[Any, bytes]]:  # type: ignore[override]
        yield from list(super().items())


class Account:
    """The context of an operator for one key."""

    def __init__(self, key: str, policy: Policy) -> None:
        self.key, self.policy, self.late, self.in_shadow = key, policy, False, False
        self.entries: defaultdict[str, Entries] = defaultdict(Entries)
        self.timers: set[int] = set()

    @property
    def policies(self) -> Sequence[Policy]:
        return (self.policy,)

    def policy_of(self, version: str) -> Policy:
        assert version == self.policy.version
        return self.policy

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        return spec.cell(self.entries[spec.name])

    def set_timer(self, at_ms: int) -> None:
        self.timers.add(at_ms)

    @property
    def stored(self) -> dict[str, Entries]:
        """All states that have an entry."""
        return {name: entries for name, entries in self.entries.items() if entries}

    def due(self, at_ms: int) -> Iterator[int]:
        """Yield the timers up to a time, also those that are set meanwhile, in their order."""
        while self.timers and (first_ms := min(self.timers)) <= at_ms:
            self.timers.remove(first_ms)
            yield first_ms
