"""Uids and names in Flink's stream graph and in Kafka are those of earlier releases."""

from __future__ import annotations

import json
import subprocess
import sys

from jobs.deploy.installation import ROOT
from jobs.flink.settings import MAX_PARALLELISM, Settings
from jobs.kafka.policy_watcher import PolicyWatcherConfig
from tests.compatibility.test_names import pinned
from tests.e2e.support.stage import WITHIN_S, Scene

HIDDEN = ("*anonymous_datastream_source", "PythonCalc[", "Calc[", "SinkConversion[", "ConstraintEnforcer[")
"""Prefixes of the names of Table API operators, which have no state and no uid."""


def nodes(scene: Scene) -> list[dict[str, object]]:
    command = (sys.executable, "-m", "tests.e2e.support.drawing", scene.plan().json())
    drawn = subprocess.run(
        command,
        env=scene.cluster.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stderr
    return [json.loads(line) for line in drawn.stdout.splitlines() if line.startswith("{")]


def test_every_named_step_has_the_uid_of_earlier_releases(scene: Scene) -> None:
    found = nodes(scene)
    unnamed = [str(node["name"]) for node in found if node["uid"] is None]
    assert [name for name in unnamed if not name.startswith(HIDDEN)] == []
    assert sorted(f"operator {node['uid']}" for node in found if node["uid"] is not None) == pinned("operator")
    assert {node["most"] for node in found} == {MAX_PARALLELISM}


def test_consumer_group_and_transactional_ids_are_those_of_earlier_releases() -> None:
    settings = Settings(kafka={}, policy_watcher=PolicyWatcherConfig({}), checkpoints="")
    writing = (settings, settings.for_commands())
    kept = [f"kafka group {settings.group}", *(f"kafka transactions {each.transactions}" for each in writing)]
    assert kept == pinned("kafka")
    assert pinned("parallelism") == [f"parallelism {MAX_PARALLELISM}"]
