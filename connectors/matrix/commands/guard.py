"""Guard of rooms: does as it sees it what the rooms of Matrix have no means for.

Invitations of a member who may not invite are declined, those to a closed conversation too; messages of a member who
is moderated are held until people let them through, and links and media of one who may send none are removed.
"""

from __future__ import annotations

import logging
import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.matrix.commands.gate import Gate, Invitation
from connectors.matrix.commands.ledger import Status
from connectors.matrix.commands.members import sanction
from connectors.matrix.commands.pair import closed
from connectors.matrix.commands.questions import Question
from connectors.matrix.commands.rooms import MEMBER, ROOMS
from connectors.matrix.events.answers import QuestionKind, is_yes, question_of
from connectors.matrix.events.matrix_event import part, string
from connectors.matrix.events.message_text import text_of
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.own_doings import MARK, RELEASED, is_released
from schemas.records import MemberAction

if TYPE_CHECKING:
    from connectors.matrix.commands.actions import Means
    from connectors.matrix.commands.ledger import Entry
    from connectors.matrix.events.matrix_event import MatrixEvent

_CONTENT: Final = "kithward.held"
_HELD: Final = "A message of {sender} in {room} waits: {body}\n👍 let it through, 👎 do not."
_UNREADABLE: Final = "(not readable)"
_SHOWN: Final = 4_000
"""Characters of a held message that are shown beside the message itself: both fit into one event."""
_MESSAGE: Final = "m.room.message"
_POLLS: Final = frozenset({"m.poll.start", "org.matrix.msc3381.poll.start"})
_MESSAGES: Final = frozenset({_MESSAGE, "m.room.encrypted", "m.sticker", *_POLLS})
_MEDIA: Final = frozenset({"m.image", "m.video", "m.audio", "m.file"})
_LINK: Final = re.compile(r"(?:https?|ftp)://|\bwww\.|\b(?:mailto|magnet):", re.IGNORECASE)
_LINK_IN_HTML: Final = re.compile(rf"{_LINK.pattern}|\bhref\s*=", re.IGNORECASE)
"""HTML has many ways to write an address; what it writes as entities is unescaped before."""
_LOG: Final = logging.getLogger(__name__)


