"""Files of the state: checkpoint after checkpoint, what RocksDB rewrites and copies stays bounded."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

CHECKPOINTS = 160
ENTRIES = 25
ENTRY_BYTES = 1_000
MOST_REWRITTEN = 5
"""By level compaction an entry is rewritten some twenty times by then, and the more often the more there are."""
MOST_VERSIONS = 10
"""Versions of an entry on disk: in files that wait to be merged, and in those that were."""
MANY_CHECKPOINTS = 1_500
FULL = 1 << 16
PATIENCE_S = 30.0
MOST_MANIFEST_BYTES = 140_000


class State:
    """A state's files with the options of the job, and a flush for each checkpoint."""

    def __init__(self, gateway: JavaGateway, directory: Path) -> None:
        rocks = gateway.jvm.org.rocksdb
        rocks.RocksDB.loadLibrary()
        self.closed_last = gateway.jvm.java.util.ArrayList()
        files = gateway.jvm.kithward.StateFiles()
        column = files.createColumnOptions(rocks.ColumnFamilyOptions(), self.closed_last)
        database = files.createDBOptions(rocks.DBOptions(), self.closed_last).setCreateIfMissing(True)
        self.statistics = rocks.Statistics()
        options = rocks.Options(database, column).setStatistics(self.statistics)
        self.rewritten_bytes = rocks.TickerType.COMPACT_WRITE_BYTES
        self.database = rocks.RocksDB.open(options, str(directory))
        self.flush = rocks.FlushOptions().setWaitForFlush(True)
        self.batches, self.written = rocks.WriteBatch, rocks.WriteOptions()

    def checkpoint(self, entries: dict[bytes, bytes]) -> None:
        batch = self.batches()
        for key, value in entries.items():
            batch.put(key, value)
        self.database.write(self.written, batch)
        self.database.flush(self.flush)

    def rewritten(self) -> int:
        return int(self.statistics.getTickerCount(self.rewritten_bytes))

    def on_disk(self) -> int:
        return int(self.database.getLongProperty("rocksdb.total-sst-files-size"))

    def read(self, key: bytes) -> Any:
        return self.database.get(key)


@pytest.fixture
def state(gateway: JavaGateway, tmp_path: Path) -> Iterator[State]:
    opened = State(gateway, tmp_path)
    yield opened
    opened.database.close()
    for each in opened.closed_last:
        each.close()


def test_growing_state_is_not_rewritten_with_every_few_checkpoints(state: State) -> None:
    random = Random(1)
    for _ in range(CHECKPOINTS):
        state.checkpoint({random.randbytes(16): random.randbytes(ENTRY_BYTES) for _ in range(ENTRIES)})
    assert 0 < state.rewritten() < MOST_REWRITTEN * CHECKPOINTS * ENTRIES * ENTRY_BYTES


def test_superseded_entries_are_removed(state: State) -> None:
    random = Random(2)
    keys = [random.randbytes(16) for _ in range(ENTRIES)]
    latest: dict[bytes, bytes] = {}
    for _ in range(CHECKPOINTS):
        latest = {key: random.randbytes(ENTRY_BYTES) for key in keys}
        state.checkpoint(latest)
    assert [state.read(key) for key in keys] == [latest[key] for key in keys]
    assert state.on_disk() < MOST_VERSIONS * ENTRIES * ENTRY_BYTES


def test_what_every_checkpoint_copies_does_not_grow(state: State, tmp_path: Path) -> None:
    manifests = []
    for number in range(MANY_CHECKPOINTS):
        state.checkpoint({b"key": str(number).encode()})
        manifests += [found.name for found in tmp_path.glob("MANIFEST-*") if found.name not in manifests]
    assert len(manifests) > 1
    assert sum(found.stat().st_size for found in tmp_path.glob("MANIFEST-*")) < MOST_MANIFEST_BYTES


def test_states_are_flushed_together(gateway: JavaGateway, tmp_path: Path) -> None:
    rocks, closed_last, handles = gateway.jvm.org.rocksdb, *(gateway.jvm.java.util.ArrayList() for _ in range(2))
    rocks.RocksDB.loadLibrary()
    files = gateway.jvm.kithward.StateFiles()
    column = files.createColumnOptions(rocks.ColumnFamilyOptions(), closed_last).setWriteBufferSize(FULL)
    database = files.createDBOptions(rocks.DBOptions(), closed_last)
    database.setCreateIfMissing(True).setCreateMissingColumnFamilies(True)
    named = [rocks.ColumnFamilyDescriptor(name, column) for name in (b"default", b"busy", b"idle")]
    state = rocks.RocksDB.open(database, str(tmp_path), named, handles)
    _, busy, idle = handles
    state.put(idle, b"key", b"value")
    for number in range(4):
        state.put(busy, b"%d" % number, bytes(FULL))
    until_s = time.monotonic() + PATIENCE_S
    while state.getLongProperty(idle, "rocksdb.num-entries-active-mem-table") and time.monotonic() < until_s:
        time.sleep(0.01)
    assert state.getLongProperty(idle, "rocksdb.num-entries-active-mem-table") == 0
    assert bytes(state.get(idle, b"key")) == b"value"
    state.close()
