"""The port between decision logic and whatever engine hosts it.

An operator names its states, takes one record at a time for the key at hand, and yields what it concludes.
It has no other power: no clock, no chance, no input or output, no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from operators.policy.model import Policy
    from state.spec import K, MapCell, MapSpec, V


class Metric(Struct, frozen=True):
    """Something that happened and changes nothing: the host counts it under `name`, in a metric."""

    name: str


ERASED_METRIC: Final = Metric("erased")
"""Counts what is ignored because it is older than the erasure of an account that it names (C-18)."""
LATE_FACT_METRIC: Final = Metric("late-fact-ignored")
"""Counts a fact that is older than the one stored in its place (C-4)."""


class Context(Protocol):
    """What an operator may touch while it handles one record or one alarm of one key."""

    @property
    def key(self) -> str:
        """The key at hand. When an alarm rings, its pseudonym: whose it is stands in an entry, or nowhere any more."""

    @property
    def policy(self) -> Policy:
        """The policy in force at the event's (or the alarm's) time."""

    @property
    def policies(self) -> Sequence[Policy]:
        """The policies that judge the event: that one, and those in shadow mode (C-21)."""

    @property
    def late(self) -> bool:
        """Whether the event came when the watermark had already passed it (C-4)."""

    def policy_of(self, version: str) -> Policy:
        """Return the policy that an open item began with."""

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        """Return a declared state of the key at hand."""

    def set_timer(self, at_ms: int) -> None:
        """Call `on_timer` of this key when event time has passed `at_ms`; asking twice for one time is asking once."""


Handler = Callable[[Any, Context], Iterator[Any]]


class Operator:
    """One room of the graph. `handles` says which record types it takes, and how."""

    uid: ClassVar[str]
    states: ClassVar[tuple[MapSpec[Any, Any], ...]] = ()
    ordered: ClassVar[bool] = True
    """False only where answers do not depend on the order of events; the reason stands beside it."""

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        raise NotImplementedError

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:  # noqa: ARG002 - for those that set no alarm
        """Act on what is due at `at_ms` or before."""
        yield from ()
