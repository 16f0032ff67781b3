"""Is what is handed to a cluster whole, and the same for the same sources?"""

from pathlib import Path
from zipfile import ZipFile

import pytest

from jobs import bundle
from jobs.installation import ROOT, NotInstalledError


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (bundle.write(tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert first == second


def test_it_holds_all_that_the_job_needs_and_nothing_of_the_desk(tmp_path: Path) -> None:
    with ZipFile(bundle.write(tmp_path / "bundle.zip")) as archive:
        names = set(archive.namelist())
    schemas = {path.relative_to(ROOT).as_posix() for path in (ROOT / "schemas" / "avro").rglob("*.avsc")}
    needed = {"LICENSE", "jobs/flink.py", "build/jars/kithward.jar", "flink-conf/config.yaml", "requirements.lock"}
    assert needed | schemas <= names
    assert not [
        name for name in names if "__pycache__" in name or name.startswith(("tests/", ".venv/", "build/broker"))
    ]


def test_without_jars_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.installation.JARS", tmp_path)
    with pytest.raises(NotInstalledError, match="make jars"):
        bundle.write(tmp_path / "bundle.zip")
