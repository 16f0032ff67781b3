"""How does a process that we start end when we do, however we end? Key: the process.

Between us and the process stands this file, run as a script. It holds the reading end of a pipe whose writing end is
ours alone: when we are gone, killed or not, the pipe closes, and it ends the process. A handler for exits or signals
would not see SIGKILL, and Linux' own death signal would fire when a mere thread of ours ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GRACE_S = 10.0  # from asking to killing. Less, and a broker that writes its state down is cut short.


class ChildProcess:
    """A process on the leash. Its output is appended to `log`."""

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        with log.open("ab") as output:
            self._watchdog = subprocess.Popen(  # noqa: S603 - the command is our own
                # Of the standard library alone, so that it starts at once and no PYTHONPATH can change it.
                (sys.executable, "-I", "-S", __file__, *command),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C is for us; we then end it in good order
            )

    @property
    def pid(self) -> int:
        """The process group: the process and what it started."""
        return self._watchdog.pid

    def exit_code(self) -> int | None:
        """Return the process' exit code, None while it runs."""
        return self._watchdog.poll()

    def stop(self) -> None:
        """Ask the process to end, wait, and kill it when it does not listen."""
        if self._watchdog.stdin:
            self._watchdog.stdin.close()
        try:
            self._watchdog.wait(2 * GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Let the process die at once, as on a machine that loses power."""
        if self._watchdog.poll() is None:
            os.killpg(self._watchdog.pid, signal.SIGKILL)
        self._watchdog.wait()
        if self._watchdog.stdin:
            self._watchdog.stdin.close()


def _watchdog(command: Sequence[str]) -> int:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the command is our own
    threading.Thread(target=_terminate_with_owner, args=(process,), daemon=True).start()
    return process.wait()


def _terminate_with_owner(process: subprocess.Popen[bytes]) -> None:
    # Returns when nobody holds the other end any more. Not through sys.stdin: its lock would be held at our own end.
    os.read(sys.stdin.fileno(), 1)
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    raise SystemExit(_watchdog(sys.argv[1:]))
