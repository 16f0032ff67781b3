"""The client-server API of a homeserver, as the connector's bot or in the name of one of its users."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import aiohttp
import msgspec
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from connectors.matrix.nesting import decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Json = dict[str, Any]

_ATTEMPTS: Final = 6
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 30.0
_NO_MORE_AFTER_S: Final = 120.0
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60, connect=10)
_PROBE_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_ANSWER_BYTES: Final = 64 * 2**20
"""The longest answer that is read: the state of a room of some fifty thousand members."""
_SHORT_BYTES: Final = 2**18
"""What is longer is decoded in a thread: the state of a large room takes a second, in which commands would wait."""
_OK: Final = 200
_UNKNOWN_TOKEN: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_UNANSWERED: Final = 504
_NO_CODE: Final = "without a code"
"""Of an answer that is not the homeserver's own: a reverse proxy gives a plain 404 while the homeserver restarts."""


class HomeserverError(Exception):
    """A refusal of the homeserver, with HTTP status and Matrix's error code, or no answer at all (status 0).

    A request that alone is not answered is refused with status 504: others need not wait for it.
    """

    def __init__(self, status: int, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"the homeserver answered {status} {code}" if status else f"the homeserver: {code}")
        self.status, self.code, self.retry_after_s = status, code, retry_after_s

    @property
    def is_final(self) -> bool:
        """Whether the same request would be refused again."""
        is_told = 0 < self.status < _SERVER_ERROR and self.status not in {_UNKNOWN_TOKEN, _TOO_MANY}
        return is_told and self.code != _NO_CODE

    @property
    def is_of_all(self) -> bool:
        """Whether every other request would fail, too: nobody answers, or the connector's token is not known."""
        return self.status in {0, _UNKNOWN_TOKEN}

    @property
    def is_forbidden(self) -> bool:
        """Whether the homeserver itself says that somebody may not do this."""
        return self.is_final and self.status == _FORBIDDEN

    @property
    def is_absence(self) -> bool:
        """Whether there is nothing of what was asked for."""
        return (self.status, self.code) == (_NOT_FOUND, "M_NOT_FOUND")


class TooLong(HomeserverError):
    """An answer that is longer than is read."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(_OK, f"an answer of more than {most_bytes:,} bytes")


class Homeserver:
    """The homeserver. Every method raises HomeserverError, after some attempts where another one could succeed."""

    def __init__(self, session: aiohttp.ClientSession, address: str, token: str, bot: str) -> None:
        self._session, self._address, self._token = session, address.rstrip("/"), token
        self.bot = bot

    async def request(
        self, method: str, *path: str, body: object = None, query: Mapping[str, str] | None = None, user: str = ""
    ) -> Json:
        """Return the answer to a request, in the name of a user or as the bot.

        `path` is in its parts, the first as it is: `("/_matrix/client/v3/rooms", room_id, "state")`.
        """
        answer = await self._repeated(method, _path(path), body, query, user)
        try:
            return (
                decode(answer, Json) if len(answer) <= _SHORT_BYTES else await asyncio.to_thread(decode, answer, Json)
            )
        except (msgspec.DecodeError, msgspec.ValidationError):
            raise HomeserverError(_OK, "an answer that is no JSON object") from None

    async def download(
        self, *path: str, query: Mapping[str, str] | None = None, most_bytes: int, within_s: float
    ) -> bytes:
        """Return a file, by one attempt. Raise HomeserverError for one of more bytes, or that takes longer."""
        timeout = aiohttp.ClientTimeout(total=within_s)
        return await self._once("GET", _path(path), None, query or {}, most_bytes, timeout)

    async def _repeated(
        self, method: str, path: str, body: object, query: Mapping[str, str] | None, user: str
    ) -> bytes:
        given = {**(query or {}), **({"user_id": user} if user else {})}
        attempts = AsyncRetrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(_NO_MORE_AFTER_S),
            wait=_wait,
            reraise=True,
        )
        try:
            return await attempts(self._once, method, path, body, given)
        except HomeserverError as fault:
            if not fault.status and await self._answers():
                raise HomeserverError(_UNANSWERED, fault.code) from None
            raise

    async def _answers(self) -> bool:
        """Return whether another request is answered."""
        try:
            await self._once("GET", "/_matrix/client/v3/account/whoami", None, {}, timeout=_PROBE_TIMEOUT)
        except HomeserverError as fault:
            return fault.is_final
        return True

    async def _once(  # noqa: PLR0913, PLR0917 - the parts of a request
        self,
        method: str,
        path: str,
        body: object,
        query: Mapping[str, str],
        most_bytes: int = _ANSWER_BYTES,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,  # noqa: ASYNC109 - it is aiohttp's own
    ) -> bytes:
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            async with self._session.request(
                method, self._address + path, params=query, data=content, headers=headers, timeout=timeout
            ) as response:
                answer = await _read(response, most_bytes)
                if response.status != _OK:
                    raise _refusal(response.status, answer)
                return answer
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise HomeserverError(0, f"no answer ({type(fault).__name__})") from None


@asynccontextmanager
async def open_homeserver(address: str, token: str, bot: str) -> AsyncIterator[Homeserver]:
    """Provide the homeserver at an address, by the token of an application service whose user is `bot`."""
    async with aiohttp.ClientSession() as session:
        yield Homeserver(session, address, token, bot)


def _path(parts: tuple[str, ...]) -> str:
    first, *others = parts
    return "/".join((first, *(quote(part, safe="") for part in others)))


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(2**16):
        content += chunk
        if len(content) > most_bytes:
            raise TooLong(most_bytes)
    return bytes(content)


def _refusal(status: int, answer: bytes) -> HomeserverError:
    try:
        told = decode(answer, Json)
    except (msgspec.DecodeError, msgspec.ValidationError):
        told = {}
    code, after_ms = told.get("errcode"), told.get("retry_after_ms")
    after_s = after_ms / 1000 if isinstance(after_ms, int | float) and after_ms >= 0 else None
    return HomeserverError(status, code[:64] if isinstance(code, str) else _NO_CODE, after_s)


def _is_passing(fault: BaseException) -> bool:
    return isinstance(fault, HomeserverError) and fault.status not in {_OK, _UNKNOWN_TOKEN} and not fault.is_final


_BACKOFF: Final = wait_exponential_jitter(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S)


def _wait(state: RetryCallState) -> float:
    fault = state.outcome.exception() if state.outcome else None
    asked = fault.retry_after_s if isinstance(fault, HomeserverError) else None
    return _BACKOFF(state) if asked is None else min(asked, _LONGEST_WAIT_S)
