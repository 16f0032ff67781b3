"""Store interface: sorted rows of bytes outside Flink, and the row keys of a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGN = 1 << 63  # shifts a signed 64-bit number so that its big-endian bytes sort as the number does


class Store(Protocol):
    """Rows in the order of their keys' bytes."""

    def get(self, key: bytes) -> bytes | None:
        """Return the row, or None."""

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""

    def delete(self, key: bytes) -> None:
        """Remove a row; absent is fine."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows whose key begins with `prefix`, in order. Do not write while it runs."""

    def close(self) -> None:
        """Make everything durable and release the store."""

    def abandon(self) -> None:
        """Release the store; its changes may be lost. Never fails."""


class Rows:
    """One state of one key as rows of a store: implements `state.spec.RawMap`."""

    __slots__ = ("_prefix", "_store", "_textual")

    def __init__(self, store: Store, prefix: bytes, *, textual: bool) -> None:
        self._store, self._prefix, self._textual = store, prefix, textual

    def prefix(self) -> bytes:
        """Return the common prefix of the row keys."""
        return self._prefix

    def get(self, key: str | int) -> bytes | None:
        """Return the entry's bytes, or None."""
        return self._store.get(self.prefix() + entry_bytes(key))

    def put(self, key: str | int, value: bytes) -> None:
        """Write an entry."""
        self._store.put(self.prefix() + entry_bytes(key), value)

    def remove(self, key: str | int) -> None:
        """Remove an entry; absent is fine."""
        self._store.delete(self.prefix() + entry_bytes(key))

    def items(self) -> Iterator[tuple[str | int, bytes]]:
        """Yield a snapshot of the entries."""
        prefix = self.prefix()
        start = len(prefix)
        for row, value in list(self._store.scan(prefix)):
            yield (row[start:].decode() if self._textual else entry_number(row[start:])), value


def prefix_of(*parts: str) -> bytes:
    """Return the common prefix of rows; each part is preceded by its length, so that no two prefixes are ambiguous."""
    return b"".join(len(raw := part.encode()).to_bytes(4, "big") + raw for part in parts)


def entry_bytes(key: str | int) -> bytes:
    """Return an entry key's bytes; numbers sort as numbers."""
    return key.encode() if isinstance(key, str) else (key + _SIGN).to_bytes(8, "big")


def entry_number(raw: bytes) -> int:
    """Return the number whose `entry_bytes` are the first eight bytes of `raw`."""
    return int.from_bytes(raw[:8], "big") - _SIGN
