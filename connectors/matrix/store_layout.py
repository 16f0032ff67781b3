"""Tables and triggers of the store. A change of them is a new version."""

from typing import Final

VERSION: Final = 4
_TABLES: Final = """
-- Transactions of the homeserver that have been worked off.
CREATE TABLE transactions (id TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;

-- Where the connector stands in what it reads: partitions of topics, lists of reports.
CREATE TABLE positions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- Rooms and who is in them, as the events so far say.
CREATE TABLE rooms (room_id TEXT PRIMARY KEY, head TEXT NOT NULL) STRICT;
CREATE TABLE members (
    number INTEGER PRIMARY KEY,
    room_id TEXT NOT NULL,
    account TEXT NOT NULL,
    membership TEXT NOT NULL,
    event_id TEXT NOT NULL,
    inviter TEXT NOT NULL,
    via TEXT NOT NULL,
    UNIQUE (room_id, account)
) STRICT;
CREATE INDEX members_by_account ON members (account);
CREATE INDEX members_by_inviter ON members (inviter);

-- Whom a room's head names, so that an erased account is found in it.
CREATE TABLE named (account TEXT NOT NULL, room_id TEXT NOT NULL, PRIMARY KEY (account, room_id)) STRICT, WITHOUT ROWID;
CREATE INDEX named_by_room ON named (room_id);

-- What was last told of a profile: a hash of the name, and the address of the picture.
CREATE TABLE profiles (account TEXT PRIMARY KEY, name_hash TEXT NOT NULL, avatar TEXT NOT NULL) STRICT;

-- Erased accounts, by a hash of the name.
CREATE TABLE erasures (account_hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;

-- Open friend requests: the direct invitation of which each was made.
CREATE TABLE requests (
    request_id TEXT PRIMARY KEY,
    room_id TEXT NOT NULL,
    requester TEXT NOT NULL,
    target TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_requester ON requests (requester, target);
CREATE INDEX requests_by_target ON requests (target);
CREATE INDEX requests_by_time ON requests (at_ms);

-- Messages by which the bot asks something that is answered by a reaction, noted before they are sent.
CREATE TABLE questions (
    event_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    asked TEXT NOT NULL, -- the account that may answer; empty for everybody in the room
    fields TEXT NOT NULL, -- of the record that the answer becomes, as JSON
    at_ms INTEGER NOT NULL,
    room_id TEXT NOT NULL,
    command_id TEXT NOT NULL
) STRICT;
CREATE INDEX questions_by_command ON questions (command_id);
CREATE INDEX questions_by_decision ON questions (json_extract(fields, '$.decision_id')) WHERE kind = 'REVIEW';

-- Who is about to leave a room because of a command: that ends no friendship, or the one with whom it declines.
CREATE TABLE departures (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    declined TEXT NOT NULL, -- the account whose invitation is declined; empty where none is
    PRIMARY KEY (room_id, user_id)
) STRICT;
CREATE INDEX departures_by_user ON departures (user_id);
CREATE INDEX departures_by_declined ON departures (declined);
CREATE INDEX departures_by_time ON departures (at_ms);

-- Events about which the guard of the rooms has yet to do something, in their order.
CREATE TABLE guarded (number INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, room_id TEXT NOT NULL) STRICT;

-- Commands, with what has become of each, and what it takes to take it back.
CREATE TABLE commands (
    command_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    effect TEXT NOT NULL, -- commands with the same one do the same thing; empty if no other can
    status TEXT NOT NULL,
    note TEXT NOT NULL, -- JSON
    due_ms INTEGER, -- when the effect ends by itself
    code TEXT, -- why it failed
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX commands_by_effect ON commands (effect, status);
CREATE INDEX commands_by_decision ON commands (decision_id, kind);
CREATE INDEX commands_by_kind ON commands (kind, status, command_id);
CREATE INDEX commands_by_due ON commands (due_ms) WHERE due_ms IS NOT NULL;

-- Rooms that the bot has made: with a person, of an incident.
CREATE TABLE own_rooms (name TEXT PRIMARY KEY, room_id TEXT NOT NULL) STRICT;
CREATE INDEX own_rooms_by_id ON own_rooms (room_id);

-- Decisions that people may be asked about: the fields that an answer repeats.
CREATE TABLE decisions (decision_id TEXT PRIMARY KEY, fields TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX decisions_by_time ON decisions (at_ms);

-- Accounts that are named by a command, question or decision, so that these are found when one is erased.
CREATE TABLE mentions (
    account TEXT NOT NULL,
    place TEXT NOT NULL, -- the table
    id TEXT NOT NULL, -- the row's, in that table
    PRIMARY KEY (account, place, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_row ON mentions (place, id);
"""


_MENTIONING: Final = {
    "commands": ("command_id", "json_array(new.account_id, json(new.note))"),
    "questions": ("event_id", "json_array(new.asked, json(new.fields))"),
    "decisions": ("decision_id", "json(new.fields)"),
}
"""Tables whose rows name accounts: the key, and what names them, as JSON."""


def _triggers(place: str, key: str, naming: str) -> str:
    named = f"SELECT value, '{place}', new.{key} FROM json_tree({naming}) WHERE type = 'text' AND value LIKE '@%'"  # noqa: S608 - our own
    mention = f"INSERT OR IGNORE INTO mentions {named};"
    forget = f"DELETE FROM mentions WHERE place = '{place}' AND id = old.{key};"  # noqa: S608 - our own
    return f"""
CREATE TRIGGER {place}_made AFTER INSERT ON {place} BEGIN {mention} END;
CREATE TRIGGER {place}_changed AFTER UPDATE ON {place} BEGIN {forget} {mention} END;
CREATE TRIGGER {place}_gone AFTER DELETE ON {place} BEGIN {forget} END;
"""


TABLES: Final = _TABLES + "".join(_triggers(place, *parts) for place, parts in _MENTIONING.items())
