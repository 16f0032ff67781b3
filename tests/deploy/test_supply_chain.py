"""The supply chain: what is fetched is checked by hash, and has a row in the list of dependencies."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from jobs.deploy.bill_of_materials import bill_of_materials
from jobs.deploy.components import find_components
from jobs.deploy.installation import BROKER, JARS, ROOT, version
from jobs.deploy.notice import NOTICE, read_notice

if TYPE_CHECKING:
    from pathlib import Path

LOCK: Final = ROOT / "jars.lock"
POM: Final = "{http://maven.apache.org/POM/4.0.0}"
REQUIREMENTS: Final = sorted(ROOT.glob("requirements*.in"))
ROWS: Final = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "dependencies.md").read_text("utf-8"), re.MULTILINE)


def locked() -> dict[str, str]:
    """Return the hashes of jars by path."""
    lines = (line.split() for line in LOCK.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {path: digest for digest, path in lines}


def test_every_fetched_jar_is_locked_by_its_hash() -> None:
    jars = [jar for directory in (JARS, BROKER) for jar in directory.glob("*.jar") if jar.name != "kithward.jar"]
    found = {jar.relative_to(ROOT).as_posix(): hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars}
    assert found == locked()


@pytest.mark.parametrize("is_changed", [False, True])
def test_make_refuses_a_jar_that_is_not_the_locked_one(tmp_path: Path, *, is_changed: bool) -> None:
    """With a Maven that fetches another jar of the same name."""
    for name in ("Makefile", "pom.xml"):
        shutil.copy2(ROOT / name, tmp_path / name)
    content = b"connector"
    (tmp_path / "jars.lock").write_text(f"# Jars.\n{hashlib.sha256(content).hexdigest()}  build/jars/connector.jar\n")
    fetched = "other" if is_changed else "connector"
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text(f"#!/bin/sh\nmkdir -p build/jars\nprintf {fetched} > build/jars/connector.jar\n")
    maven.chmod(0o755)
    done = subprocess.run(
        (shutil.which("make") or "make", "build/.jars"),
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{maven.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0, "A jar is not the one in jars.lock" in done.stderr) == (is_changed, is_changed)
    assert (tmp_path / "build" / ".jars").exists() is not is_changed


def test_base_images_are_named_by_their_digests() -> None:
    bases = re.findall(r"^FROM (\S+)", (ROOT / "flink-conf/Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert bases
    assert [base for base in bases if not re.fullmatch(r"\S+:\S+@sha256:[0-9a-f]{64}", base)] == []


def test_the_image_checks_the_jars_of_the_bundle() -> None:
    assert "grep ' build/jars/' jars.lock | sha256sum --check --strict" in (ROOT / "flink-conf/Dockerfile").read_text()


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_package_has_a_row(path: Path) -> None:
    names = re.findall(r"^([A-Za-z][\w.-]*)", path.read_text("utf-8"), re.MULTILINE)
    assert names
    assert [name for name in names if not has_row(name)] == []


@pytest.mark.parametrize(
    "path",
    [ROOT / "pom.xml", ROOT / "bench/job/java/pom.xml", *sorted(ROOT.glob("tests/tools/*/pom.xml"))],
    ids=lambda path: path.parent.name,
)
def test_every_artifact_has_a_row(path: Path) -> None:
    project = ET.parse(path).getroot()  # noqa: S314 - our own file
    named = [*project.iter(f"{POM}dependency"), *project.iter(f"{POM}artifactItem")]
    others = [each for each in named if each.findtext(f"{POM}groupId") != "kithward"]
    names = [each.findtext(f"{POM}artifactId", "") for each in others]
    assert names
    assert [name for name in names if not has_row(name)] == []


def test_a_package_without_a_row_would_be_found() -> None:
    assert not has_row("left-pad")


def has_row(name: str) -> bool:
    """Return whether some row names a package or artifact, as a word of its own."""
    wanted = _normal(name)
    return any(wanted in map(_normal, re.findall(r"[A-Za-z][\w.-]*[A-Za-z\d]", row)) for row in ROWS)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_notice_has_the_licence_of_every_package_and_jar_that_is_shipped() -> None:
    """Whether it is the right licence of a jar, only Maven's repository says, which need not be here."""
    listed = {each.url: each.licence for each in read_notice(NOTICE.read_text("utf-8"))}
    packages = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    jars = [path.removeprefix("build/jars/") for path in locked() if path.startswith("build/jars/")]
    shipped = {f"{_normal(name)}@{version}" for name, version in packages}
    shipped |= {re.sub(r"-(\d[^/]*)\.jar$", r"@\1", jar, count=1) for jar in jars}
    assert {url.rpartition("/")[2] for url in listed} == shipped
    assert all(listed.values())


def test_a_licence_is_read_from_a_pom_or_from_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = 'xmlns="http://maven.apache.org/POM/4.0.0"'
    parent = "<parent><groupId>org.a</groupId><artifactId>top</artifactId><version>1</version></parent>"
    named = "<licenses><license><name>MIT</name></license></licenses>"
    for name, content in (("below", parent), ("top", named)):
        place = tmp_path / "org" / "a" / name / "1"
        place.mkdir(parents=True)
        (place / f"{name}-1.pom").write_text(f"<project {namespace}>{content}</project>")
    (tmp_path / "jars.lock").write_text(f"{'0' * 64}  build/jars/below-1.jar\n")
    (tmp_path / "requirements.lock").write_text("filelock==1 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr("jobs.deploy.components.ROOT", tmp_path)
    found = [(each.url, each.licence) for each in find_components(tmp_path)]
    assert found == [("pkg:pypi/filelock@1", "MIT"), ("pkg:maven/org.a/below@1", "MIT")]


def test_the_bill_of_materials_has_every_component_of_notice() -> None:
    bill = json.loads(bill_of_materials())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["component"]["version"] == version()
    listed = read_notice(NOTICE.read_text("utf-8"))
    assert [each["purl"] for each in bill["components"]] == [each.url for each in listed]
    assert len({each["bom-ref"] for each in bill["components"]}) == len(listed) > 80
    (connector,) = [each for each in bill["components"] if each["name"] == "flink-sql-connector-kafka"]
    assert (connector["group"], connector["version"]) == ("org.apache.flink", "5.0.0-2.2")
    jar = "build/jars/flink-sql-connector-kafka-5.0.0-2.2.jar"
    assert connector["hashes"] == [{"alg": "SHA-256", "content": locked()[jar]}]


def test_the_bill_of_materials_follows_the_schema_of_cyclonedx() -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_5)
    assert validator.validate_str(bill_of_materials()) is None
    assert validator.validate_str(bill_of_materials().replace('"library"', '"librarian"')) is not None
