"""What the event side remembers: rooms, profiles, erased accounts, and what a transaction adds to them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from connectors.matrix import own_doings
from connectors.matrix.commands.ledger import Ledger
from connectors.matrix.events.answers import Question, QuestionKind
from connectors.matrix.events.profiles import Profile
from connectors.matrix.events.rooms import Rooms
from schemas.records import AccountErased, FriendRequested

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.store import Store
    from schemas.records import Record

_TRANSACTIONS: Final = 100
"""Transactions that are remembered: the homeserver repeats only its last."""
_OPEN_MS: Final = 30 * 24 * 3_600_000
"""How long requests and commanded departures are kept: longer than the job waits for anybody."""


class Memory:
    """Reads the store, and what has been noted since; `save` writes all of that in one step, or `forget` drops it."""

    def __init__(self, store: Store, server_name: str) -> None:
        self._store = store
        self.rooms = Rooms(store, server_name)
        self._profiles: dict[str, Profile] = {}
        self._departures: set[tuple[str, str]] = set()
        self._requests: list[tuple[str, str, str, str, int]] = []
        self._erased: set[str] = set()

    def is_over(self, transaction: str) -> bool:
        """Return whether a transaction of the homeserver has been worked off."""
        return self._store.row("SELECT id FROM transactions WHERE id = ?", transaction) is not None

    def profile(self, account: str) -> Profile:
        """Return what was last told of a profile."""
        if account in self._profiles:
            return self._profiles[account]
        found = self._store.row("SELECT name_hash, avatar FROM profiles WHERE account = ?", account)
        return Profile() if found is None else Profile(*found)

    def note_profile(self, account: str, profile: Profile) -> None:
        """Note what is told of a profile."""
        self._profiles[account] = profile

    def note_request(self, room_id: str, request: FriendRequested) -> None:
        """Note by which direct room somebody asks."""
        row = (request.request_id, room_id, request.requester_id, request.target_id, request.at_ms)
        self._requests.append(row)

    def departure(self, room_id: str, account: str) -> str | None:
        """Return whose invitation is declined by a command that makes an account leave a room; note that it has left.

        Empty for a command that declines none, None where no command makes it leave.
        """
        query = "SELECT declined FROM departures WHERE room_id = ? AND user_id = ?"
        found = self._store.row(query, room_id, account)
        if found is None or (room_id, account) in self._departures:
            return None
        self._departures.add((room_id, account))
        return str(found[0])

    def is_let_through(self, event: MatrixEvent) -> bool:
        """Return whether an event is an invitation that waited and is sent again."""
        return own_doings.is_let_through(self._store, event)

    def is_released(self, event: MatrixEvent) -> bool:
        """Return whether an event is a held message that people have let through."""
        return own_doings.is_released(self._store, event)

    def note_if_asked(self, event: MatrixEvent) -> None:
        """Note the message of a question that the bot has sent without learning its id."""
        own_doings.note_if_asked(self._store, event)

    def incident_of(self, room_id: str) -> str | None:
        """Return the incident whose event group a room is, or None."""
        return own_doings.incident_of(self._store, room_id)

    def is_erased(self, account: str) -> bool:
        """Return whether it was told, or is about to be, that an account is erased."""
        if account in self._erased:
            return True
        query = "SELECT at_ms FROM erasures WHERE account_hash = ?"
        return self._store.row(query, account_hash(account)) is not None

    def note_erasure(self, account: str) -> None:
        """Note that an account is told to be erased."""
        self._erased.add(account)

    def question(self, event_id: str) -> Question | None:
        """Return the question in a message of the bot, or None for another message."""
        found = self._store.row("SELECT kind, asked, fields FROM questions WHERE event_id = ?", event_id)
        if found is None:
            return None
        kind, asked, fields = found
        return Question(QuestionKind(kind), asked, msgspec.json.decode(fields, type=dict[str, str | None]))

    def save(self, now_ms: int, records: Iterable[Record], transaction: str | None = None) -> None:
        """Write what was noted, which accounts the records erase, and that a transaction is over."""
        erased = [record for record in records if isinstance(record, AccountErased)]
        for each in erased:
            self.rooms.erase(each.account_id)
            self._profiles.pop(each.account_id, None)
        with self._store.writing():
            for account, profile in self._profiles.items():
                row = (account, profile.name_hash, profile.avatar)
                self._store.run("INSERT OR REPLACE INTO profiles VALUES (?, ?, ?)", *row)
            self.rooms.save()
            for request in self._requests:
                self._store.run("INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?)", *request)
            for departure in self._departures:
                self._store.run("DELETE FROM departures WHERE room_id = ? AND user_id = ?", *departure)
            for each in erased:
                self._erase(each)
            self._prune(now_ms)
            if transaction is not None:
                self._end(transaction)
        if erased:
            self._store.scrub()
        self.rooms.settle()
        self._clear()

    def forget(self) -> None:
        """Forget what was noted since the last `save`."""
        self.rooms.forget_changes()
        self._clear()

    def _clear(self) -> None:
        self._profiles.clear()
        self._departures.clear()
        self._requests.clear()
        self._erased.clear()

    def _erase(self, record: AccountErased) -> None:
        account = record.account_id
        self._store.run("INSERT OR REPLACE INTO erasures VALUES (?, ?)", account_hash(account), record.at_ms)
        self._store.run("DELETE FROM profiles WHERE account = ?", account)
        self._store.run("DELETE FROM requests WHERE requester = ?1 OR target = ?1", account)
        self._store.run("DELETE FROM departures WHERE user_id = ?1 OR declined = ?1", account)
        Ledger(self._store).forget(account)

    def _prune(self, now_ms: int) -> None:
        for table in ("requests", "departures"):
            self._store.run(f"DELETE FROM {table} WHERE at_ms < ?", now_ms - _OPEN_MS)  # noqa: S608 - our names

    def _end(self, transaction: str) -> None:
        (last,) = self._store.row("SELECT coalesce(max(number), 0) FROM transactions") or (0,)
        self._store.run("INSERT INTO transactions VALUES (?, ?)", transaction, last + 1)
        self._store.run("DELETE FROM transactions WHERE number <= ?", last + 1 - _TRANSACTIONS)


def account_hash(account: str) -> str:
    """Return the hash by which an erased account is known."""
    return hashlib.sha256(account.encode()).hexdigest()
