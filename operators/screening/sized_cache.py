"""Cache that is bounded by the size of its values, least recently used first."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class SizedCache(Generic[K, V]):
    """Values by key, made when they are missing, of at most `most_bytes` in all.

    The `at_least` values used last stay whatever their size: those in use together must not evict one another.
    """

    def __init__(
        self, make: Callable[[K], V], size_bytes: Callable[[V], int], most_bytes: int, *, at_least: int
    ) -> None:
        self._make, self._size_bytes, self._most_bytes, self._at_least = make, size_bytes, most_bytes, at_least
        self._values: OrderedDict[K, V] = OrderedDict()
        self.held_bytes = 0

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._values)

    def get(self, key: K) -> V:
        """Return the value of a key, from the cache or made now."""
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = self._make(key)
            self.held_bytes += self._size_bytes(value)
            self._evict()
        self._values.move_to_end(key)
        return value

    def _evict(self) -> None:
        while self.held_bytes > self._most_bytes and len(self._values) > self._at_least:
            _, oldest = self._values.popitem(last=False)
            self.held_bytes -= self._size_bytes(oldest)
