"""The gateway to what is no Matrix: telephone, mail, other applications, networks that take reports.

It is a small HTTP service of the platform; `docs/matrix.md` has its requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from connectors.matrix.commands.action import Impossible
from connectors.matrix.homeserver import Homeserver, HomeserverError

if TYPE_CHECKING:
    from schemas.records import RequestVerification, Warn


_UNAVAILABLE: Final = 503


class Gateway(Protocol):
    """A way to reach people outside Matrix. Each request may come twice, under the same id."""

    async def ask(self, command: RequestVerification) -> None:
        """Ask the person behind an account whether it is in their own hands."""

    async def cancel(self, verification_id: str) -> None:
        """Take a question back, if it is open."""

    async def warn(self, command: Warn) -> None:
        """Bring a warning to a number or a platform."""


class HttpGateway:
    """The gateway by HTTP, with a bearer token and codes as for the homeserver.

    One that does not answer, or does not know the token, is as one that refuses for the moment: nothing else shall
    wait for it without end.
    """

    def __init__(self, http: Homeserver) -> None:
        self._http = http

    async def ask(self, command: RequestVerification) -> None:
        """Put the question under the verification's id."""
        body = _fields(command, "about_id", "app", "alternate_id", "channel")
        await self._request("PUT", "/verifications", command.verification_id, body)

    async def cancel(self, verification_id: str) -> None:
        """Delete the question."""
        await self._request("DELETE", "/verifications", verification_id)

    async def warn(self, command: Warn) -> None:
        """Put the warning under the command's id."""
        body = _fields(command, "about_id", "channel", "destination", "report")
        await self._request("PUT", "/warnings", command.command_id, body)

    async def _request(self, method: str, path: str, name: str, body: object = None) -> None:
        try:
            await self._http.request(method, path, name, body=body)
        except HomeserverError as refused:
            code = refused.code if refused.status else "NO_ANSWER_OF_THE_GATEWAY"
            raise HomeserverError(_UNAVAILABLE, code) if refused.is_of_all else refused from None


class NoGateway:
    """No gateway: nobody can be reached outside Matrix."""

    async def ask(self, command: RequestVerification) -> None:  # noqa: ARG002
        """Refuse: a question that nobody hears is answered by nobody, and the job does without."""
        raise Impossible("NO_GATEWAY")

    async def cancel(self, verification_id: str) -> None:
        """Do nothing: nothing was asked."""

    async def warn(self, command: Warn) -> None:  # noqa: ARG002
        """Refuse: the caller warns the person in the application."""
        raise Impossible("NO_GATEWAY")


def _fields(command: RequestVerification | Warn, *names: str) -> dict[str, Any]:
    content = msgspec.to_builtins(command)
    return {name: content[name] for name in names}
