"""The client of the homeserver: what is asked again, what is not, and bounds of answers."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from connectors.matrix import homeserver, nesting
from connectors.matrix.homeserver import Homeserver, HomeserverError, open_homeserver
from connectors.matrix.nesting import DEEPEST
from jobs.local.ports import HOST, free_ports

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BOT = "@kithward:kith.example"


def asked(answers: list[web.Response], ask: Callable[[Homeserver], Awaitable[Any]]) -> tuple[Any, list[web.Request]]:
    """Return what a call returns or raises, and the requests that a server got which gives these answers."""
    requests: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        requests.append(request)
        return answers[len(requests) - 1]

    async def run() -> Any:
        (port,) = free_ports(1)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()
        try:
            async with open_homeserver(f"http://{HOST}:{port}/", "secret", BOT) as homeserver:
                return await ask(homeserver)
        except HomeserverError as fault:
            return fault
        finally:
            await runner.cleanup()

    return asyncio.run(run()), requests


def refusal(status: int, **fields: Any) -> web.Response:
    return web.json_response(fields, status=status)


def test_a_request_has_the_token_the_user_and_escaped_parts() -> None:
    found, (request,) = asked(
        [web.json_response({"a": 1})],
        lambda homeserver: homeserver.request("PUT", "/_matrix/x", "!r/?:h", body={"b": 2}, user="@rosa:h"),
    )
    assert found == {"a": 1}
    assert request.raw_path == "/_matrix/x/!r%2F%3F:h?user_id=@rosa:h"
    assert request.headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize(("length", "is_in_thread"), [(10, False), (2**20, True)])
def test_a_long_answer_is_decoded_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, length: int, *, is_in_thread: bool
) -> None:
    threads = list[threading.Thread]()

    def decode(answer: bytes, model: type[Any]) -> Any:
        threads.append(threading.current_thread())
        return nesting.decode(answer, model)

    monkeypatch.setattr(homeserver, "decode", decode)
    text = "x" * length
    found, _ = asked([web.json_response({"a": text})], lambda client: client.request("GET", "/x"))
    assert found == {"a": text}
    assert [thread is not threading.main_thread() for thread in threads] == [is_in_thread]


@pytest.mark.parametrize("levels", [150, 9_000])
def test_an_answer_that_is_nested_too_deeply_is_read_without_that__mx_9(levels: int) -> None:
    text = f'{{"name": "Rosa", "more": {"[" * levels}{"]" * levels}}}'
    found, _ = asked([web.Response(text=text)], lambda homeserver: homeserver.request("GET", "/x"))
    assert found["name"] == "Rosa"
    kept = str(found["more"])
    assert kept == "[" * (DEEPEST - 1) + "None" + "]" * (DEEPEST - 1)


@pytest.mark.parametrize("passing", [refusal(429, errcode="M_LIMIT_EXCEEDED", retry_after_ms=1), refusal(502)])
def test_what_may_succeed_later_is_asked_again(passing: web.Response) -> None:
    found, requests = asked([passing, web.json_response({})], lambda homeserver: homeserver.request("GET", "/x"))
    assert (found, len(requests)) == ({}, 2)


def test_it_is_not_asked_without_end() -> None:
    answers = [refusal(429, errcode="M_LIMIT_EXCEEDED", retry_after_ms=1) for _ in range(10)]
    found, requests = asked(answers, lambda homeserver: homeserver.request("GET", "/x"))
    assert isinstance(found, HomeserverError)
    assert (found.status, found.code, found.is_final, len(requests)) == (429, "M_LIMIT_EXCEEDED", False, 6)


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (refusal(403, errcode="M_FORBIDDEN", error="what the user wrote"), 403, "M_FORBIDDEN"),
        (refusal(404, errcode="M_NOT_FOUND"), 404, "M_NOT_FOUND"),
        (web.Response(text="[1]"), 200, "an answer that is no JSON object"),
    ],
)
def test_what_can_never_succeed_is_asked_once_and_has_its_code(answer: web.Response, status: int, code: str) -> None:
    found, requests = asked([answer], lambda homeserver: homeserver.request("GET", "/x"))
    assert isinstance(found, HomeserverError)
    assert (found.status, found.code, found.is_final, len(requests)) == (status, code, True, 1)
    assert "what the user wrote" not in str(found)


@pytest.mark.parametrize("passing", [web.Response(status=404, text="no JSON"), refusal(400, errcode=7)])
def test_an_answer_without_a_code_is_not_the_homeservers_own_and_asked_for_again__mx_22(
    monkeypatch: pytest.MonkeyPatch, passing: web.Response
) -> None:
    """A reverse proxy says that there is nothing while the homeserver restarts."""
    monkeypatch.setattr(homeserver, "_wait", lambda _: 0.0)
    found, requests = asked([passing, web.json_response({})], lambda client: client.request("GET", "/x"))
    assert (found, len(requests)) == ({}, 2)


def test_an_unknown_token_is_told_at_once_and_is_nothing_final__mx_22() -> None:
    found, requests = asked([refusal(401, errcode="M_UNKNOWN_TOKEN")], lambda client: client.request("GET", "/x"))
    assert isinstance(found, HomeserverError)
    assert (found.is_final, found.is_of_all, len(requests)) == (False, True, 1)


def test_there_is_nothing_only_where_the_homeserver_says_so__mx_22() -> None:
    faults = [HomeserverError(404, code) for code in ("M_NOT_FOUND", "M_UNRECOGNIZED", "without a code")]
    assert [fault.is_absence for fault in faults] == [True, False, False]


def test_somebody_may_not_only_where_the_homeserver_says_so__mx_22() -> None:
    faults = [HomeserverError(403, code) for code in ("M_FORBIDDEN", "M_USER_DEACTIVATED", "without a code")]
    assert [fault.is_forbidden for fault in faults] == [True, True, False]


def test_a_file_is_asked_for_once_and_bounded() -> None:
    def download(homeserver: Homeserver) -> Awaitable[bytes]:
        return homeserver.download("/file", most_bytes=10, within_s=5)

    assert asked([web.Response(body=b"0123456789")], download)[0] == b"0123456789"
    for answer in (web.Response(body=b"01234567890"), refusal(502)):
        found, requests = asked([answer], download)
        assert isinstance(found, HomeserverError)
        assert len(requests) == 1


def test_a_homeserver_that_is_not_there_is_an_error_without_a_status() -> None:
    async def ask() -> HomeserverError:
        (port,) = free_ports(1)
        async with open_homeserver(f"http://{HOST}:{port}", "secret", BOT) as homeserver:
            with pytest.raises(HomeserverError) as raised:
                await homeserver.download("/file", most_bytes=10, within_s=5)
            return raised.value

    fault = asyncio.run(ask())
    assert (fault.status, fault.is_final) == (0, False)


@pytest.mark.parametrize(("is_up", "status"), [(True, 504), (False, 0)])
def test_a_request_that_alone_is_not_answered_is_a_refused_one__mx_22(
    monkeypatch: pytest.MonkeyPatch, status: int, *, is_up: bool
) -> None:
    """An invitation to a homeserver that never answers would else be waited for as for the own one."""
    asked_for = list[str]()

    async def once(_: Homeserver, method: str, path: str, *given: object, **named: object) -> bytes:  # noqa: ARG001
        asked_for.append(path)
        if is_up and path.endswith("/whoami"):
            return b"{}"
        raise HomeserverError(0, "no answer (TimeoutError)")

    async def ask() -> HomeserverError:
        async with open_homeserver(f"http://{HOST}:1", "secret", BOT) as client:
            with pytest.raises(HomeserverError) as raised:
                await client.request("GET", "/slow")
            return raised.value

    monkeypatch.setattr(Homeserver, "_once", once)
    monkeypatch.setattr(homeserver, "_wait", lambda _: 0.0)
    fault = asyncio.run(ask())
    assert (fault.status, fault.code, fault.is_final) == (status, "no answer (TimeoutError)", False)
    assert asked_for == ["/slow"] * 6 + ["/_matrix/client/v3/account/whoami"]


def test_no_attempt_begins_after_two_minutes__mx_22(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homeserver, "_NO_MORE_AFTER_S", 0.0)
    found, requests = asked([refusal(502)], lambda client: client.request("GET", "/x"))
    assert isinstance(found, HomeserverError)
    assert (found.status, len(requests)) == (502, 1)
