"""The gateway by HTTP: what it is asked for, and the answers that it brings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connectors.matrix.commands.gateway import HttpGateway
from connectors.matrix.commands.gateway_answers import routes_of
from connectors.matrix.commands.patience import patiently
from connectors.matrix.configuration import GatewayPart
from connectors.matrix.homeserver import open_homeserver
from jobs.local.ports import free_ports
from schemas.records import AnswerVia, Channel, RequestVerification, VerificationAnswered, Warn, WarnChannel
from tests.connectors.matrix.commands.acting import AT_MS, MIKA, ROSA, Acting, Written, header, revocation
from tests.connectors.matrix.commands.test_notices import Wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from connectors.topics.event_writer import EventWriter

TOKEN = "0123456789abcdef"  # noqa: S105 - of the test
PART = GatewayPart(address="http://127.0.0.1:1", token=TOKEN)


def question() -> RequestVerification:
    fields = {"verification_id": "v1", "account_id": ROSA, "about_id": MIKA, "app": "telephone"}
    return RequestVerification(**header("v1"), **fields, alternate_id="+49 1", channel=Channel.PHONE)


def asked_by(use: Callable[[HttpGateway], Awaitable[None]]) -> list[tuple[str, str, str, Any]]:
    """Return the requests that a gateway gets: method, path, authorization, body."""
    requests = list[tuple[str, str, str, Any]]()

    async def remember(request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        requests.append((request.method, request.path, request.headers["Authorization"], body))
        return web.json_response({})

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", remember)
        async with TestServer(app) as server, open_homeserver(str(server.make_url("")), TOKEN, "") as http:
            await use(HttpGateway(http))

    asyncio.run(run())
    return requests


def test_a_question_names_whom_to_ask_and_how_and_nobody_else() -> None:
    (request,) = asked_by(lambda gateway: gateway.ask(question()))
    assert request[:3] == ("PUT", "/verifications/v1", f"Bearer {TOKEN}")
    assert request[3] == {"about_id": MIKA, "app": "telephone", "alternate_id": "+49 1", "channel": "PHONE"}


def test_a_question_is_taken_back() -> None:
    assert asked_by(lambda gateway: gateway.cancel("v1")) == [("DELETE", "/verifications/v1", f"Bearer {TOKEN}", None)]


def test_a_warning_has_its_destination_under_the_commands_id() -> None:
    fields = {"account_id": ROSA, "about_id": MIKA, "channel": WarnChannel.NUMBER, "destination": "110"}
    command = Warn(**header(), **fields, report="suspected")
    (request,) = asked_by(lambda gateway: gateway.warn(command))
    assert request[:2] == ("PUT", f"/warnings/{command.command_id}")
    assert request[3] == {"about_id": MIKA, "channel": "NUMBER", "destination": "110", "report": "suspected"}


def test_a_gateway_that_does_not_answer_is_not_waited_for_without_end__mx_22(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.matrix.homeserver._wait", lambda _: 0.0)

    async def ask() -> str | None:
        async def pause(_: float) -> None:
            pass

        (port,) = free_ports(1)
        async with open_homeserver(f"http://127.0.0.1:{port}", TOKEN, "") as http:
            return await patiently(lambda: HttpGateway(http).ask(question()), pause)

    assert asyncio.run(ask()) == "NO_ANSWER_OF_THE_GATEWAY"


def test_a_gateway_that_does_not_know_the_token_is_not_waited_for_without_end__mx_22() -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"errcode": "WRONG_TOKEN"}, status=401)

    async def pause(_: float) -> None:
        pass

    async def ask() -> str | None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", refuse)
        async with TestServer(app) as server, open_homeserver(str(server.make_url("")), TOKEN, "") as http:
            return await patiently(lambda: HttpGateway(http).ask(question()), pause)

    assert asyncio.run(ask()) == "WRONG_TOKEN"


def answered(acting: Acting, written: Written, *bodies: Any, name: str = "v1", token: str = TOKEN) -> list[int]:
    """Bring answers; return the status of each."""

    async def run() -> list[int]:
        app = web.Application()
        app.router.add_routes(routes_of(PART, acting.means.ledger, cast("EventWriter", written)))
        async with TestClient(TestServer(app)) as client:
            path, headers = f"/kithward/v1/verifications/{name}/answers/a1", {"Authorization": f"Bearer {token}"}
            return [(await client.put(path, json=body, headers=headers)).status for body in bodies]

    return asyncio.run(run())


@pytest.mark.parametrize("genuine", [True, False])
def test_an_answer_becomes_the_event_that_the_question_waits_for(genuine: bool) -> None:  # noqa: FBT001
    acting, written = Acting(Wire()), Written()
    acting.execute(question())
    body = {"genuine": genuine, "at_ms": AT_MS}
    assert answered(acting, written, body, body) == [200, 200]
    assert set(written.events) == {
        VerificationAnswered(
            event_id="answer-v1-a1",
            at_ms=AT_MS,
            verification_id="v1",
            account_id=ROSA,
            genuine=genuine,
            via=AnswerVia.ALTERNATE_APP,
        )
    }


def test_an_answer_is_refused_without_token_question_or_sense() -> None:
    acting, written, command = Acting(Wire()), Written(), question()
    right = {"genuine": True, "at_ms": AT_MS}
    assert answered(acting, written, right) == [404]
    acting.execute(command)
    assert answered(acting, written, right, token="another") == [403]  # noqa: S106
    assert answered(acting, written, {"genuine": "yes", "at_ms": 1}, {"genuine": True}, {"at_ms": -1}) == [400] * 3
    acting.execute(revocation(command))
    assert answered(acting, written, right) == [404]
    assert written.events == []


def test_without_a_gateway_there_is_no_way_to_answer() -> None:
    assert routes_of(None, Acting().means.ledger, cast("EventWriter", Written())) == []
