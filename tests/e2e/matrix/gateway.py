"""A gateway to other applications, as docs/matrix.md describes it: remembers what it is asked, brings answers."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx
from aiohttp import web

from jobs.local.ports import HOST
from tests.e2e.support.stage import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN: Final = "the-gateways-own-token"  # noqa: S105
_AGAIN_S: Final = 0.3
_ANSWERS: Final = "/kithward/v1/verifications/{id}/answers/{answer}"


class Gateway:
    """The questions that have come, by their ids, each as often as it came."""

    def __init__(self, port: int, connector: str) -> None:
        self.address, self._port, self._connector = f"http://{HOST}:{port}", port, connector
        self.asked: dict[str, list[dict[str, Any]]] = {}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen meanwhile."""
        app = web.Application()
        app.router.add_put("/verifications/{id}", self._ask)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, HOST, self._port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _ask(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        self.asked.setdefault(request.match_info["id"], []).append(await request.json())
        return web.json_response({})

    async def answer(self, verification_id: str, answer_id: str, *, genuine: bool) -> None:
        """Bring an answer, again until it is taken."""
        body = {"genuine": genuine, "at_ms": time.time_ns() // 1_000_000}
        path = self._connector + _ANSWERS.format(id=verification_id, answer=answer_id)
        async with asyncio.timeout(WITHIN_S), httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
            while not await _is_taken(http, path, body):  # noqa: ASYNC110 - a process that starts tells nobody
                await asyncio.sleep(_AGAIN_S)


async def _is_taken(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> bool:
    """Send a body to a connector, which may not be running; return whether it takes it."""
    try:
        answer = await http.put(path, json=body)
    except httpx.TransportError:
        return False
    assert answer.status_code in {200, 503}, answer.text
    return bool(answer.is_success)
