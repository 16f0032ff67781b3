"""Values of state entries about strangers, and their codecs: who wrote first, who was warned of."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from state.codecs import struct_codec


class FirstContacts(Struct, frozen=True):
    """The first messages of an account to another one, and of that one to it, by period.

    A period's first hour since the epoch, with the ms from then to its first message. `after_ms`: only periods count
    that begin later.
    """

    mine: Mapping[int, int] = field(default_factory=dict)
    theirs: Mapping[int, int] = field(default_factory=dict)
    after_ms: int = -1


FIRST_CONTACTS_CODEC: Final = struct_codec(FirstContacts)


class ContactTally(Struct, frozen=True):
    """The number of accounts with remembered contacts; when they were to be looked through next. -1: never.

    Only periods count that begin after `erased_ms`; of accounts not remembered yet, those that begin after `full_ms`.
    """

    count: int = 0
    erased_ms: int = -1
    full_ms: int = -1
    due_ms: int = -1


CONTACT_TALLY_CODEC: Final = struct_codec(ContactTally)


class StrangerFound(Struct, frozen=True):
    """The times of the latest decisions on a stranger: of any, and of one that was not mild; -1: none."""

    any_ms: int
    grave_ms: int = -1


STRANGER_FOUND_CODEC: Final = struct_codec(StrangerFound)
