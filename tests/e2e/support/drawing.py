"""Prints the stream graph of the risk job: `python -m tests.e2e.support.drawing JSON`, where JSON is a `Plan`.

A JSON object a line: each node of Flink's stream graph, with the name and the uid that somebody gave it, or null.
"""

from __future__ import annotations

import json
import sys

from pyflink.java_gateway import get_gateway

from jobs.flink.settings import environment
from jobs.flink.step import JobBootstrap
from jobs.flink.topology import build
from schemas.codec import SingleObjectFraming
from tests.e2e.support.plan import Plan
from tests.e2e.support.submission import named, settings


def main(plan: Plan) -> None:
    policy = named(plan.policy)
    wanted = settings(plan, policy.common.out_of_order_ms)
    env = environment(wanted)
    build(env, named(plan.graph), wanted, JobBootstrap(SingleObjectFraming(), policy))
    nodes = env._j_stream_execution_environment.getStreamGraph().getStreamNodes()
    for node in get_gateway().jvm.java.util.ArrayList(nodes):  # Python sees no elements in Java's own view of them
        seen = {"name": node.getOperatorName(), "uid": node.getTransformationUID(), "most": node.getMaxParallelism()}
        sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
