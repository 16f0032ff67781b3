"""On-disk store: RocksDB, for replays that stop and continue."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from rocksdict import BottommostLevelCompaction, CompactOptions, Options, Rdict, ReadOptions, WriteBatch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

_CHANGES_HELD: Final = 20_000
"""Rows in a write batch: a few megabytes."""
REMOVED_AT_MOST: Final = 2_000
"""Removed rows in a row that a scan passes over before they are compacted away, so that no scan pays for them again."""


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
        end = _end_of(prefix)
        start = yield from self._scan(prefix, end, REMOVED_AT_MOST)
        if start is not None:
            self._compact(start, end)
            yield from self._scan(start, end, 0)

    def _scan(
        self, start: bytes, end: bytes | None, removed_at_most: int
    ) -> Generator[tuple[bytes, bytes], None, bytes | None]:
        """Yield the rows from `start` to before `end`; return where to go on if there are too many removed ones."""
        options = ReadOptions()
        options.set_max_skippable_internal_keys(removed_at_most)  # 0: any number
        if end is not None:
            options.set_iterate_upper_bound(end)  # else a scan passes over the removed rows behind its last one
        rows: Any = self._rows.iter(options)  # raw mode: bytes to bytes
        rows.seek(start)
        while rows.valid():
            key = rows.key()
            yield key, rows.value()
            start = key + b"\0"
            rows.next()
        return None if _is_complete(rows) else start

    def close(self) -> None:
        """Make everything durable and release the database.

        Removed rows are compacted away first: their bytes would stay in the files, also those of an erased account.
        The manifest has the first and last key of former files; opening once more starts a new one.
        """
        self._write()
        self._compact(None, None)
        self._rows.close()
        self._open().close()

    def abandon(self) -> None:
        """Release the database; its changes may be lost. Never fails."""
        with suppress(Exception):  # on a full disk the library fails to flush what nobody wants
            self._rows.close()

    def _compact(self, start: bytes | None, end: bytes | None) -> None:
        """Drop the removed rows of a range from the files.

        Compaction has to be forced down to the last level, or a file is kept as it is, with its tombstones.
        """
        entirely = CompactOptions()
        entirely.set_bottommost_level_compaction(BottommostLevelCompaction.force())
        self._rows.compact_range(start, end, entirely)

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


def _is_complete(rows: Any) -> bool:  # noqa: ANN401 - the library ships no types
    """Return whether an iterator has ended at the last row, and has not given up before."""
    try:
        rows.status()
    except Exception as fault:  # the library raises nothing more precise
        if "incomplete" not in str(fault):
            raise
        return False
    return True


def _end_of(prefix: bytes) -> bytes | None:
    """Return the first key behind all that begin with `prefix`; None if there is none."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None
