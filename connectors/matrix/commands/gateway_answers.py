"""Answers that the gateway brings: what a person has said in another application becomes an event."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from connectors.matrix.commands.ledger import Status
from connectors.matrix.nesting import decode
from jobs.errors import BadInput
from schemas.malformed import Malformed
from schemas.records import AnswerVia, RequestVerification, VerificationAnswered
from schemas.validation import LAST_MS, validate

if TYPE_CHECKING:
    from connectors.matrix.commands.ledger import Ledger
    from connectors.matrix.configuration import GatewayPart
    from connectors.topics.event_writer import EventWriter

PATH: Final = "/kithward/v1/verifications/{id}/answers/{answer_id}"


class Answer(Struct, frozen=True):
    """An answer as the gateway tells it: what was said, and when."""

    genuine: bool
    at_ms: Annotated[int, Meta(ge=0, le=LAST_MS)]


class Answers:
    """The handler of answers. The same answer may come again, under the same id."""

    def __init__(self, token: str, ledger: Ledger, writer: EventWriter) -> None:
        self._token, self._ledger, self._writer = token.encode(), ledger, writer

    async def put(self, request: web.Request) -> web.Response:
        """Write the event of an answer; it is acknowledged once Kafka has it."""
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ").encode(errors="surrogateescape")
        if not hmac.compare_digest(shown, self._token):
            return _told(403, "FORBIDDEN")
        verification_id = request.match_info["id"]
        asked = self._ledger.of_decision(verification_id, RequestVerification.__name__)
        if not asked or asked[0].status is Status.REVOKED:
            return _told(404, "UNKNOWN_VERIFICATION")
        try:
            answer = decode(await request.read(), Answer)
            event = VerificationAnswered(
                event_id=f"answer-{verification_id}-{request.match_info['answer_id']}",
                at_ms=answer.at_ms,
                verification_id=verification_id,
                account_id=asked[0].account_id,
                genuine=answer.genuine,
                via=AnswerVia.ALTERNATE_APP,
            )
            validate(event)
        except (msgspec.DecodeError, msgspec.ValidationError, Malformed):
            return _told(400, "BAD_ANSWER")
        try:
            await self._writer.write([event])
        except BadInput:
            return _told(503, "TRY_AGAIN")
        return _told(200, "OK")


def routes_of(given: GatewayPart | None, ledger: Ledger, writer: EventWriter) -> list[web.RouteDef]:
    """Return the route by which answers come; none without a gateway."""
    return [] if given is None else [web.put(PATH, Answers(given.token, ledger, writer).put)]


def _told(status: int, code: str) -> web.Response:
    return web.json_response({"code": code}, status=status)
