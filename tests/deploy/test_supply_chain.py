"""The supply chain: what is fetched is checked by hash, and has a row in the list of dependencies."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import pytest

from jobs.deploy.installation import BROKER, JARS, ROOT

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


def test_the_image_checks_the_jars_of_the_bundle() -> None:
    assert "grep ' build/jars/' jars.lock | sha256sum --check --strict" in (ROOT / "flink-conf/Dockerfile").read_text()


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_package_has_a_row(path: Path) -> None:
    names = re.findall(r"^([A-Za-z][\w.-]*)", path.read_text("utf-8"), re.MULTILINE)
    assert names
    assert [name for name in names if not has_row(name)] == []


@pytest.mark.parametrize(
    "path", [ROOT / "pom.xml", *sorted(ROOT.glob("tests/tools/*/pom.xml"))], ids=lambda path: path.parent.name
)
def test_every_artifact_has_a_row(path: Path) -> None:
    project = ET.parse(path).getroot()  # noqa: S314 - our own file
    named = [*project.iter(f"{POM}dependency"), *project.iter(f"{POM}artifactItem")]
    names = [each.findtext(f"{POM}artifactId", "") for each in named]
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
