"""The screen: the ingress as a PyFlink scalar function over Arrow batches, in a Python process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pyflink.table.udf import FunctionContext, ScalarFunction

from jobs.flink.first_look import FirstLookTables
from jobs.flink.ingress_batch import BatchIngress, InputTopics, record_time_ms
from jobs.flink.metrics import FlinkCounters
from jobs.flink.registry_retry import RegistryRetry
from jobs.kafka.policy_watcher import PolicyWatcher
from jobs.mapping.reading import MappedTopic
from schemas.topic_names import MAPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.dataflow.graph import Graph
    from jobs.flink.metrics import CounterKey
    from jobs.flink.settings import Settings
    from jobs.flink.step import JobBootstrap


class Screen(ScalarFunction):
    """Maps a column of packed Kafka records to a column of packed routes; null for a record without routes."""

    def __init__(
        self,
        graph: Graph,
        topics: Sequence[str],
        bootstrap: JobBootstrap,
        settings: Settings,
    ) -> None:
        self._graph, self._topics, self._bootstrap, self._settings = graph, topics, bootstrap, settings

    def open(self, function_context: FunctionContext) -> None:
        """Read the published policies before the first batch, and watch for new ones."""
        self._counters = FlinkCounters(function_context.get_metric_group())
        self._in_force: str | None = None
        self._watcher = PolicyWatcher(self._bootstrap.first, self._bootstrap.framing, self._settings.policy_watcher)
        self._watcher.start()
        framing = self._bootstrap.framing
        inputs = InputTopics(self._topics, self._settings.topics, self._mapped_topics(), self._settings.idle_ms)
        self._ingress = BatchIngress(self._graph, inputs, framing, self._watcher)
        self._first_look = FirstLookTables(self._ingress.ingress)

    def eval(self, packed_records: pd.Series[bytes]) -> pd.Series[bytes]:
        """Return the packed routes of each packed Kafka record."""
        read = packed_records.tolist()
        routes = self._ingress(read)
        self._counters.add({("read", ()): len(routes), ("kept", ()): len(routes) - routes.count(None)})
        self._counters.add(self._ingress.rejected)
        self._ingress.rejected.clear()
        self._count_unmapped()
        if read:
            self._report_in_force(self._watcher.log.book.in_force(record_time_ms(read[-1])).version)
            told = self._ingress.mapped.clocks.route()
            if self._watcher.are_all_known():
                told = self._first_look.route(min(map(record_time_ms, read)), self._watcher.known_until_s) + told
            routes[0] = told + (routes[0] or b"") or None
        return pd.Series(routes, dtype=object)

    def _mapped_topics(self) -> dict[str, MappedTopic]:
        """Return the topics of mappings, each ready for its values. It waits for the registry where it has to."""
        mappings, retry = self._settings.mappings, RegistryRetry()
        found: dict[str, MappedTopic] = {}
        for file in mappings.files:
            decode, mapping = file.values(mappings.registry).decode, file.mapping()
            topic = MappedTopic(mapping, lambda data, decode=decode: retry(lambda: decode(data)))  # type: ignore[misc]
            found |= {f"{MAPPED}{name}": topic for name in file.topics}
        return found

    def _count_unmapped(self) -> None:
        unmapped = self._ingress.mapped.unmapped
        self._counters.add({("unmapped", (("topic", self._topics[at]),)): each for at, each in unmapped.items()})
        unmapped.clear()

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
