"""What of the input is worth a keyed step's time? The edge as a function over Arrow batches, in its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pyflink.table.udf import FunctionContext, ScalarFunction

from jobs.flink.ingress_batch import BatchIngress, record_time_ms
from jobs.flink.metrics import FlinkCounters
from jobs.kafka.policy_watcher import PolicyWatcher, PolicyWatcherConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.dataflow.graph import Graph
    from jobs.flink.metrics import CounterKey
    from jobs.flink.step import JobBootstrap


class Screen(ScalarFunction):
    """From a column of frames to a column of packed routes, null where nothing goes on."""

    def __init__(
        self, graph: Graph, topics: Sequence[str], bootstrap: JobBootstrap, following: PolicyWatcherConfig
    ) -> None:
        self._graph, self._topics, self._bootstrap, self._following = graph, topics, bootstrap, following

    def open(self, function_context: FunctionContext) -> None:
        """Look at the policies before the first batch."""
        self._counters = FlinkCounters(function_context.get_metric_group())
        self._in_force: str | None = None
        self._follower = PolicyWatcher(self._bootstrap.first, self._bootstrap.framing, self._following)
        self._follower.start()
        self._edge = BatchIngress(self._graph, self._topics, self._bootstrap.framing, self._follower)

    def eval(self, frames: pd.Series[bytes]) -> pd.Series[bytes]:
        """Return the routes of each frame."""
        read = frames.tolist()
        routes = self._edge(read)
        self._counters.add({("read", ()): len(routes), ("kept", ()): len(routes) - routes.count(None)})
        self._counters.add(self._edge.rejected)
        self._edge.rejected.clear()
        if read:
            self._tell_in_force(self._follower.log.book.in_force(record_time_ms(read[-1])).version)
        return pd.Series(routes, dtype=object)

    def _tell_in_force(self, version: str) -> None:
        """Say by a 1 which policy judges what comes now; the one before goes back to 0."""
        if version != self._in_force:
            changed: dict[CounterKey, int] = {("policy-in-force", (("version", version),)): 1}
            if self._in_force is not None:
                changed["policy-in-force", (("version", self._in_force),)] = -1
            self._in_force = version
            self._counters.add(changed)

    def close(self) -> None:
        """Stop following the policies."""
        self._follower.close()
