"""Every command of the README, in its order, as somebody would type it, with what it is said to print."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from jobs.deploy.installation import ROOT
from jobs.flink.rest_client import wait
from tests.support.given import HOUR, NOON, friends, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.support.stage import Scene

WITHIN_S = 240
README = (ROOT / "README.md").read_text("utf-8")
MAKE = ["make demo", "make test"]
STAYS = "--local"
FINDS = "kithward whatif"


class Typed(NamedTuple):
    """A command, and the lines that the README shows of what it prints; `...` stands for what is left out."""

    command: str
    shown: list[str]


def typed_in(document: str) -> Iterator[Typed]:
    for block in re.findall(r"^```console\n(.*?)^```", document, re.MULTILINE | re.DOTALL):
        for told in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *shown = told.splitlines()
            yield Typed(re.sub(r"  +#.*", "", first), shown)


TYPED = list(typed_in(README))
RULE = list(typed_in(README[README.index("\n## Change a rule\n") : README.index("\n## How it works\n")]))


def started(command: str, place: Path, bootstrap: str) -> subprocess.Popen[str]:
    """Have a shell run a command in a place where `kithward` is on the PATH."""
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    return subprocess.Popen(
        ["bash", "-c", command.replace("localhost:9092", bootstrap)],  # noqa: S607
        cwd=place,
        env=os.environ | paths | {"PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def prints(said: str, shown: str) -> bool:
    """Return whether some line has all that is shown of it, in its order."""
    pattern = ".*".join(re.escape(part.strip()) for part in shown.split("..."))
    return re.search(pattern, said) is not None


def test_every_command_of_the_tool_does_what_the_readme_says(scene: Scene, tmp_path: Path) -> None:
    for name in ("jobs", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kithward").write_text(f'#!/bin/sh\nexec {sys.executable} -m jobs "$@"\n')
    (tmp_path / "bin" / "kithward").chmod(0o755)
    for command, shown in TYPED:
        if command in MAKE:
            continue
        running = started(command, tmp_path, scene.bootstrap)
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
        assert running.returncode == int(command.startswith(FINDS)), f"{command}\n{said}"
        assert [line for line in shown if not prints(said, line)] == [], f"{command}\n{said}"
        if "dead-letters" in command:
            assert "UNDECODABLE" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"decisions.jsonl", "commands.jsonl"}


def test_a_rule_is_changed_in_six_commands_that_say_something() -> None:
    assert [" ".join(each.command.split()[:2]) for each in RULE[1:]] == [
        "kithward policy",
        "kithward whatif",
        "kithward replay",
        "kithward policy",
        "kithward explain",
    ]
    assert RULE[0].command.endswith("jobs/scenario/policy.yaml > patient.yaml")
    assert all(shown for _, shown in RULE[1:])


def test_the_other_commands_are_targets_whose_work_is_tested() -> None:
    others = [command for command, _ in TYPED if not command.startswith(("kithward ", "sed "))]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert others == MAKE
    assert "$(run) -m jobs demo" in makefile  # tests/e2e/test_demo.py runs it
    assert "$(run) -m pytest" in makefile  # which is what runs this
