"""Every command of the README and of the quick start, in its order, as a reader would type it, with its output."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from jobs.deploy.installation import ROOT
from jobs.flink.rest_client import wait
from schemas.codec import decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.support.stage import Scene

WITHIN_S: Final = 240
README: Final = (ROOT / "README.md").read_text("utf-8")
QUICK_START: Final = (ROOT / "docs" / "quick-start.md").read_text("utf-8")
MAKE: Final = ["make demo", "make test"]
STAYS: Final = "--local"
FINDS: Final = "kithward whatif"
READS_TOPICS: Final = ("kithward explain --topic", "kithward dead-letters")
"""Commands that show the job's outputs, as soon as they are there."""
MOVES_TIME: Final = "sleep"


class Typed(NamedTuple):
    """A command, and the lines that the document shows of its output; `...` stands for what is left out."""

    command: str
    shown: list[str]


def typed_in(document: str) -> Iterator[Typed]:
    """Yield the commands of a document: a block of `sh` as a whole, each `$` line of a block of `console`."""
    for kind, block in re.findall(r"^```(console|sh)\n(.*?)^```", document, re.MULTILINE | re.DOTALL):
        if kind == "sh":
            yield Typed(block, [])
            continue
        for entered in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *shown = entered.splitlines()
            yield Typed(re.sub(r"  +#.*", "", first), shown)


TYPED: Final = list(typed_in(README))
RULE: Final = list(
    typed_in(QUICK_START[QUICK_START.index("\n## 6. Change a rule\n") : QUICK_START.index("\n## 7. Stop\n")])
)


def desk(place: Path) -> Path:
    """Return a directory like a checkout, with `kithward` and `python` in its `bin`."""
    for name in ("jobs", "docs", "schemas"):
        (place / name).symlink_to(ROOT / name)
    (place / "bin").mkdir()
    for name, command in (("kithward", f"{sys.executable} -m jobs"), ("python", sys.executable)):
        (place / "bin" / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (place / "bin" / name).chmod(0o755)
    return place


def started(command: str, place: Path, bootstrap: str, output: int | IO[str]) -> subprocess.Popen[str]:
    """Have a shell run a command in a place, with its output to a pipe or a file."""
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    return subprocess.Popen(
        ["bash", "-c", command.replace("localhost:9092", bootstrap)],  # noqa: S607
        cwd=place,
        env=os.environ | paths | {"PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )


def prints(output: str, shown: str) -> bool:
    """Return whether some line has all that is shown of it, in its order."""
    pattern = ".*".join(re.escape(part.strip()) for part in shown.split("..."))
    return re.search(pattern, output) is not None


def missing(output: str, shown: list[str]) -> list[str]:
    return [line for line in shown if not prints(output, line)]


def run(typed: Typed, place: Path, bootstrap: str) -> None:
    """Run a command to its end and compare its output."""
    code, output = ended(typed.command, place, bootstrap)
    assert code == int(typed.command.startswith(FINDS)), f"{typed.command}\n{output}"
    assert missing(output, typed.shown) == [], f"{typed.command}\n{output}"


def ended(command: str, place: Path, bootstrap: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and output."""
    running = started(command, place, bootstrap, subprocess.PIPE)
    try:
        output, _ = running.communicate(timeout=WITHIN_S)
    finally:
        running.kill()
    return running.returncode, output


def run_until_shown(typed: Typed, before: Typed, place: Path, bootstrap: str) -> None:
    """Run a command that reads topics. As the document says: while nothing is shown, the block before it once more."""
    until_s = time.monotonic() + WITHIN_S
    while missing(ended(typed.command, place, bootstrap)[1], typed.shown) and time.monotonic() < until_s:
        if MOVES_TIME in before.command:
            run(before, place, bootstrap)
    run(typed, place, bootstrap)


def test_every_command_of_the_readme_prints_what_the_readme_shows(tmp_path: Path) -> None:
    place = desk(tmp_path)
    for typed in TYPED:
        if typed.command not in MAKE:
            run(typed, place, "no-broker:9092")
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"decisions.jsonl", "commands.jsonl"}


def test_every_command_of_the_quick_start_prints_what_it_shows(scene: Scene, tmp_path: Path) -> None:
    before, (job, *after) = split(list(typed_in(QUICK_START)), STAYS)
    place, log = desk(tmp_path), tmp_path / "job.log"
    for typed in before:
        run(typed, place, scene.bootstrap)
    with log.open("w") as output:
        running = started(job.command, place, scene.bootstrap, output)
    try:
        wait(lambda: running.poll() is not None or not missing(log.read_text(), job.shown), "no job", WITHIN_S)
        assert running.poll() is None, log.read_text()
        for earlier, typed in pairwise((job, *after)):
            if typed.command.startswith(READS_TOPICS):
                run_until_shown(typed, earlier, place, scene.bootstrap)
            else:
                run(typed, place, scene.bootstrap)
        wait(lambda: len(scene.stored("commands")) > 1, "no commands come", WITHIN_S)
        running.send_signal(signal.SIGINT)
        assert running.wait(WITHIN_S) == 0, log.read_text()
    finally:
        running.kill()
    assert "stopped" in log.read_text()
    commands = {type(decode(stored.value or b"")).__name__ for stored in scene.stored("commands")}
    assert commands == {"ExitSession", "Warn"}
    assert [dict(stored.headers)["error.reason"] for stored in scene.stored("dead-letters")] == [b"IMPOSSIBLE"]


def split(typed: list[Typed], option: str) -> tuple[list[Typed], list[Typed]]:
    """Return the commands before the first with an option, and that one with those after it."""
    place = next(place for place, each in enumerate(typed) if option in each.command)
    return typed[:place], typed[place:]


def test_the_readme_begins_with_a_file_that_the_reader_makes() -> None:
    first, *others = (command for command, _ in TYPED)
    assert first.startswith("cat > events.jsonl <<'END'\n")
    assert first.count('"type"') == 3
    assert [" ".join(each.split()[:2]) for each in others[:2]] == ["kithward replay", "kithward explain"]


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
    others = [command for command, _ in TYPED if not command.startswith(("kithward ", "cat "))]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert others == MAKE
    assert "$(run) -m jobs demo" in makefile  # tests/e2e/test_demo.py runs it
    assert "$(run) -m pytest" in makefile  # which is what runs this
