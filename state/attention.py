"""What is remembered of who watches over whom and by what somebody is recognised, and its bytes."""

from dataclasses import dataclass
from typing import Final

from state.codecs import structured


@dataclass(frozen=True, slots=True)
class Follow:
    """How things stand between a follower and an object."""

    status: str  # PENDING, ACTIVE, DECLINED, REVOKED
    relation: str | None  # what the follower says to be to the object; for the two alone
    requested_ms: int
    fact_ms: int  # the latest change
    deadline_ms: int  # until when a pending one waits
    version: int  # raised by every change


FOLLOW: Final = structured(Follow)


@dataclass(frozen=True, slots=True)
class Watch:
    """An active follow, seen from the object."""

    since_ms: int
    version: int


WATCH: Final = structured(Watch)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An incident that wants to hear of changes."""

    kind: str
    until_ms: int


INQUIRY: Final = structured(Inquiry)


@dataclass(frozen=True, slots=True)
class Traits:
    """By what an object is recognised."""

    phashes: bytes  # 8 bytes a picture
    version: str  # the algorithm of the hashes
    digests: bytes  # 16 bytes a text, plate or sound, which are compared for equality only
    fact_ms: int


TRAITS_ENTRY: Final = structured(Traits)
