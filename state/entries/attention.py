"""Values of state entries about follows, object features, positions and service areas, and their codecs."""

import struct
from typing import Final

from msgspec import Struct

from state.codecs import struct_codec
from state.spec import Codec


class Follow(Struct, frozen=True):
    """A follow request and its state: a follower who watches over an object."""

    status: str  # PENDING, ACTIVE, DECLINED, REVOKED
    relation: str | None  # the relation to the object that the follower states; shown to the two alone
    requested_ms: int
    fact_ms: int  # the latest change
    deadline_ms: int  # when a pending one expires
    version: int  # incremented by every change
    emergencies_only: bool = False  # the object lets the follower be told of emergencies alone


FOLLOW_CODEC: Final = struct_codec(Follow, ("status", "relation", "requested_ms", "fact_ms", "deadline_ms", "version"))


class Watch(Struct, frozen=True):
    """An active follow, seen from the object."""

    since_ms: int
    version: int
    emergencies_only: bool = False


WATCH_CODEC: Final = struct_codec(Watch, ("since_ms", "version"))


class Inquiry(Struct, frozen=True):
    """An incident that subscribes to changes of the followers."""

    kind: str
    until_ms: int


INQUIRY_CODEC: Final = struct_codec(Inquiry)


class ObjectFeatures(Struct, frozen=True):
    """The features that an object is identified by."""

    phashes: bytes  # 8 bytes a picture
    version: str  # the algorithm of the hashes
    digests: bytes  # 16 bytes a text, plate or sound, which are compared for equality only
    fact_ms: int


OBJECT_FEATURES_CODEC: Final = struct_codec(ObjectFeatures)


class Position(Struct, frozen=True):
    """The latest position of an account, its time, and whether the account has an active follower."""

    latitude: float
    longitude: float
    seen_ms: int
    watched: bool


_FORM: Final = struct.Struct(">ddq?")


def _pack(position: Position) -> bytes:
    return _FORM.pack(position.latitude, position.longitude, position.seen_ms, position.watched)


def _unpack(raw: bytes) -> Position:
    return Position(*_FORM.unpack(raw))


POSITION_CODEC: Final[Codec[Position]] = Codec(version=1, encode=_pack, decode={1: _unpack})
"""Packed by hand, 25 bytes: there is one per live account, and a search reads all of a cell."""


class Whereabouts(Struct, frozen=True):
    """The latest position of an account, and the cell that holds it."""

    cell: str
    latitude: float
    longitude: float
    seen_ms: int


WHEREABOUTS_CODEC: Final = struct_codec(Whereabouts)


class Service(Struct, frozen=True):
    """The area and the kinds of incident that an organisation serves, and the cells that hold it."""

    latitude: float
    longitude: float
    radius_m: float
    kinds: tuple[str, ...]
    cells: tuple[str, ...]
    fact_ms: int


SERVICE_CODEC: Final = struct_codec(Service)