class Guard:
    """The guard. It notices what has to be done about an event by the store alone, and then acts on the homeserver."""

    def __init__(self, means: Means, moderation_room: str | None) -> None:
        self._rooms, self._moderation, self._ledger = means.rooms, means.moderation, means.ledger
        self._questions, self._moderation_room = means.questions, moderation_room
        self._gate = Gate(means.rooms, means.ledger)

    def notice(self, event: MatrixEvent) -> bool:
        """Return whether there is something to do about an event; see that somebody opens a closed conversation."""
        if event.sender == self._rooms.bot:
            return False
        if _is_invitation(event):
            closed_by_own = closed(event.sender, event.state_key or "")
            while (own := self._ledger.standing(closed_by_own)) is not None:  # who had it closed begins it anew
                self._ledger.settle(own.command_id, Status.ENDED)
            return self._is_refused(event)
        if _is_message(event):
            return self._sanctions(event) != (None, None)
        return event.room_id == self._moderation_room and self._released_by(event) is not None

    async def act(self, event: MatrixEvent) -> None:
        """Do what still has to be done about an event. Raise HomeserverError or Impossible."""
        if _is_invitation(event):
            if self._is_refused(event):
                await self._decline(event, event.state_key or "")
        elif _is_message(event):
            await self._hold(event)
        else:
            await self._let_through(event)

    def _is_refused(self, event: MatrixEvent) -> bool:
        room_id, inviter, invited = event.room_id, event.sender, event.state_key or ""
        refused = sanction(MemberAction.RESTRICT_INVITE, room_id, inviter), closed(invited, inviter)
        return any(map(self._ledger.standing, refused)) or self._gate.is_in_question(event)

    async def _decline(self, event: MatrixEvent, invited: str) -> None:
        room_id, inviter = event.room_id, event.sender
        if self._gate.is_in_question(event):
            await self._gate.hold_further(event.event_id, Invitation(room_id, inviter, invited))
            return
        if self._rooms.is_local(invited):
            await self._rooms.depart(room_id, invited, inviter)
            return
        await self._moderation.moderate(room_id, inviter)
        if await self._rooms.membership(room_id, invited) in {"invite", "join"}:  # accepting at once is no way around
            await self._rooms.homeserver.request("POST", ROOMS, room_id, "kick", body={"user_id": invited})

    def _sanctions(self, event: MatrixEvent) -> tuple[Entry | None, Entry | None]:
        """Return the sanctions because of which a message is held, or removed for its links or media."""
        room_id, sender = event.room_id, event.sender
        held = self._ledger.standing(sanction(MemberAction.PRE_MODERATE, room_id, sender))
        barred = self._ledger.standing(sanction(MemberAction.RESTRICT_LINK_MEDIA, room_id, sender))
        if is_released(self._rooms.store, event):
            return None, None
        return held, barred if barred is not None and _has_link_or_media(event) else None

    async def _hold(self, event: MatrixEvent) -> None:
        held, barred = self._sanctions(event)
        if held is None and barred is None:
            return
        if held is not None and self._moderation_room is not None:
            await self._show_if_possible(event, self._moderation_room)
        await self._moderation.moderate(event.room_id, event.sender)
        await self._rooms.redact(event.room_id, event.event_id, f"held-{event.event_id}")

    async def _show_if_possible(self, event: MatrixEvent, moderation_room: str) -> None:
        """Show people a message. One that is too long to be shown goes without: else length would be a way around."""
        try:
            await self._show(event, moderation_room)
        except HomeserverError as refused:
            if not refused.is_final:
                raise
            _LOG.warning("%s cannot be shown to moderators: %s", event.event_id, refused.code)

    async def _show(self, event: MatrixEvent, moderation_room: str) -> None:
        """Show people a message before it is removed from its room: it is kept nowhere else."""
        body = _shown(event)[:_SHOWN] or _UNREADABLE
        text = _HELD.format(sender=event.sender, room=event.room_id, body=body)
        question = Question(
            room_id=moderation_room,
            kind=QuestionKind.HELD_MESSAGE,
            asked="",
            fields={"room_id": event.room_id, "sender": event.sender, "type": event.type},
        )
        await self._rooms.enter(moderation_room)
        await self._questions.ask(question, text, f"held-{event.event_id}", {_CONTENT: event.content})

    def _released_by(self, event: MatrixEvent) -> tuple[str, dict[str, Any]] | None:
        """Return the held message that a reaction lets through, by its question, and the question's fields."""
        asked = question_of(event)
        fields = asked and self._questions.fields_of(asked, QuestionKind.HELD_MESSAGE, QuestionKind.RELEASED_MESSAGE)
        if not asked or not fields or RELEASED in fields or is_yes(event) is not True:
            return None
        if event.sender == fields["sender"]:
            return None  # as nobody reviews a decision about themselves (RV-2)
        return asked, fields

    async def _let_through(self, event: MatrixEvent) -> None:
        """Let a held message through. It is sent in its author's name, or quoted by the bot."""
        released = self._released_by(event)
        if released is not None:
            asked, fields = released
            shown = await self._rooms.homeserver.request("GET", ROOMS, event.room_id, "event", asked)
            await self._release(asked, fields, shown["content"][_CONTENT])

    async def _release(self, asked: str, fields: dict[str, Any], content: dict[str, Any]) -> None:
        room_id, sender, transaction = fields["room_id"], fields["sender"], f"released-{asked}"
        if self._rooms.is_local(sender):
            self._questions.turn(asked, QuestionKind.RELEASED_MESSAGE)
            await self._rooms.send(room_id, fields["type"], {**content, MARK: asked}, transaction, sender)
        else:
            await self._rooms.say(room_id, f"{sender}: {content.get('body', _UNREADABLE)}", transaction)
            self._questions.settle(asked)


def _is_invitation(event: MatrixEvent) -> bool:
    return event.type == MEMBER and event.content.get("membership") == "invite"


def _is_message(event: MatrixEvent) -> bool:
    return event.type in _MESSAGES and event.state_key is None and bool(event.content)


def _shown(event: MatrixEvent) -> str:
    """Return what the members of the room would see: the HTML of a message, too, and all of a poll."""
    return msgspec.json.encode(event.content).decode() if event.type in _POLLS else text_of(event.content)


def _has_link_or_media(event: MatrixEvent) -> bool:
    shown = (event.content, part(event.content, "m.new_content"))
    plain, rich = ([string(content, name) or "" for content in shown] for name in ("body", "formatted_body"))
    polls = [_shown(event)] if event.type in _POLLS else []
    return (
        event.type == "m.sticker"
        or any(string(content, "msgtype") in _MEDIA for content in shown)
        or any(map(_LINK.search, plain))
        or any(_LINK_IN_HTML.search(unescape(text)) for text in (*rich, *polls))
    )
