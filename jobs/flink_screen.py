"""What of the input is worth a keyed step's time? The edge as a function over Arrow batches, in its own process."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from pyflink.table.udf import FunctionContext, ScalarFunction

from jobs.flink_step import METRICS, Knowledge
from jobs.follower import Following, PolicyFollower
from jobs.frames import FrameEdge
from jobs.graph import Graph


class Screen(ScalarFunction):
    """From a column of frames to a column of packed routes, null where nothing goes on."""

    def __init__(self, graph: Graph, topics: Sequence[str], knowledge: Knowledge, following: Following) -> None:
        self._graph, self._topics, self._knowledge, self._following = graph, topics, knowledge, following

    def open(self, function_context: FunctionContext) -> None:
        """Look at the policies before the first batch."""
        metrics = function_context.get_metric_group().add_group(METRICS)
        self._read, self._kept = metrics.counter("read"), metrics.counter("kept")
        self._refused = metrics.counter("dead-letters")
        self._follower = PolicyFollower(self._knowledge.first, self._knowledge.framing, self._following)
        self._follower.start()
        self._edge = FrameEdge(self._graph, self._topics, self._knowledge.framing, self._follower)

    def eval(self, frames: pd.Series[bytes]) -> pd.Series[bytes]:
        """Return the routes of each frame."""
        refused_before = self._edge.refused
        routes = self._edge(frames.tolist())
        self._refused.inc(self._edge.refused - refused_before)
        self._read.inc(len(routes))
        self._kept.inc(len(routes) - routes.count(None))
        return pd.Series(routes, dtype=object)

    def close(self) -> None:
        """Stop following the policies."""
        self._follower.close()
