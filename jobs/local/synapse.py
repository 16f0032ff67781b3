"""A Synapse homeserver as a subprocess, with SQLite: for the demo and tests of the Matrix connector.

It listens on a port of 127.0.0.1 only, talks to no other homeserver, limits nobody, and ends with the process that
started it. Restarted on the same directory it still has its users and rooms. Synapse is under the AGPL and no part of
the product: it runs from a Python environment of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import subprocess
import time
from pathlib import Path
from typing import Any, Final, Self

import httpx
import yaml

from jobs.deploy.installation import ROOT, NotInstalledError
from jobs.local.child_process import ChildProcess
from jobs.local.ports import HOST

SYNAPSE: Final = ROOT / "build" / "synapse" / "bin" / "python"
"""The Python of the environment into which `make` installs Synapse."""

_START_S: Final = 60.0
_POLL_S: Final = 0.1
_LOG_SHOWN: Final = 3_000  # characters
_UNLIMITED: Final = {"per_second": 10_000, "burst_count": 10_000}
_LOGGING: Final = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "disable_existing_loggers": False,
}


class SynapseError(Exception):
    """Synapse did not start; the message ends with the last of its log."""


class Synapse:
    """A homeserver that stores everything under `directory`. Use it as a context manager, or call `start` and `stop`.

    `registration` is the file of an application service. `python` is the interpreter of an environment with Synapse.
    """

    def __init__(
        self, directory: Path, port: int, *, server_name: str, registration: Path, python: Path = SYNAPSE
    ) -> None:
        self.directory, self.address, self.server_name = directory.resolve(), f"http://{HOST}:{port}", server_name
        self._port, self._registration, self._python = port, registration.resolve(), python
        self._secret = secrets.token_urlsafe()
        self._process: ChildProcess | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        """The homeserver's log file."""
        return self.directory / "synapse.log"

    def start(self) -> Self:
        """Start it and return once it answers. Raise SynapseError if it does not, NotInstalledError without Synapse."""
        check_synapse(self._python)
        self._write_files()
        command = (str(self._python), "-m", "synapse.app.homeserver", "--config-path", str(self._configuration))
        self._process = ChildProcess(command, log=self.log, environment={"HOME": "/"})
        try:
            self._wait_until_up(time.monotonic() + _START_S)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def check_running(self) -> None:
        """Raise SynapseError if it has ended."""
        if self._process is not None and self._process.exit_code() is not None:
            raise SynapseError(f"Synapse has ended; see {self.log}")

    def register(self, name: str, password: str, *, admin: bool = False) -> dict[str, Any]:
        """Register a user and return its login: user id, device id and access token."""
        path = f"{self.address}/_synapse/admin/v1/register"
        nonce = httpx.get(path).raise_for_status().json()["nonce"]
        parts = (nonce, name, password, "admin" if admin else "notadmin")
        mac = hmac.new(self._secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        login: dict[str, Any] = httpx.post(path, json=body).raise_for_status().json()
        return login

    @property
    def _configuration(self) -> Path:
        return self.directory / "homeserver.yaml"

    def _write_files(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "log.yaml").write_text(yaml.safe_dump(_LOGGING))
        key = self.directory / "signing.key"
        if not key.exists():
            key.write_text(f"ed25519 a_local {base64.b64encode(secrets.token_bytes(32)).decode().rstrip('=')}\n")
        self._configuration.write_text(yaml.safe_dump(self._settings()))

    def _settings(self) -> dict[str, Any]:
        limits = ("rc_message", "rc_registration", "rc_reports", "rc_room_creation")
        levels = {"rc_login": ("address", "account", "failed_attempts"), "rc_joins": ("local", "remote")}
        levels |= {"rc_invites": ("per_room", "per_user", "per_issuer")}
        resources = [{"names": ["client", "media"]}]
        return {
            "server_name": self.server_name,
            "listeners": [{"port": self._port, "bind_addresses": [HOST], "type": "http", "resources": resources}],
            "database": {"name": "sqlite3", "args": {"database": str(self.directory / "homeserver.db")}},
            "log_config": str(self.directory / "log.yaml"),
            "media_store_path": str(self.directory / "media"),
            "signing_key_path": str(self.directory / "signing.key"),
            "pid_file": str(self.directory / "synapse.pid"),
            **dict.fromkeys(("registration_shared_secret", "macaroon_secret_key", "form_secret"), self._secret),
            "bcrypt_rounds": 4,  # the least: these passwords protect nothing
            "report_stats": False,
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "push": {"enabled": False},
            "presence": {"enabled": False},
            "app_service_config_files": [str(self._registration)],
            **dict.fromkeys(limits, _UNLIMITED),
            **{name: dict.fromkeys(parts, _UNLIMITED) for name, parts in levels.items()},
        }

    def _wait_until_up(self, deadline_s: float) -> None:
        while not self._is_up():
            if self._process is None or self._process.exit_code() is not None or time.monotonic() > deadline_s:
                message = f"Synapse did not start; see {self.log}\n{self.log.read_text()[-_LOG_SHOWN:]}"
                raise SynapseError(message)
            time.sleep(_POLL_S)

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health").is_success
        except httpx.TransportError:
            return False


def check_synapse(python: Path) -> None:
    """Raise NotInstalledError unless an interpreter is there and its environment has Synapse."""
    remedy = "run `make setup`, or name the Python of an environment with the package matrix-synapse"
    try:
        found = subprocess.run((python, "-c", "import synapse"), check=False, capture_output=True, env={})  # noqa: S603
    except OSError as fault:
        raise NotInstalledError(f"there is no Synapse at {python}: {remedy}") from fault
    if found.returncode:
        raise NotInstalledError(f"the environment of {python} has no Synapse: {remedy}")
