"""The newest completed checkpoint, from which a lost job resumes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jobs.flink.checkpoints import newest_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.jvm


def complete_checkpoint(place: Path, at_s: int) -> str:
    place.mkdir(parents=True)
    (place / "_metadata").touch()
    os.utime(place / "_metadata", (at_s, at_s))
    return place.as_uri().replace("file://", "file:")


def newest(checkpoints: Path, savepoint: str | None = None) -> str | None:
    return newest_checkpoint(checkpoints.as_uri(), savepoint)


def test_the_newest_completed_checkpoint_of_all_jobs_is_found(tmp_path: Path) -> None:
    complete_checkpoint(tmp_path / "one" / "chk-90", 1_000)
    last = complete_checkpoint(tmp_path / "two" / "chk-7", 3_000)
    complete_checkpoint(tmp_path / "two" / "chk-8" / "not-yet", 4_000)
    (tmp_path / "two" / "shared").mkdir()
    assert newest(tmp_path) == last


def test_without_a_completed_checkpoint_there_is_none(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    assert newest(tmp_path / "nowhere") is None


def test_a_savepoint_is_used_until_a_checkpoint_is_newer(tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    complete_checkpoint(checkpoints / "before" / "chk-9", 1_000)
    savepoint = complete_checkpoint(tmp_path / "savepoint-1", 2_000)
    assert newest(checkpoints, savepoint) == savepoint
    after = complete_checkpoint(checkpoints / "after" / "chk-1", 3_000)
    assert newest(checkpoints, savepoint) == after
