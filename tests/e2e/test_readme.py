"""Every command of the README, in its order, as somebody would type it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from jobs.flink_rest import wait
from jobs.installation import ROOT
from tests.tool.given import HOUR, NOON, friends, message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.stage import Scene

WITHIN_S = 240
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ (.+?)(?:  +#.*)?$", README, re.MULTILINE)
TOOL = [command for command in COMMANDS if command.startswith("kithward ")]
STAYS = "--local"


def typed(command: str, place: Path, bootstrap: str) -> subprocess.Popen[str]:
    arguments = shlex.split(command.replace("localhost:9092", bootstrap))[1:]
    return subprocess.Popen(
        [sys.executable, "-m", "jobs", *arguments],
        cwd=place,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_every_command_of_the_tool_does_what_the_readme_says(scene: Scene, tmp_path: Path) -> None:
    for name in ("jobs", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    assert len(TOOL) == 8
    for command in TOOL:
        running = typed(command, tmp_path, scene.bootstrap)
        try:
            if STAYS in command:
                scene.send([friends(), message("m1", NOON + HOUR)])
                scene.tick(NOON + 2 * HOUR)
                scene.put("messages", b"no record", at_ms=NOON + 2 * HOUR)
                scene.flush()
                wait(lambda: scene.stored("commands") and scene.stored("dead-letters"), "no commands come", WITHIN_S)
                running.send_signal(signal.SIGINT)
            said, _ = running.communicate(timeout=WITHIN_S)
        finally:
            running.kill()
        assert running.returncode == 0, f"{command}\n{said}"
        if "dead-letters" in command:
            assert "UNDECODABLE" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"decisions.jsonl", "commands.jsonl"}


def test_the_other_commands_are_targets_whose_work_is_tested() -> None:
    others = [command for command in COMMANDS if command not in TOOL]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert others == ["make demo", "make test"]
    assert "$(run) -m jobs demo" in makefile  # tests/e2e/test_demo.py runs it
    assert "$(run) -m pytest" in makefile  # which is what runs this
