"""The Matrix connector as a subprocess, set up by its own commands, as docs/matrix.md shows it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import yaml

from jobs.local.child_process import ChildProcess
from jobs.local.demo_directory import DemoError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CONNECTOR: Final = (sys.executable, "-m", "connectors.matrix")
_WITHIN_S: Final = 60.0


class Connector:
    """A connector with its configuration, registration, store and log in `directory`; all its keys are `settings`."""

    def __init__(self, directory: Path, settings: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._directory, self._settings, self._environment = directory, dict(settings), environment
        self._process: ChildProcess | None = None

    @property
    def registration(self) -> Path:
        """The registration file of the application service."""
        return self._directory / "registration.yaml"

    @property
    def log(self) -> Path:
        """The connector's log file."""
        return self._directory / "connector.log"

    def register(self) -> None:
        """Write the registration file."""
        self._directory.mkdir(parents=True)
        self._write()
        self._run("registration")

    def make_administrator(self, token: str) -> None:
        """Make the connector's user an administrator, by the access token of one."""
        file = self._directory / "token.txt"
        file.touch(mode=0o600)
        file.write_text(token)
        try:
            self._run("check", "--administrator", str(file))
        finally:
            file.unlink()

    def start(self, moderation_room: str | None = None) -> None:
        """Start it. It needs no waiting for: what happens before is sent to it later."""
        self._settings["moderation_room"] = moderation_room
        self._write()
        command = (*_CONNECTOR, "run", "--config", str(self._configuration))
        self._process = ChildProcess(command, log=self.log, environment=self._environment)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.stop()

    def check_running(self) -> None:
        """Raise DemoError if the connector has ended."""
        code = None if self._process is None else self._process.exit_code()
        if code is not None:
            raise DemoError(f"the connector exited with code {code}; see {self.log}")

    @property
    def _configuration(self) -> Path:
        return self._directory / "matrix.yaml"

    def _write(self) -> None:
        self._configuration.write_text(yaml.safe_dump(self._settings))

    def _run(self, verb: str, *options: str) -> None:
        command = (*_CONNECTOR, verb, "--config", str(self._configuration), *options)
        try:
            with self.log.open("ab") as log:
                done = subprocess.run(  # noqa: S603
                    command, stdout=log, stderr=log, check=False, timeout=_WITHIN_S, env=self._environment
                )
        except subprocess.TimeoutExpired as fault:
            raise DemoError(f"the connector's {verb} did not end within {_WITHIN_S:.0f} s; see {self.log}") from fault
        if done.returncode:
            raise DemoError(f"the connector's {verb} exited with code {done.returncode}; see {self.log}")
