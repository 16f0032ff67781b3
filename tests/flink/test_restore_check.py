"""A savepoint that the job cannot be restored from is refused before anything is submitted."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from jobs.errors import BadInput
from jobs.flink.checkpoints import RECOVERY_PATH
from jobs.flink.restore_check import require_restorable

pytestmark = pytest.mark.jvm

RELEASED = Path(__file__).parents[1] / "compatibility" / "savepoints" / "0.2.0.zip"
MAX_PARALLELISM = "pipeline.max-parallelism"


@pytest.fixture(scope="module")
def savepoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("released")
    with zipfile.ZipFile(RELEASED) as kept:
        kept.extractall(place)
    (metadata,) = place.rglob("_metadata")
    return metadata.parent


def refused(path: str, **options: str) -> str:
    with pytest.raises(BadInput) as raised:
        require_restorable({RECOVERY_PATH: path, **options})
    return str(raised.value)


def test_a_savepoint_of_the_same_key_groups_is_accepted(savepoint: Path) -> None:
    require_restorable({RECOVERY_PATH: savepoint.as_uri()})
    require_restorable({RECOVERY_PATH: str(savepoint / "_metadata"), MAX_PARALLELISM: "128"})
    require_restorable({})


def test_another_number_of_key_groups_is_refused_with_the_way_out(savepoint: Path) -> None:
    assert refused(savepoint.as_uri(), **{MAX_PARALLELISM: "64"}) == (
        f"{savepoint.as_uri()}: has max-parallelism 128, and this job 64: a job keeps it for life;"
        " add --set pipeline.max-parallelism=128"
    )


@pytest.mark.parametrize("path", ["nowhere", "empty", "no-savepoint", "cut"])
def test_what_cannot_be_read_is_refused(savepoint: Path, tmp_path: Path, path: str) -> None:
    for name, content in (("no-savepoint", b"not a savepoint"), ("cut", (savepoint / "_metadata").read_bytes()[:500])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "_metadata").write_bytes(content)
    (tmp_path / "empty").mkdir()
    place = (tmp_path / path).as_uri()
    assert refused(place).startswith(f"{place}: no savepoint or checkpoint can be read there: ")


def test_a_file_system_that_is_not_installed_is_refused() -> None:
    assert refused("nofs://bucket/savepoint").startswith("nofs://bucket/savepoint: no savepoint or checkpoint")


def test_where_flink_starts_the_program_again_the_first_savepoint_may_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.flink.restore_check.is_started_by_flink", lambda _: True)
    require_restorable({RECOVERY_PATH: "file:///nowhere"})
