"""In-memory store: for replays without a state directory, and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sortedcontainers import SortedList

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryStore:
    """Rows in a dictionary, sorted only on a scan: nearly all are only ever read and written by key."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}
        self._order: SortedList[bytes] = SortedList()
        self._new: set[bytes] = set()  # rows not yet in the order
        self._gone: set[bytes] = set()  # in the order, but removed

    def get(self, key: bytes) -> bytes | None:
        """Return the row, or None."""
        return self._rows.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        if key not in self._rows:
            _move(key, self._gone, self._new)
        self._rows[key] = value

    def delete(self, key: bytes) -> None:
        """Remove a row; absent is fine."""
        if self._rows.pop(key, None) is not None:
            _move(key, self._new, self._gone)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows whose key begins with `prefix`, in order."""
        self._put_in_order()
        for key in self._order.irange(minimum=prefix):
            if not key.startswith(prefix):
                return
            yield key, self._rows[key]

    def close(self) -> None:
        """Nothing to make durable."""

    def abandon(self) -> None:
        """Nothing to release."""

    def _put_in_order(self) -> None:
        for key in self._gone:
            self._order.remove(key)
        self._order.update(self._new)
        self._gone.clear()
        self._new.clear()


def _move(key: bytes, out_of: set[bytes], into: set[bytes]) -> None:
    """Cancel a pending change of the order, or record the opposite one."""
    if key in out_of:
        out_of.remove(key)
    else:
        into.add(key)
