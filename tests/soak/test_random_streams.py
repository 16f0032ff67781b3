"""Soak: properties of any stream, for streams that nobody has drawn before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import random

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", ["tests/replay", "tests/rules"])
def test_properties_hold_for_new_examples(folder: str, chance: random.Random) -> None:
    drawing = ("--hypothesis-profile=search", f"--hypothesis-seed={chance.randrange(2**32)}", "-m", "hypothesis")
    command = (sys.executable, "-m", "pytest", "-q", *drawing, folder)
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
