"""What is given to Flink's Kubernetes operator? `flink-conf/flinkdeployment.yaml`, with every cluster's configuration.

What does not depend on the place stands in `flink-conf/config.yaml` alone: in a deployment it would be a second copy.
`python -m jobs.deploy.deployment` prints the whole.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import yaml

from jobs.deploy.installation import FLINK_CONF

TEMPLATE: Final = FLINK_CONF / "flinkdeployment.yaml"
CLUSTER: Final = FLINK_CONF / "config.yaml"

SET_BY_OPERATOR: Final = frozenset(
    {
        # It sets the addresses itself; sizes and numbers stand in fields of their own.
        *("jobmanager.rpc.address", "jobmanager.bind-host", "taskmanager.host", "taskmanager.bind-host"),
        *("rest.address", "rest.bind-address", "parallelism.default"),
        *("taskmanager.memory.process.size", "jobmanager.memory.process.size"),
        "resourcemanager.standalone.start-up-time",
    }
)


def deployment() -> dict[str, Any]:
    """Return the whole resource. What the template configures wins over what every cluster has."""
    whole: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    cluster: dict[str, Any] = yaml.safe_load(CLUSTER.read_text("utf-8"))
    spec, own = whole["spec"], whole["spec"]["flinkConfiguration"]
    common = {key: _as_text(value) for key, value in cluster.items() if key not in SET_BY_OPERATOR}
    spec["flinkConfiguration"] = common | own
    for role in ("jobManager", "taskManager"):
        spec[role]["resource"]["memory"] = cluster[f"{role.lower()}.memory.process.size"]
    return whole


def _as_text(value: object) -> str:
    # The operator wants texts, and Flink's true is not Python's True.
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


if __name__ == "__main__":
    yaml.safe_dump(deployment(), sys.stdout, sort_keys=False, width=120)
