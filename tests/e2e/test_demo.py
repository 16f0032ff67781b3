"""The demo: the same stories through Kafka and Flink and through the replay."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from jobs.deploy.installation import ROOT
from tests.support.given import NAMES, lines
from tests.support.typed_commands import shows_in_order, typed_in

if TYPE_CHECKING:
    from pathlib import Path

WITHIN_S = 400  # a machine that is busy with other tests


def test_the_demo_on_flink_gives_the_decisions_of_the_replay_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jobs", "demo", "--dir", str(tmp_path / "demo")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WITHIN_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a replay of the same events gives the same outputs" in done.stdout
    for name in NAMES[:4]:
        here, there = (lines(tmp_path / "demo" / place, name) for place in ("out", "replay"))
        assert sorted(map(str, here)) == sorted(map(str, there))
    letters = [lines(tmp_path / "demo" / place, "dead-letters") for place in ("out", "replay")]
    assert [letter["line"] for letter in letters[0]] == [letter["line"] for letter in letters[1]]
    assert len(lines(tmp_path / "demo" / "out", "decisions")) == 67
    [shown] = [shown for command, shown in typed_in((ROOT / "README.md").read_text("utf-8")) if command == "make demo"]
    assert shows_in_order(done.stdout, shown)
    for part in ("17. A girl alone at a fountain", "-> ask hana to join, as follower", "a dead letter: UNDECODABLE"):
        assert part in done.stdout
    assert "How good is each rule?" in (tmp_path / "demo" / "report.html").read_text("utf-8")
