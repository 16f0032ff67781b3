"""A store in memory: for replays without a state directory, and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sortedcontainers import SortedDict

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryStore:
    """Rows in a sorted dictionary."""

    def __init__(self) -> None:
        self._rows: SortedDict[bytes, bytes] = SortedDict()

    def get(self, key: bytes) -> bytes | None:
        """Return the row, or None."""
        value: bytes | None = self._rows.get(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        self._rows[key] = value

    def delete(self, key: bytes) -> None:
        """Remove a row; absent is fine."""
        self._rows.pop(key, None)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows whose key begins with `prefix`, in order."""
        for key in self._rows.irange(minimum=prefix):
            if not key.startswith(prefix):
                return
            yield key, self._rows[key]

    def close(self) -> None:
        """Nothing to make durable."""
