"""A store in memory that counts what is read and written: the cost of a stream without a clock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from state.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator


class CountingStore(MemoryStore):
    """Counts rows and bytes of all reads, writes and scans."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    @property
    def rows(self) -> int:
        """How many rows are stored."""
        return sum(1 for _ in super().scan(b""))

    @property
    def stored_bytes(self) -> int:
        """The size of all rows, names included."""
        return sum(len(key) + len(value) for key, value in super().scan(b""))

    def get(self, key: bytes) -> bytes | None:
        value = super().get(key)
        self._count(key, value)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        self._count(key, value)
        super().put(key, value)

    def delete(self, key: bytes) -> None:
        self._count(key, b"")
        super().delete(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        self._count(prefix, b"")
        for key, value in super().scan(prefix):
            self._count(key, value)
            yield key, value

    def _count(self, key: bytes, value: bytes | None) -> None:
        self.counts["rows"] += 1
        self.counts["bytes"] += len(key) + len(value or b"")
