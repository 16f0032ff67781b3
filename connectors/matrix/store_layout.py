"""Tables of the store. A change of them is a new version."""

from typing import Final

VERSION: Final = 1
TABLES: Final = """
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

-- Messages by which the bot asked something that is answered by a reaction.
CREATE TABLE questions (
    event_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    asked TEXT NOT NULL, -- the account that may answer; empty for everybody in the room
    fields TEXT NOT NULL, -- of the record that the answer becomes, as JSON
    at_ms INTEGER NOT NULL
) STRICT;

-- Who is about to leave a room because of a command, so that it is not taken for the end of a friendship.
CREATE TABLE departures (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT;

-- Commands that have been carried out, with what it takes to take them back.
CREATE TABLE carried_out (
    command_id TEXT PRIMARY KEY,
    undo TEXT NOT NULL, -- JSON
    at_ms INTEGER NOT NULL
) STRICT;
"""
