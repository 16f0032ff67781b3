"""Peer: a dataflow of Bytewax, one worker, at least once: a snapshot of its state each second."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from bench.peers.task import Task

if TYPE_CHECKING:
    from bytewax.connectors.kafka import KafkaSourceMessage

_EPOCH = timedelta(seconds=1)


def main(task: Task) -> None:
    """Process messages until the meter ends it."""
    directory = Path(task.directory)
    directory.mkdir(parents=True)
    init_db_dir(directory, 1)
    cli_main(flow_of(task), epoch_interval=_EPOCH, recovery_config=RecoveryConfig(directory))


def flow_of(task: Task) -> Dataflow:
    """Return the dataflow."""

    def screen(batch: list[KafkaSourceMessage[bytes, bytes]]) -> list[str]:
        task.meter.count(len(batch))
        return list(filter(None, (task.screen.pair_of(message.value) for message in batch)))

    flow = Dataflow("peer")
    messages = op.input("messages", flow, KafkaSource([task.bootstrap], [task.messages]))
    pairs = op.key_on("pair", op.flat_map_batch("screen", messages, screen), lambda pair: pair)
    counts = op.map("record", op.stateful_map("count", pairs, _count), _record)
    op.output("counts", counts, KafkaSink([task.bootstrap], task.counts))
    return flow


def _count(before: int | None, _: str) -> tuple[int, int]:
    count = (before or 0) + 1
    return count, count


def _record(counted: tuple[str, int]) -> KafkaSinkMessage[None, bytes]:
    pair, count = counted
    return KafkaSinkMessage(None, f"{pair} {count}".encode())


if __name__ == "__main__":
    main(Task.of(sys.argv[1:]))
