"""The port between decision logic and the engine that hosts it (Flink, or the replay in one process).

An operator declares its keyed state, handles one record at a time for the current key, and yields records. It has no
access to a clock, to randomness, to input or output, or to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from operators.policy.model import Policy
    from state.spec import K, MapCell, MapSpec, V


Labels = tuple[tuple[str, str], ...]
"""Labels of a counter with their values, of which there are few: none names an account."""


class Metric(Struct, frozen=True):
    """Increments the counter `name`: an operator yields it for an event without effect, and the host counts it."""

    name: str
    labels: Labels = ()


ERASED_METRIC: Final = Metric("erased")
"""Counts what is ignored because it is older than the erasure of an account that it names (C-18)."""
LATE_FACT_METRIC: Final = Metric("late-fact-ignored")
"""Counts a fact that is older than the one stored in its place (C-4)."""


class Context(Protocol):
    """State, timers and policies of the current key, while an operator handles one record or one timer."""

    @property
    def key(self) -> str:
        """The current key. In `on_timer` its pseudonym: the key itself is in an entry, or is erased."""

    @property
    def policy(self) -> Policy:
        """The policy in force at the time of the event or timer."""

    @property
    def policies(self) -> Sequence[Policy]:
        """The policies that evaluate the event: the one in force, and those in shadow mode (C-21)."""

    @property
    def late(self) -> bool:
        """Whether the event is late: the watermark had passed its time when it came (C-4)."""

    @property
    def in_shadow(self) -> bool:
        """Whether `policy` is in shadow mode: what is written is read by nothing later (C-21)."""

    def policy_of(self, version: str) -> Policy:
        """Return the policy of a version: an item that stays open keeps the version that it began with (C-19)."""

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        """Return a declared state of the current key."""

    def set_timer(self, at_ms: int) -> None:
        """Have `on_timer` of this key called when event time has passed `at_ms`; one timer per key and time."""


Handler = Callable[[Any, Context], Iterator[Any]]


class Operator:
    """One step of the graph. `handles` maps each record type that it accepts to its handler."""

    uid: ClassVar[str]
    states: ClassVar[tuple[MapSpec[Any, Any], ...]] = ()
    ordered: ClassVar[bool] = True
    """False only where results do not depend on the order of events; a comment beside it gives the reason."""

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        raise NotImplementedError

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:  # noqa: ARG002 - for operators without timers
        """Handle what is due at `at_ms` or before."""
        yield from ()
