"""The Makefile protects an environment that is not its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"


@pytest.mark.parametrize("is_complete", [False, True])
def test_a_venv_that_is_a_symbolic_link_is_refused_and_left_alone(tmp_path: Path, *, is_complete: bool) -> None:
    (tmp_path / "requirements-build.lock").touch()
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    if is_complete:
        (theirs / ".made").touch()
    (tmp_path / ".venv").symlink_to(theirs)
    done = subprocess.run(
        (shutil.which("make") or "make", "--file", MAKEFILE, "--directory", tmp_path, ".venv/.made"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert ".venv is a symbolic link" in done.stderr
    assert (theirs / "thesis.txt").read_text() == "years of work"
