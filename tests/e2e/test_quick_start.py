"""Every command of the quick start, in its order, as a reader would type it, with the output that it shows."""

from __future__ import annotations

import signal
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import ROOT
from jobs.flink.rest_client import wait
from schemas.codec import decode
from tests.support.typed_commands import WITHIN_S, Typed, desk, ended, missing, run, started, typed_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.support.stage import Scene

QUICK_START: Final = (ROOT / "docs" / "quick-start.md").read_text("utf-8")
STAYS: Final = "--local"
READS_TOPICS: Final = ("kithward explain --topic", "kithward dead-letters")
"""Commands that show the job's outputs, as soon as they are there."""
MOVES_TIME: Final = "sleep"
RULE: Final = list(
    typed_in(QUICK_START[QUICK_START.index("\n## 6. Change a rule\n") : QUICK_START.index("\n## 7. Stop\n")])
)


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
        wait(lambda: len(scene.read("commands")) > 1, "no commands come", WITHIN_S)
        running.send_signal(signal.SIGINT)
        assert running.wait(WITHIN_S) == 0, log.read_text()
    finally:
        running.kill()
    assert "stopped" in log.read_text()
    commands = {type(decode(stored.value or b"")).__name__ for stored in scene.read("commands")}
    assert commands == {"ExitSession", "Warn"}
    assert [dict(stored.headers)["error.reason"] for stored in scene.read("dead-letters")] == [b"IMPOSSIBLE"]


def test_a_rule_is_changed_in_seven_commands_that_say_something() -> None:
    assert [" ".join(each.command.split()[:2]) for each in RULE[1:]] == [
        "kithward policy",
        "kithward policy",
        "kithward whatif",
        "kithward replay",
        "kithward policy",
        "kithward explain",
    ]
    assert RULE[0].command.endswith("jobs/scenario/policy.yaml > patient.yaml")
    assert all(shown for _, shown in RULE[1:])


def run_until_shown(typed: Typed, before: Typed, place: Path, bootstrap: str) -> None:
    """Run a command that reads topics. As the document says: while nothing is shown, the block before it once more."""
    until_s = time.monotonic() + WITHIN_S
    while missing(ended(typed.command, place, bootstrap)[1], typed.shown) and time.monotonic() < until_s:
        if MOVES_TIME in before.command:
            run(before, place, bootstrap)
    run(typed, place, bootstrap)


def split(typed: list[Typed], option: str) -> tuple[list[Typed], list[Typed]]:
    """Return the commands before the first with an option, and that one with those after it."""
    place = next(place for place, each in enumerate(typed) if option in each.command)
    return typed[:place], typed[place:]
