"""Decompression of blocks of an Avro object container file, never beyond a bound.

The codecs are those of Avro's specification and `lz4`, which the Avro library writes as well.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final

import cramjam
import zstandard

from schemas.malformed import Malformed, undecodable

FREE_BYTES: Final = 2**20
"""Decompressed bytes of a file that are accepted however small it is."""
MAX_RATIO: Final = 200
"""Decompressed bytes of a file, beyond those, for each of its own. Text has up to some tens."""
_XZ_MEMORY_BYTES: Final = 72 * 2**20
"""Most memory that a block may ask of xz: enough for its highest preset, whose dictionary has 64 MiB."""
_ZSTANDARD_WINDOW_BYTES: Final = 8 * 2**20
"""Largest window of zstandard: what every decoder should support, and what no ordinary level exceeds (RFC 8878)."""
_CHECKSUM_BYTES: Final = 4
_SIZE_BYTES: Final = 4

_Unpack = Callable[[bytes, int], bytes]
"""Returns the content of a block; if it is longer than a bound, at least one byte more than the bound, or a fault."""


class BlockCodec:
    """The codec of a file, by its name in the header. Raises `Malformed` for one that is not known."""

    def __init__(self, name: str) -> None:
        if name not in _CODECS:
            raise undecodable(f"a codec other than {', '.join(_CODECS)}")
        self._unpack = _CODECS[name]
        self._left_bytes = FREE_BYTES
        self._is_plain = name == "null"

    def unpack(self, packed: bytes, most: int) -> bytes:
        """Return the content of a block.

        Raises `Malformed` if it is longer than `most` or than the file's size allows, or cannot be decompressed.
        """
        if self._is_plain:
            return packed
        self._left_bytes += MAX_RATIO * len(packed)
        most = min(most, self._left_bytes)
        try:
            content = self._unpack(packed, most)
        except (zlib.error, lzma.LZMAError, zstandard.ZstdError, cramjam.DecompressionError, OSError, EOFError):
            raise undecodable("a block that cannot be decompressed") from None
        if len(content) > most:
            raise _too_large()
        self._left_bytes -= len(content)
        return content


def _too_large() -> Malformed:
    return undecodable("a block larger than we accept")


def _deflate(packed: bytes, most: int) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)


def _bzip2(packed: bytes, most: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(packed, most + 1)


def _xz(packed: bytes, most: int) -> bytes:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY_BYTES).decompress(packed, most + 1)


def _zstandard(packed: bytes, most: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTANDARD_WINDOW_BYTES)
    return decompressor.stream_reader(BytesIO(packed), read_across_frames=True).read(most + 1)


def _snappy(packed: bytes, most: int) -> bytes:
    """Unpack a block of Avro's snappy: it is followed by the CRC-32 of its content."""
    body, checksum = packed[:-_CHECKSUM_BYTES], packed[-_CHECKSUM_BYTES:]
    if cramjam.snappy.decompress_raw_len(body) > most:
        raise _too_large()
    content = bytes(cramjam.snappy.decompress_raw(body))
    if zlib.crc32(content).to_bytes(_CHECKSUM_BYTES, "big") != checksum:
        raise undecodable("a block with another checksum than it declares")
    return content


def _lz4(packed: bytes, most: int) -> bytes:
    if int.from_bytes(packed[:_SIZE_BYTES], "little") > most:
        raise _too_large()
    return bytes(cramjam.lz4.decompress_block(packed))


_CODECS: Final[Mapping[str, _Unpack]] = {
    "null": lambda packed, _most: packed,
    "deflate": _deflate,
    "snappy": _snappy,
    "zstandard": _zstandard,
    "bzip2": _bzip2,
    "xz": _xz,
    "lz4": _lz4,
}
