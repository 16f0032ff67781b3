"""People and the connector of the Matrix demo: what goes wrong there is an error that says why."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx
import pytest

from jobs.local.demo_directory import DemoError
from jobs.local.matrix.connector import Connector
from jobs.local.matrix.person import Person, cause
from jobs.local.synapse import Synapse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Registering(Synapse):
    """A homeserver that only registers people."""

    def __init__(self) -> None: ...

    def register(self, name: str, password: str, *, admin: bool = False) -> dict[str, str]:
        return {"user_id": f"@{name}:localhost", "access_token": f"{password}{admin}"}


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/join"):
        return httpx.Response(403, json={"errcode": "M_FORBIDDEN", "error": "You are\nnot invited"})
    return httpx.Response(200, json={"room_id": "!club:localhost"})


@pytest.fixture
def people() -> tuple[Person, Person]:
    http = httpx.Client(base_url="http://localhost", transport=httpx.MockTransport(answer))
    rosa, mika = (Person(Registering(), http, name, "secret") for name in ("rosa", "mika"))
    return rosa, mika


@pytest.mark.parametrize("come_together", [Person.befriend, Person.room])
def test_a_refused_join_is_an_error_with_its_cause(
    people: tuple[Person, Person], come_together: Callable[[Person, Person], str]
) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refused:
        come_together(*people)
    told = cause(refused.value)
    assert told.startswith("POST /_matrix/client/v3/rooms/!club:localhost/join: 403 ")
    assert "M_FORBIDDEN" in told
    assert "\n" not in told


def test_a_homeserver_that_does_not_answer_is_told_by_what_has_happened() -> None:
    assert cause(httpx.ReadTimeout("timed out")) == "ReadTimeout: timed out"


def test_a_connector_that_does_not_end_is_an_error_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.local.matrix.connector._WITHIN_S", 0.0)
    settings = {"homeserver": {"address": "http://localhost:1", "server_name": "localhost"}}
    connector = Connector(tmp_path / "connector", settings, os.environ)
    with pytest.raises(DemoError, match=r"registration did not end within 0 s; see .*connector\.log"):
        connector.register()
