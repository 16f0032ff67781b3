"""Text form of a profile that other accounts store, and the index of the picture hashes of many profiles in one entry.

Readers parse only the part of a text that they need. Every list is searched for every suspicious message, so all hashes
are compared at once, and only the profiles with a near picture are parsed: the hashes of all pictures come first in an
entry, then a row for each person.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from schemas.records import Appearance, Picture, PictureHashes
from state.spec import Codec

FIELD = "\x1f"
_PICTURE, _PART = "\x1d", "\x1c"  # no id and no normalised text contains any of the three
_PICTURES = 5  # index of the pictures among the fields of an appearance
_REVISION, _NICKNAME = 1, 2
_REPLACED = 7  # index of the time at which a picture was replaced among its parts
_CROPS = 9  # index of the hashes of its crops

REVISIONS_PER_MS = 1_000
"""Revisions of an appearance are numbered from the time of its newest fact on, so a revision contains that time."""


def encode_picture(picture: Picture) -> str:
    """Return the text form of a picture."""
    hashes = picture.hashes
    parts = (
        hashes.phash.hex(),
        (hashes.phash_mirrored or b"").hex(),
        (hashes.dhash or b"").hex(),
        hashes.version,
        _number(hashes.quality),
        picture.version,
        str(picture.set_ms),
        _number(picture.replaced_ms),
        _number(picture.common_ms),
    )
    crops = () if hashes.crops is None else (b64encode(hashes.crops).decode(), hashes.crops_version or "")
    return _PART.join((*parts, *crops))


def decode_picture(text: str) -> Picture:
    """Return the picture of a text form, which ends before the crops if it has none."""
    parts = text.split(_PART)
    phash, mirrored, dhash, algorithm, quality, version, set_ms, replaced, common = parts[:_CROPS]
    crops, crops_version = parts[_CROPS:] or ("", "")
    hashes = PictureHashes(
        phash=bytes.fromhex(phash),
        phash_mirrored=bytes.fromhex(mirrored) if mirrored else None,
        dhash=bytes.fromhex(dhash) if dhash else None,
        version=algorithm,
        quality=int(quality) if quality else None,
        crops=b64decode(crops) if crops else None,
        crops_version=crops_version or None,
    )
    return Picture(
        version=version,
        set_ms=int(set_ms),
        replaced_ms=int(replaced) if replaced else None,
        hashes=hashes,
        common_ms=int(common) if common else None,
    )


def replaced_ms_in(text: str) -> int | None:
    """Return from a picture's text when the picture was replaced; None: it is shown."""
    replaced = text.split(_PART, _REPLACED + 1)[_REPLACED]
    return int(replaced) if replaced else None


def hashes_in(text: str) -> list[bytes]:
    """Return the hashes of every picture in an appearance's text: pHash, dHash, crops; zeros: unknown."""
    written = text.split(FIELD)[_PICTURES]
    return [_hashes(picture.split(_PART)) for picture in written.split(_PICTURE)] if written else []


def _hashes(parts: list[str]) -> bytes:
    phash, _, dhash = parts[:3]
    crops = b64decode(parts[_CROPS]) if len(parts) > _CROPS else b""
    return bytes.fromhex(phash + (dhash or _UNKNOWN)) + crops[:_CROPS_BYTES].ljust(_CROPS_BYTES, b"\0")


def encode_appearance(appearance: Appearance) -> str:
    """Return the text form of an appearance."""
    texts = (appearance.nickname, appearance.signature, appearance.region)
    pictures = _PICTURE.join(map(encode_picture, appearance.pictures))
    common = () if appearance.name_common_ms is None else (str(appearance.name_common_ms),)
    return FIELD.join(
        (appearance.version, str(appearance.revision), *(text or "" for text in texts), pictures, *common)
    )


def decode_appearance(text: str) -> Appearance:
    """Return the appearance of a text form, which ends with the pictures if the name is not common."""
    version, revision, nickname, signature, region, _, *common = text.split(FIELD)
    return Appearance(
        version=version,
        revision=int(revision),
        nickname=nickname or None,
        signature=signature or None,
        region=region or None,
        pictures=decode_pictures(text),
        name_common_ms=int(common[0]) if common else None,
    )


def decode_pictures(text: str) -> tuple[Picture, ...]:
    """Return only the pictures of an appearance's text."""
    written = text.split(FIELD)[_PICTURES]
    return tuple(map(decode_picture, written.split(_PICTURE))) if written else ()


def revision_of(text: str) -> int:
    """Return only the revision of an appearance's text."""
    return int(text.split(FIELD, _REVISION + 1)[_REVISION])


def fact_ms_of(text: str) -> int:
    """Return the time of the newest fact about an appearance, from its text."""
    return revision_of(text) // REVISIONS_PER_MS


def nickname_of(text: str) -> str:
    """Return only the nickname of an appearance's text; empty: none."""
    return text.split(FIELD, _NICKNAME + 1)[_NICKNAME]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


_ROW: Final = "\x1e"  # no id and no normalised text contains it


_LENGTH: Final = 4  # bytes of the index's length


_UNKNOWN: Final = "0" * 16

CROPS: Final = 12
"""How many crops of a picture an index has."""
_CROPS_BYTES: Final = 8 * CROPS


class ContactProfiles(Struct, frozen=True):
    """Text forms of appearances by account, as stored in an entry."""

    index: bytes  # 116 bytes a picture: the number of its owner's row (4), pHash, dHash, crops (8 each, unknown: 0)
    text: bytes

    def rows(self) -> dict[str, str]:
        """Return the text forms of appearances by account, in the order of their rows."""
        return _split_rows(self.text)


def index_profiles(rows: Mapping[str, str]) -> ContactProfiles:
    """Return an entry of the text forms of one appearance or more, by account, with the index of their pictures."""
    index = [
        number.to_bytes(4, "big") + hashes for number, text in enumerate(rows.values()) for hashes in hashes_in(text)
    ]
    text = _ROW.join(f"{contact_id}{FIELD}{text}" for contact_id, text in rows.items())
    return ContactProfiles(b"".join(index), text.encode())


def _split_rows(raw: bytes) -> dict[str, str]:
    return dict(row.split(FIELD, 1) for row in raw.decode().split(_ROW))


def _encode_profiles(faces: ContactProfiles) -> bytes:
    return len(faces.index).to_bytes(_LENGTH, "big") + faces.index + faces.text


def _decode_profiles(raw: bytes) -> ContactProfiles:
    end = _LENGTH + int.from_bytes(raw[:_LENGTH], "big")
    return ContactProfiles(raw[_LENGTH:end], raw[end:])


def _decode_profiles_1(raw: bytes) -> ContactProfiles:
    return index_profiles(_split_rows(raw))


def _decode_profiles_2(raw: bytes) -> ContactProfiles:
    return index_profiles(_decode_profiles(raw).rows())


CONTACT_PROFILES_CODEC: Final[Codec[ContactProfiles]] = Codec(
    version=3, encode=_encode_profiles, decode={1: _decode_profiles_1, 2: _decode_profiles_2, 3: _decode_profiles}
)
"""Version 1 had no index, version 2 one without crops."""
