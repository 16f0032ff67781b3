"""Keyed state of a step: the description of a state, its versioned codec, and typed cells over bytes."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

K = TypeVar("K", str, int)
V = TypeVar("V")


ONE_ENTRY: Final = "none: one entry"
"""The `entry` of a state with a single entry."""


class UnreadableStateError(Exception):
    """State bytes have a version that is unknown to this release: a newer release wrote them."""


@dataclass(frozen=True, slots=True)
class Codec(Generic[V]):
    """A versioned codec: writes `version` as the first byte, and reads every released version, migrating it on read."""

    version: int
    encode: Callable[[V], bytes]
    decode: Mapping[int, Callable[[bytes], V]]

    def dumps(self, value: V) -> bytes:
        """Return the version byte and the value's bytes."""
        return bytes([self.version]) + self.encode(value)

    def loads(self, raw: bytes) -> V:
        """Return the value. Raises `UnreadableStateError` for a version unknown to this release."""
        decode = self.decode.get(raw[0])
        if decode is None:
            message = f"state version {raw[0]} is unknown here: known are {sorted(self.decode)}"
            raise UnreadableStateError(message)
        return decode(raw[1:])


@dataclass(frozen=True, slots=True)
class MapSpec(Generic[K, V]):
    """The description of a keyed state: a map of entries under each key of a step.

    `name` is in savepoints: renaming it is a state migration, without which the entries are lost. The key of the step
    is stored as a pseudonym only (`state.pseudonym`). `entry`, `holds` and `kept` are the text of the table of states
    in docs/reference.md, `bound` and `at_bound` that of the table of bounds in docs/security.md.
    """

    name: str
    entry_key: type[K]
    codec: Codec[V]
    _: KW_ONLY
    entry: str  # the ids that key an entry
    holds: str
    kept: str  # how long an entry is kept
    bound: str = (
        ""  # how many entries of one key there are at most, and how long their lists; "none: ..." if any number
    )
    at_bound: str = ""  # what happens to one more
    is_pending: Callable[[V], bool] | None = None  # which entries await an external answer: hosts count them
    by_engine: bool = False  # in Flink, Java writes entries, too: a step must not remember them longer than a batch

    def cell(self, raw: RawMap) -> MapCell[K, V]:
        """Return this state of the current key, typed, over the bytes that a host provides."""
        return MapCell(raw, self.codec)

    def counted_cell(self, raw: RawMap, report: Callable[[int], None]) -> MapCell[K, V]:
        """Return the same cell; `report` gets every change of the number of pending entries, for a counter of them."""
        return self.cell(raw) if self.is_pending is None else PendingCountCell(raw, self.codec, self.is_pending, report)


class RawMap(Protocol):
    """The bytes of one state by entry key, always those of the current key; hosts implement it."""

    def get(self, key: str | int) -> bytes | None:
        """Return the entry's bytes, or None."""

    def put(self, key: str | int, value: bytes) -> None:
        """Write an entry."""

    def remove(self, key: str | int) -> None:
        """Remove an entry; absent is fine."""

    def items(self) -> Iterator[tuple[str | int, bytes]]:
        """Yield a snapshot of the entries, in no particular order."""


class MapCell(Generic[K, V]):
    """A state of the current key, typed."""

    __slots__ = ("_codec", "_latest", "_raw", "_value")

    def __init__(self, raw: RawMap, codec: Codec[V]) -> None:
        self._raw, self._codec = raw, codec
        self._latest: bytes | None = None  # what was read last: an event reads some entries more than once
        self._value: V | None = None

    def get(self, key: K) -> V | None:
        """Return the entry, or None."""
        raw = self._raw.get(key)
        if raw is not self._latest:
            self._latest, self._value = raw, None if raw is None else self._codec.loads(raw)
        return self._value

    def put(self, key: K, value: V) -> None:
        """Write an entry."""
        self._raw.put(key, self._codec.dumps(value))

    def remove(self, key: K) -> None:
        """Remove an entry; absent is fine."""
        self._raw.remove(key)

    def items(self) -> Iterator[tuple[K, V]]:
        """Yield the entries, in no particular order."""
        for key, raw in self._raw.items():
            yield key, self._codec.loads(raw)  # type: ignore[misc]

    def clear(self) -> None:
        """Remove every entry."""
        for key, _ in list(self._raw.items()):
            self.remove(key)  # type: ignore[arg-type]


class PendingCountCell(MapCell[K, V]):
    """A MapCell that reports each change of its number of pending entries, +1 or -1.

    The host adds the changes to a counter, which therefore goes up and down like a gauge.
    """

    __slots__ = ("_is_pending", "_report")

    def __init__(
        self, raw: RawMap, codec: Codec[V], is_pending: Callable[[V], bool], report: Callable[[int], None]
    ) -> None:
        super().__init__(raw, codec)
        self._is_pending, self._report = is_pending, report

    def put(self, key: K, value: V) -> None:
        """Write an entry."""
        self._change(key, after=self._is_pending(value))
        self._raw.put(key, self._codec.dumps(value))

    def remove(self, key: K) -> None:
        """Remove an entry; absent is fine."""
        self._change(key, after=False)
        self._raw.remove(key)

    def _change(self, key: K, *, after: bool) -> None:
        before = self.get(key)
        change = after - (before is not None and self._is_pending(before))
        if change:
            self._report(change)
