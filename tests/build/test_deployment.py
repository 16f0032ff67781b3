"""Do the files that host the job in containers fit the code, each other, and what the operator knows?"""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from jobs.bundle import version
from jobs.deployment import OF_THE_OPERATOR, deployment
from jobs.installation import FLINK_CONF, ROOT, flink_home

DEPLOYMENT = deployment()
CLUSTER: dict[str, Any] = yaml.safe_load((FLINK_CONF / "config.yaml").read_text("utf-8"))
DOCKERFILE = (FLINK_CONF / "Dockerfile").read_text("utf-8")

OF_THE_PLACE = {
    *("execution.checkpointing.savepoint-dir", "high-availability.type", "high-availability.storageDir"),
    "metrics.reporter.prom.port",
}
"""What is configured in the deployment itself."""


def _of(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


def _fields(**fields: Any) -> dict[str, Any]:
    return _of("object", properties=fields, additionalProperties=False)


_RESOURCE = _fields(resource=_fields(cpu=_of("number"), memory=_of("string"), ephemeralStorage=_of("string")))
OPERATOR = _fields(
    image=_of("string"),
    flinkVersion={"enum": ["v1_20", "v2_0", "v2_1", "v2_2"]},
    mode={"enum": ["native", "standalone"]},
    serviceAccount=_of("string"),
    job=_fields(
        jarURI=_of("string"),
        entryClass=_of("string"),
        args=_of("array", items=_of("string")),
        parallelism=_of("integer"),
        upgradeMode={"enum": ["last-state", "savepoint", "stateless"]},
        state={"enum": ["running", "suspended"]},
        initialSavepointPath=_of("string"),
        allowNonRestoredState=_of("boolean"),
    ),
    jobManager=_RESOURCE,
    taskManager=_RESOURCE,
    podTemplate=_of("object"),
    flinkConfiguration=_of("object", additionalProperties=_of("string")),
)
"""What we use of the schema of `flinkdeployments.flink.apache.org`, version v1beta1, as the operator has it."""


def test_the_operator_knows_every_field() -> None:
    assert (DEPLOYMENT["apiVersion"], DEPLOYMENT["kind"]) == ("flink.apache.org/v1beta1", "FlinkDeployment")
    assert [fault.message for fault in Draft7Validator(OPERATOR).iter_errors(DEPLOYMENT["spec"])] == []


def test_a_misspelt_field_would_be_found() -> None:
    spec = DEPLOYMENT["spec"] | {"job": DEPLOYMENT["spec"]["job"] | {"upgradeMod": "savepoint"}}
    assert not Draft7Validator(OPERATOR).is_valid(spec)


def test_an_upgrade_goes_by_a_savepoint() -> None:
    assert DEPLOYMENT["spec"]["job"]["upgradeMode"] == "savepoint"
    assert "execution.checkpointing.savepoint-dir" in DEPLOYMENT["spec"]["flinkConfiguration"]


def test_its_configuration_is_that_of_every_cluster() -> None:
    configured = DEPLOYMENT["spec"]["flinkConfiguration"]
    common = {key: value for key, value in configured.items() if key not in OF_THE_PLACE}
    assert set(common) == set(CLUSTER) - OF_THE_OPERATOR - OF_THE_PLACE
    assert (common["python.execution-mode"], common["pipeline.object-reuse"]) == ("thread", "false")
    assert "\n" not in "".join(configured.values())
    assert set(configured) >= OF_THE_PLACE


@pytest.mark.parametrize("role", ["jobManager", "taskManager"])
def test_its_sizes_are_those_of_every_cluster(role: str) -> None:
    assert DEPLOYMENT["spec"][role]["resource"]["memory"] == CLUSTER[f"{role.lower()}.memory.process.size"]


def test_it_names_the_jar_that_comes_with_flink() -> None:
    (jar,) = flink_home().glob("opt/flink-python-*.jar")
    assert DEPLOYMENT["spec"]["job"]["jarURI"] == f"local:///opt/flink/opt/{jar.name}"
    assert DEPLOYMENT["spec"]["image"] == f"kithward:{version()}"


def test_the_image_has_the_python_that_the_code_wants_and_all_that_it_names() -> None:
    assert DOCKERFILE.count("FROM ") == 1
    assert "FROM python:3.11-" in DOCKERFILE
    named = set(re.findall(r"\$KITHWARD\"?/([\w./-]+)", DOCKERFILE)) - {"flink-conf", "build/jars"}
    assert {name for name in named if not (ROOT / name).exists()} - {"flink-conf/", "build/jars/"} == set()
    assert f"kithward:{version()}" in DOCKERFILE


def test_the_entry_point_runs_what_it_is_told() -> None:
    told = subprocess.run(
        (str(FLINK_CONF / "docker-entrypoint.sh"), "bash", "-c", "echo $0 $1", "a", "b c"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "a b c\n"
