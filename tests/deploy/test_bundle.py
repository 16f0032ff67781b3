"""The bundle for a cluster: complete and reproducible."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copy2, which
from zipfile import ZipFile

import pytest

from jobs.deploy import bundle
from jobs.deploy.installation import ROOT, NotInstalledError
from tests.architecture.source import tracked


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (bundle.write(tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert first == second


def test_it_contains_all_that_the_job_needs_and_no_development_files(tmp_path: Path) -> None:
    with ZipFile(bundle.write(tmp_path / "bundle.zip")) as archive:
        names = set(archive.namelist())
    schemas = {path.relative_to(ROOT).as_posix() for path in (ROOT / "schemas" / "avro").rglob("*.avsc")}
    needed = {
        "LICENSE",
        "jobs/flink/topology.py",
        "build/jars/kithward.jar",
        "flink-conf/config.yaml",
        "requirements.lock",
    }
    assert needed | schemas <= names
    assert {jar for jar in names if jar.startswith("build/jars/zstd-jni-")}, (
        "Kafka's client cannot read zstd without it"
    )
    assert not [
        name for name in names if "__pycache__" in name or name.startswith(("tests/", ".venv/", "build/broker"))
    ]


def test_missing_jars_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.deploy.installation.JARS", tmp_path)
    with pytest.raises(NotInstalledError, match="make jars"):
        bundle.write(tmp_path / "bundle.zip")


@pytest.mark.jvm
def test_the_same_sources_in_two_directories_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (make_package(tmp_path / name) for name in ("here", "there"))
    assert first == second


def make_package(place: Path) -> bytes:
    """Return what `make package` makes of the sources, copied to another place, Java's classes and all."""
    for name in tracked():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        copy2(ROOT / name, place / name)
    for fetched in (".venv", ".m2"):
        (place / fetched).symlink_to((ROOT / fetched).resolve())
    make = which("make")
    assert make
    own = {name: value for name, value in os.environ.items() if name not in {"ARGS", "MAKEFLAGS"}}  # of `make test`
    subprocess.run((make, "--old-file=.venv/.runtime", "package"), cwd=place, env=own, check=True, capture_output=True)
    (package,) = (place / "dist").glob("*.zip")
    assert [path.name for path in (place / "dist").glob("*.json")] == [f"{package.stem}.cdx.json"]
    return package.read_bytes()


def test_python_runs_it_as_it_is_and_finds_its_jars(tmp_path: Path) -> None:
    """As Flink's client does with `-pyfs kithward.zip -pym jobs`."""
    packed = bundle.write(tmp_path / "kithward.zip")
    asked = "import jobs.deploy.installation as i; print(i.__file__, {jar.read_bytes()[:2] for jar in i.jars()})"
    found = ran_from(packed, "-c", asked)
    assert found.split() == [str(packed / "jobs" / "deploy" / "installation.py"), "{b'PK'}"]
    assert "kithward run --local" in ran_from(packed, "-m", "jobs", "run", "--help")
    assert "registration" in ran_from(packed, "-m", "connectors.matrix", "--help")


def ran_from(packed: Path, *arguments: str) -> str:
    """Return what Python prints that has its packages from the bundle, in the bundle's directory."""
    return subprocess.run(
        (sys.executable, *arguments),
        cwd=packed.parent,
        env={"PYTHONPATH": str(packed)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
