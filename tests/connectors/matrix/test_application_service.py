"""The server of transactions: who may send, what is acknowledged, and what has to come again (MX-9)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp
import pytest

from connectors.matrix.application_service import open_application_service
from connectors.matrix.waking import Waking
from jobs.errors import BadInput
from jobs.local.ports import HOST, free_ports
from tests.connectors.matrix.talk import FakeHomeserver

TOKEN = "the homeserver's"  # noqa: S105
OTHER = "somebody's"


def answers(work_off: Any, *requests: tuple[str, str, str, str]) -> list[int]:
    """Return the status of the answer to each request: method, path, token, body."""

    async def ask() -> list[int]:
        (port,) = free_ports(1)
        async with open_application_service(HOST, port, TOKEN, work_off), aiohttp.ClientSession() as session:
            found = []
            for method, path, token, body in requests:
                headers = {"Authorization": f"Bearer {token}"}
                address = f"http://{HOST}:{port}/_matrix/app/v1{path}"
                async with session.request(method, address, headers=headers, data=body) as answer:
                    found.append(answer.status)
            return found

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "token", "body", "status"),
    [
        ("/transactions/1", TOKEN, '{"events": [{"type": "x"}]}', 200),
        ("/transactions/1", OTHER, '{"events": []}', 403),
        ("/transactions/1", "", "", 403),
        ("/transactions/1", "\udcff", "", 403),
        ("/transactions/1", TOKEN, "[]", 400),
        ("/transactions/1", TOKEN, '{"events": [7]}', 400),
        ("/transactions/1", TOKEN, "{}", 200),
    ],
)
def test_a_transaction_is_taken_from_the_homeserver_only__mx_9(path: str, token: str, body: str, status: int) -> None:
    taken: list[str] = []

    async def take(transaction: str, _: object) -> None:
        taken.append(transaction)

    assert answers(take, ("PUT", path, token, body)) == [status]
    assert taken == ["1"] * (status == 200)


def test_what_could_not_be_worked_off_is_not_acknowledged__mx_9() -> None:
    async def refuse(*_: object) -> None:
        raise BadInput("messages", "the Kafka broker refused the record")

    assert answers(refuse, ("PUT", "/transactions/1", TOKEN, "{}")) == [503]


def test_what_waits_at_the_homeserver_is_asked_for_at_the_start_and_after_a_failure__mx_9() -> None:
    homeserver, failures = FakeHomeserver(), [BadInput("messages", "no room")]
    homeserver.answers["/_matrix/client/v1/appservice/kithward/ping"] = {"duration_ms": 1}

    async def fail_once(*_: object) -> None:
        if failures:
            raise failures.pop()

    async def story() -> list[int]:
        waking = Waking(homeserver, "kithward", fail_once, every_s=0)  # type: ignore[arg-type]
        running, asked = asyncio.create_task(waking.run()), []
        for _ in range(3):
            for _ in range(10):
                await asyncio.sleep(0)
            asked.append(len(homeserver.asked))
            with contextlib.suppress(BadInput):
                await waking.work_off("1", [])
        running.cancel()
        return asked

    assert asyncio.run(story()) == [1, 2, 2]


def test_the_connector_answers_that_it_is_there_and_makes_no_users() -> None:
    async def take(*_: object) -> None:
        pass

    requests = (("POST", "/ping", TOKEN, "{}"), ("GET", "/users/@a:b", TOKEN, ""), ("GET", "/rooms/%23a:b", OTHER, ""))
    assert answers(take, *requests) == [200, 404, 403]


def test_a_port_that_is_taken_is_named() -> None:
    async def take(*_: object) -> None:
        pass

    async def twice() -> None:
        (port,) = free_ports(1)
        async with open_application_service(HOST, port, TOKEN, take), open_application_service(HOST, port, TOKEN, take):
            pass

    with pytest.raises(BadInput, match=rf"listen: {HOST}:\d+: "):
        asyncio.run(twice())
