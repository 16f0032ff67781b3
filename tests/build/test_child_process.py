"""Does a process on the leash end when we do, however we end?"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.local.child_process import ChildProcess
from tests.build.processes import is_running, until

ROOT = Path(__file__).resolve().parents[2]
SLEEP = (sys.executable, "-S", "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
DEAF = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), flush=True)"
STUBBORN = (sys.executable, "-S", "-c", f"{DEAF}; time.sleep(600)")


def pid_in(log: Path) -> int:
    until(lambda: log.exists() and log.read_text().endswith("\n"))
    return int(log.read_text())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_owner(how: signal.Signals, tmp_path: Path) -> None:
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


def test_its_exit_code_is_told(tmp_path: Path) -> None:
    child = ChildProcess((sys.executable, "-S", "-c", "raise SystemExit(3)"), log=tmp_path / "log")
    until(lambda: child.exit_code() is not None)
    assert child.exit_code() == 3
    child.stop()


def test_stopped_it_is_gone(tmp_path: Path) -> None:
    child = ChildProcess(SLEEP, log=tmp_path / "log")
    pid = pid_in(tmp_path / "log")
    assert child.exit_code() is None
    child.stop()
    assert not is_running(pid)


def test_killed_it_is_gone_at_once(tmp_path: Path) -> None:
    child = ChildProcess(STUBBORN, log=tmp_path / "log")
    pid = pid_in(tmp_path / "log")
    child.kill()
    until(lambda: not is_running(pid))


def test_what_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.local.child_process.GRACE_S", 0.1)
    child = ChildProcess(STUBBORN, log=tmp_path / "log")
    pid = pid_in(tmp_path / "log")
    child.stop()
    until(lambda: not is_running(pid))
