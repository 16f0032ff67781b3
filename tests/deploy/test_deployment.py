"""Container image and FlinkDeployment: they agree with the code, each other and the operator's schema."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft7Validator

from jobs.deploy.deployment import SET_BY_OPERATOR, deployment
from jobs.deploy.installation import FLINK_CONF, ROOT, flink_home, version

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYMENT = deployment()
CLUSTER: dict[str, Any] = yaml.safe_load((FLINK_CONF / "config.yaml").read_text("utf-8"))
DOCKERFILE = (FLINK_CONF / "Dockerfile").read_text("utf-8")

_SCHEMA = "META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"

OF_THE_PLACE = {
    *("execution.checkpointing.savepoint-dir", "high-availability.type", "high-availability.storageDir"),
    "metrics.reporter.prom.port",
}
"""What is configured in the deployment itself."""

METASPACE, OWN = 256 << 20, 256 << 20
"""What Flink reserves by default for classes, and for threads and code of a JVM of this size, in bytes."""
SCREEN = 500 << 20
"""The screen's own process, which `make bench ARGS=memory` measures, in bytes."""


def _closed(schema: Any) -> Any:
    """Return a schema that refuses fields which it does not name: Kubernetes drops them without a word."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _closed(part) for name, part in schema.items()}
    return {"additionalProperties": False} | inner if isinstance(schema.get("properties"), dict) else inner


_DEFINED = yaml.load((ROOT / "build" / "kubernetes" / _SCHEMA).read_text("utf-8"), yaml.CSafeLoader)
OPERATOR = Draft7Validator(_closed(_DEFINED["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]))


def _faults(spec: dict[str, Any]) -> dict[str, str]:
    return {fault.json_path: fault.message for fault in OPERATOR.iter_errors(spec)}


def test_every_field_is_in_the_operators_schema() -> None:
    group, version = DEPLOYMENT["apiVersion"].split("/")
    defined = _DEFINED["spec"]
    assert (group, DEPLOYMENT["kind"]) == (defined["group"], defined["names"]["kind"])
    assert [each["name"] for each in defined["versions"]] == [version]
    faults = _faults(DEPLOYMENT["spec"])
    assert set(faults) == {"$.flinkVersion"}, "it is older than Flink 2, and right in everything else"
    assert "v1_20" in faults["$.flinkVersion"]


def test_the_flink_version_is_the_one_that_we_run_with() -> None:
    major, minor, _ = importlib.metadata.version("apache-flink").split(".")
    assert DEPLOYMENT["spec"]["flinkVersion"] == f"v{major}_{minor}"


@pytest.mark.parametrize(
    ("place", "field", "value"),
    [
        ("job", "upgradeMod", "savepoint"),
        ("job", "upgradeMode", "by-hand"),
        ("job", "parallelism", "2"),
        ("taskManager", "resources", {}),
        ("podTemplate", "specs", {}),
        ("flinkConfiguration", "parallelism.default", 1),
    ],
)
def test_a_wrong_field_would_be_found(place: str, field: str, value: object) -> None:
    spec = DEPLOYMENT["spec"] | {place: DEPLOYMENT["spec"][place] | {field: value}}
    assert any(fault.startswith(f"$.{place}") for fault in _faults(spec))


def test_upgrade_mode_is_savepoint() -> None:
    assert DEPLOYMENT["spec"]["job"]["upgradeMode"] == "savepoint"
    assert "execution.checkpointing.savepoint-dir" in DEPLOYMENT["spec"]["flinkConfiguration"]


def test_its_configuration_is_that_of_other_clusters() -> None:
    configured = DEPLOYMENT["spec"]["flinkConfiguration"]
    common = {key: value for key, value in configured.items() if key not in OF_THE_PLACE}
    assert set(common) == set(CLUSTER) - SET_BY_OPERATOR - OF_THE_PLACE
    assert (common["python.execution-mode"], common["pipeline.object-reuse"]) == ("thread", "false")
    assert "\n" not in "".join(configured.values())
    assert set(configured) >= OF_THE_PLACE


@pytest.mark.parametrize("role", ["jobManager", "taskManager"])
def test_its_memory_sizes_are_those_of_other_clusters(role: str) -> None:
    assert DEPLOYMENT["spec"][role]["resource"]["memory"] == CLUSTER[f"{role.lower()}.memory.process.size"]


@pytest.mark.jvm
def test_a_task_managers_memory_has_room_for_the_process_of_the_screen() -> None:
    tools = ":".join(map(str, (*flink_home().glob("bin/bash-java-utils.jar"), flink_home() / "lib" / "*")))
    command = ("org.apache.flink.runtime.util.bash.BashJavaUtils", "GET_TM_RESOURCE_PARAMS", "--configDir", FLINK_CONF)
    java = shutil.which("java") or "java"
    told = subprocess.run((java, "-cp", tools, *command), capture_output=True, text=True, check=True).stdout
    given = {name: int(size) for name, size in re.findall(r"(Xmx|MaxDirectMemorySize=|managed\.size=)(\d+)", told)}
    assert len(given) == 3
    jvm = sum(given.values()) + METASPACE + OWN
    assert jvm + SCREEN <= int(CLUSTER["taskmanager.memory.process.size"].removesuffix("m")) << 20


def test_it_names_the_jar_that_comes_with_flink() -> None:
    (jar,) = flink_home().glob("opt/flink-python-*.jar")
    assert DEPLOYMENT["spec"]["job"]["jarURI"] == f"local:///opt/flink/opt/{jar.name}"
    assert DEPLOYMENT["spec"]["image"] == f"kithward:{version()}"


def test_the_image_has_the_required_python_and_all_copied_files_exist() -> None:
    assert DOCKERFILE.count("FROM ") == 1
    assert re.search(r"^FROM python:3\.11\.\d+-", DOCKERFILE, re.MULTILINE)
    named = set(re.findall(r"\$KITHWARD\"?/([\w./-]+)", DOCKERFILE)) - {"flink-conf", "build/jars"}
    assert {name for name in named if not (ROOT / name).exists()} - {"flink-conf/", "build/jars/"} == set()
    assert f"kithward:{version()}" in DOCKERFILE
    assert f"\nARG VERSION={version()}\nCOPY dist/kithward-$VERSION.zip " in DOCKERFILE


def test_nothing_runs_as_root() -> None:
    (user,) = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)
    pod = DEPLOYMENT["spec"]["podTemplate"]["spec"]
    assert f"useradd --uid {user} " in DOCKERFILE
    assert pod["securityContext"] == {"fsGroup": int(user), "runAsNonRoot": True}
    assert [each["securityContext"] for each in pod["containers"]] == [{"allowPrivilegeEscalation": False}]


def test_the_entry_point_runs_its_arguments() -> None:
    told = subprocess.run(
        (str(FLINK_CONF / "docker-entrypoint.sh"), "bash", "-c", "echo $0 $1", "a", "b c"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "a b c\n"


@pytest.mark.skipif(shutil.which("unshare") is None, reason="only Linux has process namespaces")
def test_the_entry_point_is_never_the_first_process_itself(tmp_path: Path) -> None:
    """With a tini that says that it was started."""
    tini = tmp_path / "tini"
    tini.write_text('#!/bin/sh\necho "tini as $$, $1"\nshift\n"$@"\n')
    tini.chmod(0o755)
    first = ("unshare", "--user", "--map-root-user", "--pid", "--fork")
    told = subprocess.run(
        (*first, str(FLINK_CONF / "docker-entrypoint.sh"), "echo", "b c"),
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "tini as 1, --\nb c\n"
