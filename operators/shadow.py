"""What would be decided under a policy that does not act? Key: the step's.

An operator is run once more, over a context that has the other policy and forgets what is written: it reads what the
live run reads, changes none of it and arms no timer (C-21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from state.spec import K, MapCell, MapSpec, V

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context
    from operators.policy import Policy


class ShadowContext:
    """One event's context, under a policy in shadow mode. What is written is read again, and forgotten with it."""

    def __init__(self, ctx: Context, policy: Policy) -> None:
        self._ctx, self._policy = ctx, policy
        self._cells: dict[str, ShadowCell[Any, Any]] = {}

    @property
    def key(self) -> str:
        """The key at hand."""
        return self._ctx.key

    @property
    def policy(self) -> Policy:
        """The policy in shadow mode."""
        return self._policy

    @property
    def judging(self) -> Sequence[Policy]:
        """That policy alone."""
        return (self._policy,)

    @property
    def late(self) -> bool:
        """Whether the event came late."""
        return self._ctx.late

    def policy_of(self, version: str) -> Policy:
        """Return the policy that an open item began with: always one that was live."""
        return self._policy if version == self._policy.version else self._ctx.policy_of(version)

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        """Return a state of the key at hand, to be read and to be written in vain."""
        cell = self._cells.get(spec.name)
        if cell is None:
            cell = self._cells[spec.name] = ShadowCell(self._ctx[spec])
        return cell

    def wake_at(self, at_ms: int) -> None:
        """Arm no timer."""


class ShadowCell(MapCell[K, V], Generic[K, V]):
    """A state beneath what was written in the shadow; None stands for what was removed there."""

    __slots__ = ("_below", "_written")

    def __init__(self, below: MapCell[K, V]) -> None:  # no bytes of its own
        self._below: MapCell[K, V] = below
        self._written: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return the entry, or None."""
        return self._written[key] if key in self._written else self._below.get(key)

    def put(self, key: K, value: V) -> None:
        """Write an entry, for this event alone."""
        self._written[key] = value

    def remove(self, key: K) -> None:
        """Remove an entry, for this event alone."""
        self._written[key] = None

    def items(self) -> Iterator[tuple[K, V]]:
        """Yield the entries, in no particular order."""
        written = dict(self._written)
        for key, value in self._below.items():
            if key not in written:
                yield key, value
        for key, changed in written.items():
            if changed is not None:
                yield key, changed

    def clear(self) -> None:
        """Remove every entry, for this event alone."""
        for key, _ in list(self.items()):
            self.remove(key)
