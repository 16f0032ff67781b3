"""What is remembered of where people are and which areas organisations serve, and its bytes."""

import struct
from typing import Final

from msgspec import Struct

from state.codecs import structured
from state.spec import Codec


class Position(Struct, frozen=True):
    """Where an account was last, when, and whether anybody watches over it."""

    latitude: float
    longitude: float
    seen_ms: int
    watched: bool


_FORM: Final = struct.Struct(">ddq?")


def _pack(position: Position) -> bytes:
    return _FORM.pack(position.latitude, position.longitude, position.seen_ms, position.watched)


def _unpack(raw: bytes) -> Position:
    return Position(*_FORM.unpack(raw))


POSITION: Final[Codec[Position]] = Codec(version=1, encode=_pack, decode={1: _unpack})
"""By hand, 25 bytes, for there is one per live account, and a search reads all of a cell."""


class Whereabouts(Struct, frozen=True):
    """Where an account was last, and which cell knows it."""

    cell: str
    latitude: float
    longitude: float
    seen_ms: int


WHEREABOUTS_ENTRY: Final = structured(Whereabouts)


class Service(Struct, frozen=True):
    """The area and the kinds of incident that an organisation serves, and the cells that know it."""

    latitude: float
    longitude: float
    radius_m: float
    kinds: tuple[str, ...]
    cells: tuple[str, ...]
    fact_ms: int


SERVICE: Final = structured(Service)
