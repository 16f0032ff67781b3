"""The ledger of commands: which were begun, carried out, ended or revoked, and what it takes to take them back."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from schemas.records import AskLookalike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.matrix.store import Store

Note = dict[str, Any]
"""What it takes to take a command back, noted before its effect: ids and former values, never a text."""

KEPT_MS: Final = 180 * 86_400_000
"""How long a command is remembered. Answers of reviewers count for 90 days by default."""
MOST_DUE: Final = 100
_COLUMNS: Final = "command_id, kind, decision_id, account_id, effect, status, note"


class Status(StrEnum):
    """What has become of a command."""

    BEGUN = "BEGUN"
    DONE = "DONE"
    ENDED = "ENDED"  # its time is over, or people have ended it
    REVOKED = "REVOKED"
    FAILED = "FAILED"


class Entry(NamedTuple):
    """A command in the ledger. Commands of one `effect` are about the same thing, such as one member's muting."""

    command_id: str
    kind: str
    decision_id: str
    account_id: str
    effect: str
    status: Status
    note: Note


def now_ms() -> int:
    """Return the time by the machine's clock."""
    return time.time_ns() // 1_000_000


class Ledger:
    """The commands in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def entry(self, command_id: str) -> Entry | None:
        """Return a command, or None for one that never came and was never revoked."""
        return self._one("command_id = ?", command_id)

    def begin(self, entry: Entry) -> None:
        """Note a command before its effect."""
        note = msgspec.json.encode(entry.note).decode()
        self._store.run("INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)", *entry[:-1], note, now_ms())

    def renote(self, command_id: str, note: Note) -> None:
        """Replace what is noted about a command."""
        text = msgspec.json.encode(note).decode()
        self._store.run("UPDATE commands SET note = ? WHERE command_id = ?", text, command_id)

    def settle(self, command_id: str, status: Status, due_ms: int | None = None, code: str | None = None) -> None:
        """Say what has become of a command: until when it stands, or why it failed."""
        change = "UPDATE commands SET status = ?, due_ms = ?, code = ? WHERE command_id = ?"
        self._store.run(change, status, due_ms, code, command_id)

    def fail(self, command_id: str, code: str) -> None:
        """Say that nothing of a command can be done, so that nothing of it is ever taken back."""
        change = "UPDATE commands SET status = ?, note = '{}', due_ms = NULL, code = ? WHERE command_id = ?"
        self._store.run(change, Status.FAILED, code, command_id)

    def standing(self, effect: str, besides: str = "") -> Entry | None:
        """Return a command whose effect stands, the first one."""
        condition = "effect = ? AND command_id != ? AND status = ? ORDER BY at_ms, command_id"
        return self._one(condition, effect, besides, Status.DONE) if effect else None

    def half_done(self, effect: str) -> Entry | None:
        """Return a command that failed after it had begun, the first one: something of its effect may stand."""
        condition = "effect = ? AND status = ? AND note != '{}' ORDER BY at_ms, command_id"
        return self._one(condition, effect, Status.FAILED)

    def is_asked_about(self, requester: str, target: str) -> bool:
        """Return whether an invitation of somebody's to somebody waits, also where the friend could not be asked."""
        pair = "json_extract(note, '$.requester') = ? AND json_extract(note, '$.target') = ?"
        condition = f"kind = ? AND status IN (?, ?, ?) AND {pair}"
        kind, open_ones = AskLookalike.__name__, (Status.BEGUN, Status.DONE, Status.FAILED)
        return self._one(condition, kind, *open_ones, requester, target) is not None

    def all_standing(self, kind: str, after: str, most: int) -> list[Entry]:
        """Return commands of a type whose effect stands, by their ids, from behind one on."""
        condition = "kind = ? AND status = ? AND command_id > ? ORDER BY command_id LIMIT ?"
        return self._all(condition, kind, Status.DONE, after, most)

    def of_decision(self, decision_id: str, kind: str) -> list[Entry]:
        """Return the commands of one type that belong to a decision."""
        return self._all("decision_id = ? AND kind = ? ORDER BY at_ms, command_id", decision_id, kind)

    def due(self, at_ms: int) -> list[Entry]:
        """Return commands whose time is over, the first ones first, some at a time."""
        return self._all("due_ms <= ? AND status = ? ORDER BY due_ms LIMIT ?", at_ms, Status.DONE, MOST_DUE)

    def forget(self, account_id: str) -> None:
        """Remove what is kept about an account: commands, questions and decisions that name it."""
        for place, key in (("commands", "command_id"), ("questions", "event_id"), ("decisions", "decision_id")):
            mentioned = "SELECT id FROM mentions WHERE account = ? AND place = ?"
            self._store.run(f"DELETE FROM {place} WHERE {key} IN ({mentioned})", account_id, place)  # noqa: S608 - our own

    def prune(self) -> None:
        """Remove commands and questions that nobody will ask for any more."""
        before_ms = now_ms() - KEPT_MS
        self._store.run("DELETE FROM commands WHERE at_ms < ? AND due_ms IS NULL", before_ms)
        self._store.run("DELETE FROM questions WHERE at_ms < ?", before_ms)

    def _one(self, condition: str, *values: object) -> Entry | None:
        found = self._all(f"{condition} LIMIT 1", *values)
        return found[0] if found else None

    def _all(self, condition: str, *values: object) -> list[Entry]:
        rows = self._store.rows(f"SELECT {_COLUMNS} FROM commands WHERE {condition}", *values)  # noqa: S608 - our own
        return [_entry(row) for row in rows]


def _entry(row: Sequence[Any]) -> Entry:
    command_id, kind, decision_id, account_id, effect, status, note = row
    return Entry(command_id, kind, decision_id, account_id, effect, Status(status), msgspec.json.decode(note))
