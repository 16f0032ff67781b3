"""The FlinkDeployment for Flink's Kubernetes operator: `flink-conf/flinkdeployment.yaml` merged with the configuration.

Configuration that is the same everywhere is in `flink-conf/config.yaml` alone, so that there is no second copy. `python
-m jobs.deploy.deployment` prints the merged resource.
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
        # The operator sets the addresses itself; sizes and parallelism have fields of their own in the resource.
        *("jobmanager.rpc.address", "jobmanager.bind-host", "taskmanager.host", "taskmanager.bind-host"),
        *("rest.address", "rest.bind-address", "parallelism.default"),
        *("taskmanager.memory.process.size", "jobmanager.memory.process.size"),
        "resourcemanager.standalone.start-up-time",
    }
)


def deployment() -> dict[str, Any]:
    """Return the merged resource; the template's configuration overrides that of `config.yaml`."""
    whole: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    cluster: dict[str, Any] = yaml.safe_load(CLUSTER.read_text("utf-8"))
    spec, own = whole["spec"], whole["spec"]["flinkConfiguration"]
    common = {key: _as_text(value) for key, value in cluster.items() if key not in SET_BY_OPERATOR}
    spec["flinkConfiguration"] = common | own
    for role in ("jobManager", "taskManager"):
        spec[role]["resource"]["memory"] = cluster[f"{role.lower()}.memory.process.size"]
    return whole


def _as_text(value: object) -> str:
    # The operator accepts only strings, and Flink reads `true`, not Python's `True`.
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


if __name__ == "__main__":
    yaml.safe_dump(deployment(), sys.stdout, sort_keys=False, width=120)
