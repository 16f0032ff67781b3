"""What is remembered of who watches over whom and by what somebody is recognised, and its bytes."""

from typing import Final

from msgspec import Struct

from state.codecs import structured


class Follow(Struct, frozen=True):
    """How things stand between a follower and an object."""

    status: str  # PENDING, ACTIVE, DECLINED, REVOKED
    relation: str | None  # what the follower says to be to the object; for the two alone
    requested_ms: int
    fact_ms: int  # the latest change
    deadline_ms: int  # until when a pending one waits
    version: int  # raised by every change


FOLLOW: Final = structured(Follow)


class Watch(Struct, frozen=True):
    """An active follow, seen from the object."""

    since_ms: int
    version: int


WATCH: Final = structured(Watch)


class Inquiry(Struct, frozen=True):
    """An incident that wants to hear of changes."""

    kind: str
    until_ms: int


INQUIRY: Final = structured(Inquiry)


class Traits(Struct, frozen=True):
    """By what an object is recognised."""

    phashes: bytes  # 8 bytes a picture
    version: str  # the algorithm of the hashes
    digests: bytes  # 16 bytes a text, plate or sound, which are compared for equality only
    fact_ms: int


TRAITS_ENTRY: Final = structured(Traits)
