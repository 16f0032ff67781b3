"""Files as browsers read them: without what does not matter for the pixels, with a missing end (AI-31).

Pillow refuses a PNG for its texts or the checksum of a note, and a JPEG for its last two bytes; browsers show them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32, decompressobj
from zlib import error as ZlibError  # noqa: N812 - the name of a class

if TYPE_CHECKING:
    from collections.abc import Iterator

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SHOWN: Final = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"iCCP", b"eXIf", b"acTL", b"fcTL", b"fdAT"}
"""Chunks of a PNG that matter for how it looks: pixels, palette, transparency, profile, orientation, animation."""
_PROFILE: Final = b"iCCP"
_PROFILE_BYTES_AT_MOST: Final = 1_000_000  # uncompressed; Pillow refuses more than a mebibyte
_ANCILLARY: Final = 0x20  # the bit in the first letter of a chunk's name that says that it may be left out
_LENGTH, _HEAD, _CHECKSUM = 4, 8, 4

_JPEG: Final = b"\xff\xd8"
_JPEG_END: Final = b"\xff\xd9"
_LENGTH_BYTES: Final = 2
_BETWEEN_SCANS: Final = (b"\xff\xc4", b"\xff\xda")  # markers of Huffman tables and of a scan, each with a length

_BRANDS: Final = (b"avif", b"avis", b"mif1", b"msf1")


def repair(image: bytes) -> bytes:
    """Return a file with the same picture, without what browsers ignore; of an AVIF sequence its still picture."""
    if image.startswith(_PNG):
        return b"".join((_PNG, *_shown_chunks(image)))
    if image.startswith(_JPEG):
        return _whole_segments(image) + _JPEG_END
    if image[4:8] == b"ftyp" and image[8:12] in _BRANDS:
        return image[:8] + b"avif" + image[12:]
    return image


def _shown_chunks(image: bytes) -> Iterator[bytes]:
    """Yield the chunks that matter. One that may be left out and has a wrong checksum is, as browsers do."""
    at = len(_PNG)
    while at + _HEAD <= len(image):
        end = at + _HEAD + int.from_bytes(image[at : at + _LENGTH]) + _CHECKSUM
        name = image[at + _LENGTH : at + _HEAD]
        if name in _SHOWN and (not name[0] & _ANCILLARY or _is_intact(name, image[at:end])):
            yield image[at:end]
        at = end


def _is_intact(name: bytes, chunk: bytes) -> bool:
    body = chunk[_LENGTH:-_CHECKSUM]
    if crc32(body) != int.from_bytes(chunk[-_CHECKSUM:]):
        return False
    return name != _PROFILE or _is_short_profile(body[_LENGTH:])


def _is_short_profile(body: bytes) -> bool:
    """Return whether a compressed profile, behind its name and a byte, has a length that will be read."""
    unpacker = decompressobj()
    try:
        found = unpacker.decompress(body.partition(b"\0")[2][1:], _PROFILE_BYTES_AT_MOST)
    except ZlibError:
        return False
    return len(found) < _PROFILE_BYTES_AT_MOST


def _whole_segments(image: bytes) -> bytes:
    """Return a JPEG that is cut off between two scans up to the end of the first of them."""
    last = max(map(image.rfind, _BETWEEN_SCANS))
    length = image[last + 2 : last + 2 + _LENGTH_BYTES]
    is_cut_off = last > 0 and (len(length) < _LENGTH_BYTES or last + 2 + int.from_bytes(length) > len(image))
    return image[:last] if is_cut_off else image
