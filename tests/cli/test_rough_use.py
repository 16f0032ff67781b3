"""Rough use of the command line: closed pipes, full disks, interrupted runs, special files."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from jobs.__main__ import main as entry_point
from jobs.replay import session
from jobs.scenario.files import EVENTS, POLICY
from tests.support.given import HOUR, NAMES, NOON, friends, kithward, message, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL = (sys.executable, "-m", "jobs")
FULL = Path("/dev/full")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("story") / "out"
    kithward("replay", "--events", *EVENTS, "--policy", POLICY, "--out", out)
    return out


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def _buffering(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", request.param)


def run(*arguments: object, stdout: int | IO[bytes]) -> subprocess.CompletedProcess[str]:
    """Run the tool by itself, with its output to a place of our own."""
    command = [*TOOL, *map(str, arguments)]
    return subprocess.run(command, check=False, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=120)


@pytest.mark.usefixtures("_buffering")
def test_a_closed_pipe_has_its_own_exit_code(story: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = run("explain", story / "decisions.jsonl", stdout=pipe)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.usefixtures("_buffering")
def test_a_full_disk_at_standard_output_is_reported_in_one_line(story: Path) -> None:
    with FULL.open("wb") as full:
        done = run("explain", story / "decisions.jsonl", stdout=full)
    assert (done.returncode, done.stderr) == (2, "kithward: No space left on device\n")


def test_a_closed_standard_output_is_a_fault_of_verbs_that_print_there(story: Path, tmp_path: Path) -> None:
    closed = ("sh", "-c", 'exec "$@" >&-', "sh", *TOOL)
    events = written(tmp_path / "events.jsonl", [friends()])
    for arguments, code, said in (
        (("explain", story / "decisions.jsonl"), 2, "kithward: standard output: is closed\n"),
        (("replay", "--events", events, "--out", tmp_path / "out"), 0, f"written to {tmp_path / 'out'}\n"),
    ):
        done = subprocess.run(
            [*closed, *map(str, arguments)], check=False, stderr=subprocess.PIPE, text=True, timeout=120
        )
        assert (done.returncode, done.stderr[-len(said) :]) == (code, said), done.stderr


def test_a_closed_standard_input_answers_no_question(tmp_path: Path) -> None:
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *TOOL, "policy", "new", str(tmp_path / "policy.yaml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(
        "kithward: policy new: asks questions, and nobody answers; give --from careful, balanced, strict\n"
    )


def test_an_error_that_cannot_be_printed_has_its_exit_code() -> None:
    with FULL.open("wb") as full:
        done = subprocess.run([*TOOL, "explain", "nowhere"], check=False, stdout=full, stderr=full, timeout=120)
    assert done.returncode == 2


def test_a_replay_on_a_full_disk_keeps_the_previous_outputs(tmp_path: Path) -> None:
    few = written(tmp_path / "few.jsonl", [friends(), message("m", NOON + HOUR)])
    kithward("replay", "--events", few, "--out", tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    many = written(tmp_path / "many.jsonl", [friends(), *(message(f"m{n}", NOON + HOUR + n) for n in range(50))])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        refused = kithward("replay", "--events", many, "--out", tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert the_one_line(refused) == f"kithward: {tmp_path / 'out'}: file too large"
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_an_interrupted_replay_keeps_the_previous_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = written(tmp_path / "few.jsonl", [friends(), message("m", NOON + HOUR)])
    kithward("replay", "--events", few, "--out", tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def interrupted(events: Any, run: Any) -> Iterator[Any]:
        yield from prefilter_ahead(events, run)
        raise KeyboardInterrupt

    prefilter_ahead = session.prefilter_ahead
    monkeypatch.setattr(session, "prefilter_ahead", interrupted)
    stopped = kithward("replay", "--events", few, few, "--out", tmp_path / "out")
    assert (stopped.exit_code, stopped.stderr) == (130, "kithward: interrupted\n")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert sorted(before) == sorted(f"{name}.jsonl" for name in NAMES)


def test_a_report_replaces_no_device_and_no_link(story: Path, tmp_path: Path) -> None:
    assert "/dev/full: no space left" in the_one_line(kithward("report", "--from", story, "--out", FULL))
    assert FULL.is_char_device()
    link, page = tmp_path / "link.html", tmp_path / "page.html"
    page.write_text("before", "utf-8")
    link.symlink_to(page)
    assert kithward("report", "--from", story, "--out", link).exit_code == 0
    assert link.is_symlink()
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "page.html"]


def test_a_time_range_is_for_topics_only(story: Path, tmp_path: Path) -> None:
    policy = written(tmp_path / "new.yaml", ["version: new"])
    events = ("--policy", policy, "--events", *EVENTS)
    for arguments in (("whatif", *events), ("explain", story / "decisions.jsonl")):
        refused = kithward(*arguments, "--until", "2025-03-01")
        assert "--until 2025-03-01: applies to --topic only; files are read whole" in the_one_line(refused)
    swapped = ("--since", "2025-03-02", "--until", "2025-03-01")
    for arguments in (("whatif", "--policy", policy, "--topic", "messages"), ("explain", "--topic", "decisions")):
        assert "must be later than --since 2025-03-02" in the_one_line(kithward(*arguments, *swapped))


def test_huge_numbers_are_refused(tmp_path: Path) -> None:
    policy, huge = written(tmp_path / "new.yaml", ["version: new"]), "9" * 30
    tried = kithward("whatif", "--policy", policy, "--events", *EVENTS, "--examples", huge)
    assert "Invalid value for '--examples'" in the_one_line(tried)


def test_an_interruption_while_the_tool_loads_ends_it_without_a_stack_trace() -> None:
    code = """
import builtins, os, signal
load = builtins.__import__
def interrupt(name, *rest):
    if name == "jobs.cli.app":
        os.kill(os.getpid(), signal.SIGINT)
    return load(name, *rest)
builtins.__import__ = interrupt
from jobs.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_an_interruption_later_is_handled_by_the_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: list[Any] = []
    monkeypatch.setattr("jobs.cli.app.main", lambda: handlers.append(signal.getsignal(signal.SIGINT)))
    entry_point()
    assert handlers == [signal.getsignal(signal.SIGINT)] == [signal.default_int_handler]
