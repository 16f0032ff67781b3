"""A store in memory: for replays without a state directory, and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sortedcontainers import SortedList

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryStore:
    """Rows in a dictionary. They are put in order when somebody scans them: nearly all are only ever got and put."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}
        self._order: SortedList[bytes] = SortedList()
        self._new: set[bytes] = set()  # rows that stand nowhere in the order yet
        self._gone: set[bytes] = set()  # what stands in the order and is no row any more

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

    def _put_in_order(self) -> None:
        for key in self._gone:
            self._order.remove(key)
        self._order.update(self._new)
        self._gone.clear()
        self._new.clear()


def _move(key: bytes, out_of: set[bytes], into: set[bytes]) -> None:
    """Take back that a row has come or gone, or note that it has gone or come."""
    if key in out_of:
        out_of.remove(key)
    else:
        into.add(key)
