"""Values of state entries about strangers, and their codecs: who wrote first, who was warned of.

In Flink `Contacts.java` reads and writes contacts and tallies, too, so they are packed by hand, big-endian.
"""

from collections.abc import Mapping
from struct import Struct as Packed
from typing import Final

from msgspec import Struct, field
from msgspec.structs import astuple

from state.codecs import struct_codec
from state.spec import Codec

NONE: Final = -1
"""A time, or an hour, that there is not."""

_SIDES, _PERIOD, _REST, _TALLY = Packed(">BB"), Packed(">iI"), Packed(">qi"), Packed(">iqqq")


class FirstContacts(Struct, frozen=True):
    """The first messages of an account to another one, and of that one to it, by period.

    A period's first hour since the epoch, with the ms from then to its first message, in the order of the hours. Only
    periods count that begin after `after_ms`. Up to the period that begins at `linked_hour` no silence was too long,
    though those in between are left out.
    """

    mine: Mapping[int, int] = field(default_factory=dict)
    theirs: Mapping[int, int] = field(default_factory=dict)
    after_ms: int = NONE
    linked_hour: int = NONE


def _pack_contacts(contacts: FirstContacts) -> bytes:
    """Return the numbers of periods of both sides (1 byte each), the periods, and the rest if there is any."""
    sides = contacts.mine, contacts.theirs
    periods = (_PERIOD.pack(*period) for side in sides for period in side.items())
    rest = contacts.after_ms, contacts.linked_hour
    return _SIDES.pack(*map(len, sides)) + b"".join(periods) + (b"" if rest == (NONE, NONE) else _REST.pack(*rest))


def _unpack_contacts(raw: bytes) -> FirstContacts:
    mine, theirs = _SIDES.unpack_from(raw)
    end = _SIDES.size + _PERIOD.size * (mine + theirs)
    periods = list(_PERIOD.iter_unpack(raw[_SIDES.size : end]))
    rest = _REST.unpack_from(raw, end) if end < len(raw) else ()
    return FirstContacts(dict(periods[:mine]), dict(periods[mine:]), *rest)


FIRST_CONTACTS_CODEC: Final[Codec[FirstContacts]] = Codec(
    version=1, encode=_pack_contacts, decode={1: _unpack_contacts}
)


class ContactTally(Struct, frozen=True):
    """The number of accounts with remembered contacts; when they were to be looked through next. -1: never.

    Only periods count that begin after `erased_ms`; of accounts not remembered yet, those that begin after `full_ms`.
    """

    count: int = 0
    erased_ms: int = NONE
    full_ms: int = NONE
    due_ms: int = NONE


CONTACT_TALLY_CODEC: Final[Codec[ContactTally]] = Codec(
    version=1,
    encode=lambda tally: _TALLY.pack(*astuple(tally)),
    decode={1: lambda raw: ContactTally(*_TALLY.unpack(raw))},
)


class StrangerFound(Struct, frozen=True):
    """The times of the latest decisions on a stranger: of any, and of one that was not mild; -1: none."""

    any_ms: int
    grave_ms: int = -1


STRANGER_FOUND_CODEC: Final = struct_codec(StrangerFound)
