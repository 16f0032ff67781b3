"""The demo's directory: one with other files in it is refused and left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.given import kithward, the_one_line

if TYPE_CHECKING:
    from pathlib import Path


def test_a_directory_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "thesis.txt").write_text("years of work")
    said = the_one_line(kithward("demo", "--dir", tmp_path), shows="starting")
    assert f"{tmp_path} holds thesis.txt, which is not the demo's" in said
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert (tmp_path / "out").is_dir()


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")
    assert "not a directory" in the_one_line(kithward("demo", "--dir", tmp_path / "demo"), shows="starting").lower()
