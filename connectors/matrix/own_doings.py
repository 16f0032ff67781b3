"""What the connector itself has done on the homeserver, as its events come back: known by a mark and the store.

A mark alone proves nothing: everybody can write one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.matrix.events.answers import QuestionKind

if TYPE_CHECKING:
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.store import Store

MARK: Final = "kithward.command_id"
"""Key of an event's content: the command, or the question, because of which it was sent."""
_INCIDENT: Final = "incident-"
_UNSENT: Final = "unsent "

_LET_THROUGH: Final = "let_through "
RELEASED: Final = "released"
"""Key of a released message's question: the event by which the message has come back."""


def is_released(store: Store, event: MatrixEvent) -> bool:
    """Return whether an event is a held message that people have let through: nothing new has been written.

    It is the first one with the mark, which its author learns from it; a copy of the mark is worth nothing.
    """
    query = "SELECT fields FROM questions WHERE event_id = ? AND kind = ?"
    fields = _json(store, query, _mark(event), QuestionKind.RELEASED_MESSAGE)
    if (fields.get("room_id"), fields.get("sender")) != (event.room_id, event.sender):
        return False
    if RELEASED not in fields:
        known = msgspec.json.encode({**fields, RELEASED: event.event_id}).decode()
        store.run("UPDATE questions SET fields = ? WHERE event_id = ?", known, _mark(event))
        return True
    return bool(fields[RELEASED] == event.event_id)


def let_through_key(command_id: str) -> str:
    """Return the key of a command's note for the event by which it has let an invitation through.

    It is null before that event is seen. Notes are copied from one command to another, so the command is named.
    """
    return f"{_LET_THROUGH}{command_id}"


def is_let_through(store: Store, event: MatrixEvent) -> bool:
    """Return whether an event is an invitation that waited and is sent again: nobody asks anew.

    It is the first one with the mark of a command that lets it through; ids of commands are no secret.
    """
    note = _json(store, "SELECT note FROM commands WHERE command_id = ?", _mark(event))
    key = let_through_key(_mark(event))
    given = (note.get("room_id"), note.get("requester"), note.get("target"))
    if key not in note or given != (event.room_id, event.sender, event.state_key):
        return False
    if note[key] is None:
        known = msgspec.json.encode({**note, key: event.event_id}).decode()
        store.run("UPDATE commands SET note = ? WHERE command_id = ?", known, _mark(event))
        return True
    return bool(note[key] == event.event_id)


def unsent(command_id: str) -> str:
    """Return what stands for the message of a question until the message is known. No event has such an id."""
    return f"{_UNSENT}{command_id}"


def note_asked(store: Store, command_id: str, event_id: str) -> None:
    """Note by which message something is asked."""
    store.run("UPDATE OR IGNORE questions SET event_id = ? WHERE event_id = ?", event_id, unsent(command_id))


def note_if_asked(store: Store, event: MatrixEvent) -> None:
    """Note the message of a question that was sent by a connector which was killed before it knew the id."""
    note_asked(store, _mark(event), event.event_id)


def incident_name(incident_id: str) -> str:
    """Return the name of an incident's room among the bot's own."""
    return f"{_INCIDENT}{incident_id}"


def incident_of(store: Store, room_id: str) -> str | None:
    """Return the incident whose event group a room is, or None."""
    rows = store.rows("SELECT name FROM own_rooms WHERE room_id = ?", room_id)
    names = (str(name) for (name,) in rows)
    return next((name.removeprefix(_INCIDENT) for name in names if name.startswith(_INCIDENT)), None)


def _mark(event: MatrixEvent) -> str:
    found = event.content.get(MARK)
    return found if isinstance(found, str) else ""


def _json(store: Store, query: str, *values: object) -> dict[str, Any]:
    found = store.row(query, *values)
    content: dict[str, Any] = {} if found is None else msgspec.json.decode(found[0])
    return content
