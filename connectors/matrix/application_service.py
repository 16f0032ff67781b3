"""HTTP server of the application service: transactions of events, each acknowledged once it is worked off."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.nesting import decode
from jobs.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

WorkOff = Callable[[str, list[dict[str, Any]]], Awaitable[None]]
"""Works off a transaction: its id and events. After an exception the homeserver sends it again."""

_MOST_BYTES: Final = 64 * 2**20
"""Of a transaction: the homeserver sends up to a hundred events, each of at most 64 KiB, and what is about them."""
_LOG: Final = logging.getLogger(__name__)


class _Transaction(msgspec.Struct):
    """A transaction's body, as far as it is used."""

    events: list[dict[str, Any]] = []


class _Server:
    """The handlers of requests."""

    def __init__(self, token: str, work_off: WorkOff) -> None:
        self._token, self._work_off = token.encode(), work_off
        self._one_at_a_time = asyncio.Lock()

    async def transaction(self, request: web.Request) -> web.Response:
        """Work off a transaction. The homeserver repeats it after every answer but 200."""
        self._check_token(request)
        try:
            events = decode(await request.read(), _Transaction).events
        except (msgspec.DecodeError, msgspec.ValidationError):
            return _refusal(400, "M_BAD_JSON")
        try:
            async with self._one_at_a_time:
                await self._work_off(request.match_info["id"], events)
        except (BadInput, HomeserverError) as fault:
            _LOG.warning("a transaction waits: %s", fault)
            return _refusal(503, "M_UNKNOWN")
        return web.json_response({})

    async def ping(self, request: web.Request) -> web.Response:
        """Answer that the connector is there."""
        self._check_token(request)
        return web.json_response({})

    async def unknown(self, request: web.Request) -> web.Response:
        """Answer that a user or an alias is not one that the connector would make."""
        self._check_token(request)
        return _refusal(404, "M_NOT_FOUND")

    def _check_token(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, self._token):
            raise web.HTTPForbidden(text='{"errcode": "M_FORBIDDEN"}', content_type="application/json")


@asynccontextmanager
async def open_application_service(
    host: str, port: int, token: str, work_off: WorkOff, routes: Sequence[web.RouteDef] = ()
) -> AsyncIterator[None]:
    """Provide the server, with further routes. Raise BadInput where it cannot listen."""
    server = _Server(token, work_off)
    app = web.Application(client_max_size=_MOST_BYTES)
    app.router.add_put("/_matrix/app/v1/transactions/{id}", server.transaction)
    app.router.add_post("/_matrix/app/v1/ping", server.ping)
    for kind in ("users", "rooms"):
        app.router.add_get(f"/_matrix/app/v1/{kind}/{{id}}", server.unknown)
    app.router.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as fault:
        await runner.cleanup()
        raise BadInput(f"listen: {host}:{port}", (fault.strerror or str(fault)).lower()) from fault
    try:
        yield
    finally:
        await runner.cleanup()


def _refusal(status: int, code: str) -> web.Response:
    return web.json_response({"errcode": code}, status=status)
