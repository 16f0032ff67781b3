"""Replays on a disk that is full: one line, exit code 2, and what was there before stays as it was."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobs.replay.state_directory import open_state
from tests.support.given import HOUR, NOON, contents, friends, kithward, message, written

if TYPE_CHECKING:
    from pathlib import Path

_LIMITED = (
    "import resource, sys; from jobs.cli.app import main; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY)); main()"
)


def replay_with_files_up_to(most_bytes: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a replay in a process that can write no longer file: a write beyond it fails, as on a full disk."""
    command = (sys.executable, "-c", _LIMITED, str(most_bytes), "replay", *map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rows(state: Path) -> list[tuple[bytes, bytes]]:
    with open_state(None, state) as draft:
        return list(draft.store.scan(b""))


@pytest.mark.parametrize(
    ("most_bytes", "kept"),
    [(0, "state"), (20_000, "state"), (20_000, "out")],
)
def test_a_replay_that_cannot_write_says_so_and_loses_nothing__c_29(tmp_path: Path, most_bytes: int, kept: str) -> None:
    many = [friends(), *(message(f"m{number}", NOON + number * HOUR) for number in range(1, 200))]
    first = written(tmp_path / "first", [friends(), message("m0", NOON)])
    second = written(tmp_path / "second", many)
    places = ["--out", tmp_path / "out", *(["--state", tmp_path / "state"] if kept == "state" else [])]
    kithward("replay", "--events", first, *places)
    outputs, state = contents(tmp_path / "out"), rows(tmp_path / "state") if kept == "state" else []

    done = replay_with_files_up_to(most_bytes, "--events", second, *places)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"kithward: {tmp_path / 'out'}: file too large") or f"{tmp_path / 'state'}: " in line
    assert contents(tmp_path / "out") == outputs
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{name}.jsonl" for name in outputs)
    if kept == "state":
        assert rows(tmp_path / "state") == state
        assert sorted(path.name for path in (tmp_path / "state").iterdir()) == ["CURRENT", "generation-1"]

    assert kithward("replay", "--events", second, *places).exit_code == 0
    assert contents(tmp_path / "out") != outputs
