"""The server of transactions: who may send, what is acknowledged, and what has to come again (MX-9)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp
import pytest

from connectors.matrix.application_service import open_application_service
from connectors.matrix.nesting import DEEPEST
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


@pytest.mark.parametrize("opened", ['{"a":', "["])
def test_an_event_that_is_nested_too_deeply_counts_without_that_and_stops_nothing__mx_9(
    opened: str, caplog: pytest.LogCaptureFixture
) -> None:
    taken = list[dict[str, Any]]()

    async def take(_: str, events: list[dict[str, Any]]) -> None:
        taken.extend(events)

    deep = opened * 9_000 + "7" + {"[": "]"}.get(opened, "}") * 9_000
    bad = f'{{"event_id": "$bad", "content": {{"body": "a \\"[ gift card", "more": [{deep}, 1], "end": 2}}}}'
    body = f'{{"events": [{bad}, {{"event_id": "$good"}}]}}'
    assert answers(take, ("PUT", "/transactions/1", TOKEN, body)) == [200]
    first, second = taken
    assert (first["content"]["body"], first["content"]["more"][1], first["content"]["end"]) == ('a "[ gift card', 1, 2)
    assert second == {"event_id": "$good"}
    assert f"left out, nested more than {DEEPEST} levels deep: 1" in caplog.text
    assert "gift" not in caplog.text


@pytest.mark.parametrize("body", ["[" * 9_000, '{"events": ' + "[" * 9_000 + "]" * 8_000, "[" * 500 + "]" * 500])
def test_what_is_nothing_but_brackets_is_no_transaction__mx_9(body: str) -> None:
    async def take(*_: object) -> None:
        pytest.fail("nothing was sent")

    assert answers(take, ("PUT", "/transactions/1", TOKEN, body)) == [400]


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
