"""How do the faces of many people stand in one entry? The hashes of all their pictures in front, then a row for each.

Every list is searched for every suspicious message. So hashes are compared all at once, and of the people only those
are looked at who have a picture that is near.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from state.appearances import FIELD, hashes_in
from state.spec import Codec

_ROW: Final = "\x1e"  # no id and no normalised text has it
_LENGTH: Final = 4  # bytes of the index's length
_UNKNOWN: Final = "0" * 16


class Faces(Struct, frozen=True):
    """Written appearances by account, as they lie in the entry."""

    index: bytes  # of every picture 20 bytes: the number of its owner's row (4), pHash and dHash (8 each, unknown: 0)
    text: bytes

    def rows(self) -> dict[str, str]:
        """Return the written appearances by account, in the order of their rows."""
        return _split(self.text)


def faces_of(rows: Mapping[str, str]) -> Faces:
    """Return written appearances by account, one at least, with the index of their pictures."""
    index = [
        number.to_bytes(4, "big") + bytes.fromhex(phash + (dhash or _UNKNOWN))
        for number, text in enumerate(rows.values())
        for phash, _, dhash in hashes_in(text)
    ]
    text = _ROW.join(f"{contact_id}{FIELD}{text}" for contact_id, text in rows.items())
    return Faces(b"".join(index), text.encode())


def _split(raw: bytes) -> dict[str, str]:
    return dict(row.split(FIELD, 1) for row in raw.decode().split(_ROW))


def _dumped(faces: Faces) -> bytes:
    return len(faces.index).to_bytes(_LENGTH, "big") + faces.index + faces.text


def _loaded(raw: bytes) -> Faces:
    end = _LENGTH + int.from_bytes(raw[:_LENGTH], "big")
    return Faces(raw[_LENGTH:end], raw[end:])


def _indexed(raw: bytes) -> Faces:
    return faces_of(_split(raw))


FACES_ENTRY: Final[Codec[Faces]] = Codec(version=2, encode=_dumped, decode={1: _indexed, 2: _loaded})
"""Version 1 had no index."""
