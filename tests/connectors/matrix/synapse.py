"""A real Synapse on free ports of 127.0.0.1, from the environment that `make setup` makes; with SQLite."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
import yaml

from jobs.flink.rest_client import wait
from jobs.local.child_process import ChildProcess
from jobs.local.ports import HOST
from tests.architecture.source import ROOT
from tests.connectors.matrix.talk import SERVER

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

PYTHON: Final = ROOT / "build" / "synapse" / "bin" / "python"
PASSWORD: Final = "correct horse"  # noqa: S105
_SECRET: Final = "for tests only"  # noqa: S105
_START_S: Final = 60.0
_UNLIMITED: Final = {"per_second": 10_000, "burst_count": 10_000}


class Synapse:
    """A homeserver. Restarted on the same directory it still has its rooms."""

    def __init__(self, directory: Path, port: int, registration: Path) -> None:
        self.directory, self.address = directory, f"http://{HOST}:{port}"
        self._process: ChildProcess | None = None
        directory.mkdir(exist_ok=True)
        (directory / "log.yaml").write_text(yaml.safe_dump(_LOGGING))
        key = base64.b64encode(hashlib.sha256(_SECRET.encode()).digest()).decode().rstrip("=")
        (directory / "signing.key").write_text(f"ed25519 a_test {key}\n")
        (directory / "homeserver.yaml").write_text(yaml.safe_dump(_configuration(directory, port, registration)))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        command = (
            str(PYTHON),
            "-m",
            "synapse.app.homeserver",
            "--config-path",
            str(self.directory / "homeserver.yaml"),
        )
        self._process = ChildProcess(command, log=self.directory / "synapse.log", environment={"HOME": "/"})
        wait(self._answers, f"Synapse does not answer: see {self.directory / 'synapse.log'}", _START_S)
        return self

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.stop()

    def register(self, name: str, *, admin: bool = False) -> dict[str, Any]:
        """Register a user and return its login."""
        path = f"{self.address}/_synapse/admin/v1/register"
        nonce = httpx.get(path).raise_for_status().json()["nonce"]
        parts = (nonce, name, PASSWORD, "admin" if admin else "notadmin")
        mac = hmac.new(_SECRET.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": PASSWORD, "admin": admin, "mac": mac}
        login: dict[str, Any] = httpx.post(path, json=body).raise_for_status().json()
        return login

    def _answers(self) -> bool:
        if self._process is not None and self._process.exit_code() is not None:
            raise RuntimeError((self.directory / "synapse.log").read_text()[-3_000:])
        try:
            return httpx.get(f"{self.address}/health").is_success
        except httpx.TransportError:
            return False


_LOGGING: Final = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "disable_existing_loggers": False,
}


def _configuration(directory: Path, port: int, registration: Path) -> dict[str, Any]:
    limits = ("rc_message", "rc_registration", "rc_reports", "rc_room_creation")
    levels = {"rc_login": ("address", "account", "failed_attempts"), "rc_joins": ("local", "remote")}
    levels |= {"rc_invites": ("per_room", "per_user", "per_issuer")}
    return {
        "server_name": SERVER,
        "listeners": [
            {"port": port, "bind_addresses": [HOST], "type": "http", "resources": [{"names": ["client", "media"]}]}
        ],
        "database": {"name": "sqlite3", "args": {"database": str(directory / "homeserver.db")}},
        "log_config": str(directory / "log.yaml"),
        "media_store_path": str(directory / "media"),
        "signing_key_path": str(directory / "signing.key"),
        "pid_file": str(directory / "synapse.pid"),
        "registration_shared_secret": _SECRET,
        "macaroon_secret_key": _SECRET,
        "form_secret": _SECRET,
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
        "presence": {"enabled": False},
        "app_service_config_files": [str(registration)],
        **dict.fromkeys(limits, _UNLIMITED),
        **{name: dict.fromkeys(parts, _UNLIMITED) for name, parts in levels.items()},
    }
