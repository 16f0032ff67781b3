"""Upper bound of the rate on this machine: Flink reads the messages from Kafka and discards them, without Python.

Submitted by `bench.job.throughput`; one argument: the bootstrap servers.
"""

from __future__ import annotations

import sys

from bench.job.pyflink_job import discard, environment, raw_values
from bench.job.traffic import COPIED


def main(bootstrap: str) -> None:
    """Submit the job."""
    env = environment({})
    discard(raw_values(env, bootstrap, COPIED))
    env.execute_async("limit")


if __name__ == "__main__":
    main(sys.argv[1])
