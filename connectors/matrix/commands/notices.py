"""Commands that tell a person something, or ask whether an account is in its owner's hands."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.action import Action, Impossible
from connectors.matrix.commands.questions import Question
from connectors.matrix.events.answers import QuestionKind
from connectors.matrix.homeserver import HomeserverError
from schemas.records import RequestVerification, TellEnded, Warn, WarnChannel

if TYPE_CHECKING:
    from connectors.matrix.commands.gateway import Gateway
    from connectors.matrix.commands.ledger import Note
    from connectors.matrix.commands.questions import Questions
    from connectors.matrix.commands.rooms import Rooms

_FIRST_APP: Final = "FIRST_APP"
_WARNING: Final = "Warning: {report}"
_ENDED: Final = "You were asked to help. It is over, and you are not needed any more. Thank you."
_YOURS: Final = (
    "Messages from your account look like somebody else's. Is the account in your own hands? "
    "Answer by a reaction to this message: 👍 yes, 👎 no."
)
_LOG: Final = logging.getLogger(__name__)


class Alert(Action[Warn]):
    """`Warn`: a notice to the person; by the gateway to a number or a platform, and where it fails to the person."""

    def __init__(self, rooms: Rooms, gateway: Gateway) -> None:
        self._rooms, self._gateway = rooms, gateway

    async def carry_out(self, command: Warn, note: Note) -> None:  # noqa: ARG002
        """Warn. A warning is never dropped (FA-30)."""
        if command.channel is not WarnChannel.IN_APP:
            try:
                await self._gateway.warn(command)
            except (Impossible, HomeserverError) as refused:
                _LOG.warning("the gateway does not bring %s: %s", command.command_id, refused.code)
            else:
                return
        await self._rooms.notify(command.account_id, _WARNING.format(report=command.report), command.command_id)


class Ended(Action[TellEnded]):
    """`TellEnded`: a notice to the person."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def carry_out(self, command: TellEnded, note: Note) -> None:  # noqa: ARG002
        """Tell the person."""
        await self._rooms.notify(command.account_id, _ENDED, command.command_id)


class Verification(Action[RequestVerification]):
    """`RequestVerification`: a question by the gateway, or, for the first application, in the bot's room."""

    def __init__(self, rooms: Rooms, questions: Questions, gateway: Gateway) -> None:
        self._rooms, self._questions, self._gateway = rooms, questions, gateway

    async def note(self, command: RequestVerification) -> Note:
        """Return who is protected, for the answer, and who is asked."""
        fields = ("verification_id", "account_id", "about_id", "app")
        return {name: getattr(command, name) for name in fields}

    async def carry_out(self, command: RequestVerification, note: Note) -> None:  # noqa: ARG002
        """Ask. The person asked does not learn who has received the messages."""
        if command.app != _FIRST_APP:
            await self._gateway.ask(command)
            return
        answer = {"verification_id": command.verification_id, "account_id": command.account_id}
        question = Question(
            room_id=await self._rooms.notice_room(command.about_id),
            kind=QuestionKind.VERIFICATION,
            asked=command.about_id,
            fields=answer,
        )
        await self._questions.ask(question, _YOURS, command.command_id)

    async def take_back(self, command_id: str, note: Note) -> None:  # noqa: ARG002
        """Take the gateway's question back; the bot's is withdrawn with every command."""
        if note["app"] != _FIRST_APP:
            await self._gateway.cancel(note["verification_id"])
