"""ChildProcess: a child that dies with its parent, even when the parent is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.local.child_process import ChildProcess
from tests.support.processes import is_running, until

ROOT = Path(__file__).resolve().parents[2]
SLEEP = (sys.executable, "-S", "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
DEAF = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), flush=True)"
STUBBORN = (sys.executable, "-S", "-c", f"{DEAF}; time.sleep(600)")


def pid_in(log: Path) -> int:
    until(lambda: log.exists() and log.read_text().endswith("\n"))
    return int(log.read_text())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_ends_with_its_parent(how: signal.Signals, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = (
        "import pathlib, sys, time; from jobs.local.child_process import ChildProcess;"
        "child = ChildProcess(sys.argv[2:], log=pathlib.Path(sys.argv[1])); time.sleep(600)"
    )
    owner = subprocess.Popen((sys.executable, "-c", script, log, *SLEEP), cwd=ROOT, stderr=subprocess.DEVNULL)
    pid = pid_in(log)
    owner.send_signal(how)
    owner.wait(20)
    until(lambda: not is_running(pid))


def test_the_exit_code_is_returned(tmp_path: Path) -> None:
    child = ChildProcess((sys.executable, "-S", "-c", "raise SystemExit(3)"), log=tmp_path / "log")
    until(lambda: child.exit_code() is not None)
    assert child.exit_code() == 3
    child.stop()


def test_a_stopped_child_has_ended(tmp_path: Path) -> None:
    child = ChildProcess(SLEEP, log=tmp_path / "log")
    pid = pid_in(tmp_path / "log")
    assert child.exit_code() is None
    child.stop()
    assert not is_running(pid)


def test_a_killed_child_has_ended_at_once(tmp_path: Path) -> None:
    child = ChildProcess(STUBBORN, log=tmp_path / "log")
    pid = pid_in(tmp_path / "log")
    child.kill()
    until(lambda: not is_running(pid))


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.local.child_process.GRACE_S", 0.1)
    child = ChildProcess(STUBBORN, log=tmp_path / "log")
    pid = pid_in(tmp_path / "log")
    child.stop()
    until(lambda: not is_running(pid))
