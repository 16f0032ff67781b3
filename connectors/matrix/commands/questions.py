"""Questions of the bot, each answered by a reaction to its message: yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.matrix.commands.ledger import now_ms
from connectors.matrix.own_doings import note_asked, unsent

if TYPE_CHECKING:
    from connectors.matrix.commands.rooms import Json, Rooms
    from connectors.matrix.events.answers import QuestionKind

YES: Final = "\N{THUMBS UP SIGN}"
NO: Final = "\N{THUMBS DOWN SIGN}"
_RELATION: Final = "m.relates_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of the bot: `asked` may answer, or everybody in the room if it is empty.

    `fields` are those of the record that the answer becomes.
    """

    room_id: str
    kind: QuestionKind
    asked: str
    fields: dict[str, Any]


class Questions:
    """The questions in the store. Whoever answers finds the two answers below the message."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def ask(self, question: Question, text: str, command_id: str, more: Json | None = None) -> None:
        """Ask, once for a command. The question is noted first: it may be answered before its message's id is known."""
        self._note(question, command_id)
        event_id = await self._rooms.say(question.room_id, text, command_id, more)
        note_asked(self._rooms.store, command_id, event_id)
        for answer in (YES, NO):
            content = {_RELATION: {"rel_type": "m.annotation", "event_id": event_id, "key": answer}}
            await self._rooms.send(question.room_id, "m.reaction", content, f"{command_id}-{answer}")

    def _note(self, question: Question, command_id: str) -> None:
        if self._rooms.store.row("SELECT event_id FROM questions WHERE command_id = ?", command_id) is None:
            fields = msgspec.json.encode(question.fields).decode()
            row = (unsent(command_id), question.kind, question.asked, fields, now_ms(), question.room_id, command_id)
            self._rooms.store.run("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?, ?)", *row)

    async def withdraw(self, command_id: str) -> None:
        """Take a question back: its message disappears, and nobody's answer counts any more."""
        asked = "SELECT room_id, event_id FROM questions WHERE command_id = ? AND event_id != ?"
        for room_id, event_id in self._rooms.store.rows(asked, command_id, unsent(command_id)):
            await self._rooms.redact(room_id, event_id, f"{command_id}-withdrawn")
        self.close(command_id)

    def close(self, command_id: str) -> None:
        """Let nobody's answer count any more."""
        self._rooms.store.run("DELETE FROM questions WHERE command_id = ?", command_id)

    def settle(self, event_id: str) -> None:
        """Let nobody's answer to one message count any more."""
        self._rooms.store.run("DELETE FROM questions WHERE event_id = ?", event_id)

    def fields_of(self, event_id: str, *kinds: QuestionKind) -> dict[str, Any] | None:
        """Return the fields of a question of one of these kinds, or None where there is no such one."""
        found = self._rooms.store.row("SELECT kind, fields FROM questions WHERE event_id = ?", event_id)
        if found is None or found[0] not in kinds:
            return None
        fields: dict[str, Any] = msgspec.json.decode(found[1])
        return fields

    def turn(self, event_id: str, kind: QuestionKind) -> None:
        """Turn a question into one of another kind."""
        self._rooms.store.run("UPDATE questions SET kind = ? WHERE event_id = ?", kind, event_id)
