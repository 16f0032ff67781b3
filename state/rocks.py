"""A store on disk: RocksDB, for replays that stop and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocksdict import Options, Rdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class RocksStore:
    """Rows in a RocksDB database at `path`, made if absent. One process at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = self._opened()

    def get(self, key: bytes) -> bytes | None:
        """Return the row, or None."""
        value: bytes | None = self._rows.get(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        self._rows[key] = value

    def delete(self, key: bytes) -> None:
        """Remove a row; absent is fine."""
        del self._rows[key]

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows whose key begins with `prefix`, in order."""
        rows: Any = self._rows.items(from_key=prefix)  # raw mode: bytes to bytes
        for key, value in rows:
            if not key.startswith(prefix):
                return
            yield key, value

    def close(self) -> None:
        """Make everything durable and let go.

        What was removed is overwritten first: its bytes would stay in the files, also those of an erased account. The
        list of files names the first and the last row of files that were there before; opening begins a new one.
        """
        self._rows.compact_range(None, None)
        self._rows.close()
        self._opened().close()

    def _opened(self) -> Rdict:
        options = Options(raw_mode=True)
        options.create_if_missing(True)  # noqa: FBT003 - the library takes it by position only
        return Rdict(str(self._path), options)
