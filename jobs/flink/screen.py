"""The screen: the ingress as a PyFlink scalar function over Arrow batches, in a Python process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pyflink.table.udf import FunctionContext, ScalarFunction

from jobs.flink.first_look import FirstLookTables
from jobs.flink.ingress_batch import BatchIngress, record_time_ms
from jobs.flink.metrics import FlinkCounters
from jobs.kafka.policy_watcher import PolicyWatcher, PolicyWatcherConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.dataflow.graph import Graph
    from jobs.flink.metrics import CounterKey
    from jobs.flink.step import JobBootstrap
    from schemas.topic_names import TopicNames


class Screen(ScalarFunction):
    """Maps a column of packed Kafka records to a column of packed routes; null for a record without routes."""

    def __init__(
        self,
        graph: Graph,
        topics: Sequence[str],
        bootstrap: JobBootstrap,
        watcher_config: PolicyWatcherConfig,
        names: TopicNames,
    ) -> None:
        self._graph, self._topics, self._bootstrap, self._watcher_config = graph, topics, bootstrap, watcher_config
        self._names = names

    def open(self, function_context: FunctionContext) -> None:
        """Read the published policies before the first batch, and watch for new ones."""
        self._counters = FlinkCounters(function_context.get_metric_group())
        self._in_force: str | None = None
        self._watcher = PolicyWatcher(self._bootstrap.first, self._bootstrap.framing, self._watcher_config)
        self._watcher.start()
        framing = self._bootstrap.framing
        self._ingress = BatchIngress(self._graph, self._topics, framing, self._watcher, self._names)
        self._first_look = FirstLookTables(self._ingress.ingress)

    def eval(self, packed_records: pd.Series[bytes]) -> pd.Series[bytes]:
        """Return the packed routes of each packed Kafka record."""
        read = packed_records.tolist()
        routes = self._ingress(read)
        self._counters.add({("read", ()): len(routes), ("kept", ()): len(routes) - routes.count(None)})
        self._counters.add(self._ingress.rejected)
        self._ingress.rejected.clear()
        if read:
            self._report_in_force(self._watcher.log.book.in_force(record_time_ms(read[-1])).version)
            if self._watcher.are_all_known():
                told = self._first_look.route(min(map(record_time_ms, read)), self._watcher.known_until_s)
                routes[0] = told + (routes[0] or b"")
        return pd.Series(routes, dtype=object)

    def _report_in_force(self, version: str) -> None:
        """Set the gauge of the policy in force to 1, and that of the policy before it back to 0."""
        if version != self._in_force:
            changed: dict[CounterKey, int] = {("policy-in-force", (("version", version),)): 1}
            if self._in_force is not None:
                changed["policy-in-force", (("version", self._in_force),)] = -1
            self._in_force = version
            self._counters.add(changed)

    def close(self) -> None:
        """Stop watching for policies."""
        self._watcher.close()
