"""Codecs of state values: integers packed by hand, as they are the most frequent; everything else as MessagePack.

Fields may be added with defaults, as in records: the version byte identifies the set of fields.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from state.spec import Codec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T", bound=Struct)

TIME_BYTES: Final = 6
"""Bytes of an event time where it is packed by hand: more than any accepted time needs."""


def _encode_number(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def _decode_number(raw: bytes) -> int:
    return int.from_bytes(raw, "big", signed=True)


def _decode_mark(_: bytes) -> bool:
    return True


NUMBER: Codec[int] = Codec(version=1, encode=_encode_number, decode={1: _decode_number})
MARK: Codec[bool] = Codec(version=1, encode=lambda _: b"", decode={1: _decode_mark})
TEXT: Codec[str] = Codec(version=1, encode=str.encode, decode={1: bytes.decode})


def struct_codec(kind: type[T], *older: Sequence[str]) -> Codec[T]:
    """Return the codec of a struct: its fields as a MessagePack array, in the order of their definition.

    `older` has the names of the fields in version 1, 2, ...; the current fields are the newest version. A field that an
    older version lacks gets its default; one that no longer exists is skipped.
    """
    versions = (*older, kind.__struct_fields__)
    return Codec(
        version=len(versions),
        encode=_writer(kind, versions[-1]),
        decode={number: _reader(kind, names) for number, names in enumerate(versions, start=1)},
    )


def _writer(kind: type[Struct], names: Sequence[str]) -> Callable[[Any], bytes]:
    if kind.__struct_config__.array_like:  # the library does it all
        return Encoder().encode
    values, encode = attrgetter(*names), Encoder().encode
    if len(names) == 1:
        return lambda value: encode((values(value),))
    return lambda value: encode(values(value))


def _reader(kind: type[T], names: Sequence[str]) -> Callable[[bytes], T]:
    if kind.__struct_config__.array_like and tuple(names) == kind.__struct_fields__:
        return Decoder(kind).decode
    types = get_type_hints(kind)
    decode: Callable[[bytes], tuple[Any, ...]] = Decoder(tuple[*(types.get(name, Any) for name in names)]).decode  # type: ignore[misc]
    if tuple(names) == tuple(types):
        return lambda raw: kind(*decode(raw))
    return lambda raw: kind(**{name: value for name, value in zip(names, decode(raw), strict=True) if name in types})
