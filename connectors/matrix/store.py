"""What the connector remembers across a restart: one SQLite file, written in transactions.

It holds names, ids and hashes, never a text or a picture.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from connectors.matrix.store_layout import TABLES, VERSION
from jobs.errors import BadInput, bad_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Store:
    """The file. It is read and written in the thread of the event loop, never across an await."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make what is written within valid in one step, on disk, or nothing of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, statement: str, *values: Any) -> None:  # noqa: ANN401 - what SQLite takes
        """Run a statement that returns nothing."""
        self._connection.execute(statement, values)

    def scrub(self) -> None:
        """Leave nothing on disk of what was deleted: the log of changes has it, until others take its place."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """Return the rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> tuple[Any, ...] | None:  # noqa: ANN401
        """Return the first row of a query, or None."""
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def position(self, name: str) -> int | None:
        """Return a position, or None for one that was never set."""
        found = self.row("SELECT value FROM positions WHERE name = ?", name)
        return None if found is None else int(found[0])

    def set_position(self, name: str, value: int) -> None:
        """Set a position."""
        self.run("INSERT OR REPLACE INTO positions VALUES (?, ?)", name, value)


class StoredPositions:
    """The positions in one topic."""

    def __init__(self, store: Store, topic: str) -> None:
        self._store, self._topic = store, topic

    def load(self, partition: int) -> int | None:
        """Return the offset of a partition, or None."""
        return self._store.position(f"{self._topic}/{partition}")

    def save(self, *positions: tuple[int, int]) -> None:
        """Save positions, all in one step: of a topic with some of them a partition without one is new."""
        with self._store.writing():
            for partition, offset in positions:
                self._store.set_position(f"{self._topic}/{partition}", offset)


@contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """Provide the store in a file, which is made if it is not there, for one process at a time.

    Raise BadInput for a file of something else or of another version, and while another connector has it.
    """
    try:
        with FileLock(f"{path}.lock", timeout=0):
            connection = _connect(path)
            try:
                store = Store(connection)
                store.scrub()  # in place of one that was killed before it could
                yield store
            finally:
                connection.close()
    except Timeout:
        raise BadInput(path, "another connector uses this store") from None


def _connect(path: Path) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # who is where, and who is suspected, is for nobody else
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as fault:
        raise BadInput(path, f"cannot be opened as a store: {fault}") from fault
    except OSError as fault:
        raise bad_path(path, fault) from fault
    if layout == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    elif layout != VERSION:
        connection.close()
        raise BadInput(path, f"is a store of another version of the connector: {layout} instead of {VERSION}")
    return connection
