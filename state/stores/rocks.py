"""On-disk store: RocksDB, for replays that stop and continue."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from rocksdict import BottommostLevelCompaction, CompactOptions, Options, Rdict, WriteBatch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHANGES_HELD: Final = 20_000
"""Rows in a write batch: a few megabytes."""


class RocksStore:
    """Rows in a RocksDB database at `path`, created if absent. One process at a time.

    Changes are buffered and written in batches. They are durable only when the store is closed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = self._open()
        self._changes: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the row, or None."""
        if key in self._changes:
            return self._changes[key]
        value: bytes | None = self._rows.get(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        self._change(key, value)

    def delete(self, key: bytes) -> None:
        """Remove a row; absent is fine."""
        self._change(key, None)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows whose key begins with `prefix`, in order."""
        self._write()
        rows: Any = self._rows.items(from_key=prefix)  # raw mode: bytes to bytes
        for key, value in rows:
            if not key.startswith(prefix):
                return
            yield key, value

    def close(self) -> None:
        """Make everything durable and release the database.

        Removed rows are compacted away first: their bytes would stay in the files, also those of an erased account.
        Compaction has to be forced down to the last level, or a file is kept as it is, with its tombstones. The
        manifest has the first and last key of former files; opening once more starts a new one.
        """
        self._write()
        entirely = CompactOptions()
        entirely.set_bottommost_level_compaction(BottommostLevelCompaction.force())
        self._rows.compact_range(None, None, entirely)
        self._rows.close()
        self._open().close()

    def abandon(self) -> None:
        """Release the database; its changes may be lost. Never fails."""
        with suppress(Exception):  # on a full disk the library fails to flush what nobody wants
            self._rows.close()

    def _change(self, key: bytes, value: bytes | None) -> None:
        self._changes[key] = value
        if len(self._changes) >= _CHANGES_HELD:
            self._write()

    def _write(self) -> None:
        batch = WriteBatch(raw_mode=True)
        for key, value in self._changes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        self._rows.write(batch)
        self._changes.clear()

    def _open(self) -> Rdict:
        options = Options(raw_mode=True)
        options.create_if_missing(True)  # noqa: FBT003 - positional only in the library
        return Rdict(str(self._path), options)
