"""Peer: an application of Quix Streams, one process, exactly once, with RocksDB, a commit each second."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from quixstreams import Application

from bench.peers.task import Task

if TYPE_CHECKING:
    from quixstreams import State


def main(task: Task) -> None:
    """Process messages until the meter ends it. Messages are keyed by sender, so its counts are, too."""

    def screen(value: bytes) -> str | None:
        task.meter.count()
        return task.screen.pair_of(value)

    application = Application(
        task.bootstrap,
        consumer_group="peer",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=1.0,
        state_dir=task.directory,
        loglevel="WARNING",
    )
    messages = application.topic(task.messages, value_deserializer="bytes")
    counts = application.topic(task.counts, value_serializer="string")
    pairs = application.dataframe(messages).apply(screen).filter(lambda pair: pair is not None)
    pairs.apply(_count, stateful=True).to_topic(counts)
    application.run()


def _count(pair: str, state: State) -> str:
    count = state.get(pair, 0) + 1
    state.set(pair, count)
    return f"{pair} {count}"


if __name__ == "__main__":
    main(Task.of(sys.argv[1:]))
