"""A child process that dies with its parent, even when the parent is killed.

A watchdog, which is this file run as a script, stands between the two. It holds the reading end of a pipe whose only
writing end is the parent's. When the parent ends, by SIGKILL or otherwise, the pipe closes, and the watchdog terminates
the child. A handler for exits or signals does not run after SIGKILL, and Linux's parent-death signal (PR_SET_PDEATHSIG)
already fires when the parent's thread that started the child ends.
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

GRACE_S = 10.0  # from SIGTERM to SIGKILL; with less time a broker cannot finish writing its state


class ChildProcess:
    """A subprocess under a watchdog. Its output is appended to the file `log`."""

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        with log.open("ab") as output:
            self._watchdog = subprocess.Popen(  # noqa: S603 - the command is our own
                # With the standard library alone, so that it starts at once and no PYTHONPATH changes what it imports.
                (sys.executable, "-I", "-S", __file__, *command),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C interrupts the parent alone, which then stops the child in order
            )

    @property
    def pid(self) -> int:
        """The id of the process group: the watchdog, the child and the child's own children."""
        return self._watchdog.pid

    def exit_code(self) -> int | None:
        """Return the child's exit code, None while it runs."""
        return self._watchdog.poll()

    def stop(self) -> None:
        """Terminate the child and wait for its end; kill it if it does not end in time."""
        if self._watchdog.stdin:
            self._watchdog.stdin.close()
        try:
            self._watchdog.wait(2 * GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill the process group at once, as a power failure would."""
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
    # Returns once no process holds the writing end. Not by sys.stdin, whose lock would be held when the watchdog exits.
    os.read(sys.stdin.fileno(), 1)
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    raise SystemExit(_watchdog(sys.argv[1:]))
