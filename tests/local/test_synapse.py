"""The local Matrix homeserver: what it says when there is none, and what it keeps."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest

from connectors.matrix.configuration import Configuration, HomeserverPart
from connectors.matrix.registration import write_registration
from jobs.deploy.installation import NotInstalledError
from jobs.local.ports import free_ports
from jobs.local.synapse import Synapse, SynapseError, check_synapse

SERVER = "kith.example"
PASSWORD = "correct horse"  # noqa: S105
LOGIN = "/_matrix/client/v3/login"


def synapse(folder: Path) -> Synapse:
    (port,) = free_ports(1)
    return Synapse(folder / "synapse", port, server_name=SERVER, registration=folder / "registration.yaml")


@pytest.mark.parametrize("python", [Path("/nowhere/python"), Path(sys.executable)], ids=["no-python", "no-synapse"])
def test_without_synapse_the_error_says_how_to_get_it(python: Path) -> None:
    with pytest.raises(NotInstalledError, match=f"{python}.*: run `make setup`, or name the Python"):
        check_synapse(python)


@pytest.mark.jvm
def test_a_homeserver_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(SynapseError, match=r"see .*synapse\.log(.|\n)*registration\.yaml"):
        synapse(tmp_path).start()


@pytest.mark.jvm
def test_a_homeserver_that_is_restarted_has_its_users(tmp_path: Path) -> None:
    given = Configuration(homeserver=HomeserverPart(address="http://127.0.0.1:1", server_name=SERVER))
    write_registration(tmp_path / "registration.yaml", given)
    identifier = {"type": "m.id.user", "user": "rosa"}
    login = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
    with synapse(tmp_path) as first:
        assert first.register("rosa", PASSWORD)["user_id"] == f"@rosa:{SERVER}"
    with synapse(tmp_path) as second:
        assert httpx.post(f"{second.address}{LOGIN}", json=login).json()["user_id"] == f"@rosa:{SERVER}"
        with pytest.raises(httpx.HTTPStatusError):
            second.register("rosa", PASSWORD)
