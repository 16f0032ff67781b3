"""What `kithward demo --matrix` refuses before it starts anything."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.given import kithward, the_one_line

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("python", ["/nowhere/python", sys.executable], ids=["no-python", "no-synapse"])
def test_without_synapse_it_says_how_to_get_it_and_removes_nothing(python: str, tmp_path: Path) -> None:
    (tmp_path / "job.log").write_text("of an earlier demo")
    said = the_one_line(kithward("demo", "--matrix", "--synapse", python, "--dir", tmp_path))
    assert said.startswith("kithward: demo: ")
    assert python in said
    assert "run `make setup`, or name the Python of an environment with the package" in said
    assert [path.name for path in tmp_path.iterdir()] == ["job.log"]


def test_a_directory_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "synapse").mkdir()
    (tmp_path / "thesis.txt").write_text("years of work")
    anything = shutil.which("true")
    said = the_one_line(kithward("demo", "--matrix", "--synapse", anything, "--dir", tmp_path))
    assert f"{tmp_path} holds thesis.txt, which is not the demo's" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["synapse", "thesis.txt"]


@pytest.mark.parametrize("option", [("--keep",), ("--synapse", "python")], ids=lambda option: option[0])
def test_what_belongs_to_the_homeserver_needs_matrix(option: tuple[str, ...], tmp_path: Path) -> None:
    said = the_one_line(kithward("demo", *option, "--dir", tmp_path))
    assert f"{option[0]}: is for the stories on a homeserver: add --matrix" in said
