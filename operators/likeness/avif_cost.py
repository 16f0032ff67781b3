"""The size of the frames in an AVIF file, read from the coded data before it is decoded (AI-30).

The size in the head of the file is only what a frame is scaled to: libavif decodes a frame of 268 million pixels from a
file of some kilobytes that claims a hundred. So the sequence headers of all coded items are read here. What real files
do not have (coded data outside of the file's own range, layers without end) is refused. Formats: ISO/IEC 14496-12,
23008-12; AV1 bitstream, section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODED: Final = b"av01"
_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME = 1, 3, 6
_UNITS_AT_MOST: Final = 1_000  # of an item; real ones have some dozen
_FULL_BOX: Final = 4  # version and flags at the begin of a box
_MAX_LEVEL_WITHOUT_TIER: Final = 7


class UnusualAvifError(Exception):
    """The file is no AVIF, or one that is not read."""


class Bits:
    """A reader of bits, the highest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, count: int) -> int:
        """Return the next bits as a number."""
        begin, self._at = self._at, self._at + count
        if self._at > 8 * len(self._data):
            raise UnusualAvifError
        whole = int.from_bytes(self._data[begin // 8 : (self._at + 7) // 8])
        return (whole >> -self._at % 8) & ((1 << count) - 1)

    def skip_variable(self) -> None:
        """Skip a number of variable length (uvlc)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
        self.read(zeros)


def coded_pixels(image: bytes) -> int:
    """Return how many pixels the frames of all coded items can have together. Raises UnusualAvifError."""
    meta = _one(_boxes(image), b"meta")[_FULL_BOX:]
    parts = list(_boxes(meta))
    coded = set(_coded_items(_one(parts, b"iinf")))
    items = [data for number, data in _items(_one(parts, b"iloc"), image) if number in coded]
    return sum(map(_item_pixels, items))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of each box."""
    at = 0
    while at + 8 <= len(data):
        size, name, head = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        end = at + size if size else len(data)
        if end < at + head:
            raise UnusualAvifError
        yield name, data[at + head : end]
        at = end


def _one(boxes: Iterator[tuple[bytes, bytes]] | list[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    found = [content for name, content in boxes if name == wanted]
    if len(found) != 1:
        raise UnusualAvifError
    return found[0]


def _coded_items(infos: bytes) -> Iterator[int]:
    """Yield the numbers of the items that are coded pictures."""
    for _, info in _boxes(infos[_FULL_BOX + (2 if infos[:1] == b"\0" else 4) :]):
        width = 4 if info[:1] == b"\3" else 2
        if info[_FULL_BOX + width + 2 : _FULL_BOX + width + 6] == _CODED:
            yield int.from_bytes(info[_FULL_BOX : _FULL_BOX + width])


def _items(places: bytes, image: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and data of each item that lies in the file itself; together they are no longer than the file."""
    version, reader, left = places[:1], Bits(places[_FULL_BOX:]), len(image)
    offset_bits, length_bits, base_bits, index_bits = (8 * reader.read(4) for _ in range(4))
    index_bits, wide = index_bits if version != b"\0" else 0, 32 if version == b"\2" else 16
    for _ in range(reader.read(wide)):
        number = reader.read(wide)
        method = 0 if version == b"\0" else reader.read(16) & 15
        reader.read(16)  # the number of a file of references
        base, data = reader.read(base_bits), []
        for _ in range(reader.read(16)):
            reader.read(index_bits)
            start, length = base + reader.read(offset_bits), reader.read(length_bits)
            left -= length
            if not length or left < 0:
                raise UnusualAvifError
            data.append(image[start : start + length])
        yield number, b"" if method else b"".join(data)


def _item_pixels(data: bytes) -> int:
    """Return the pixels of an item's frames; an item has a frame for each of its layers, and usually one."""
    largest, frames = 0, 0
    for number, (kind, body) in enumerate(_units(data)):
        largest = max(largest, _frame_pixels(Bits(body))) if kind == _SEQUENCE_HEADER else largest
        frames += kind in (_FRAME_HEADER, _FRAME)
        if number > _UNITS_AT_MOST:
            raise UnusualAvifError
    if not largest or not frames:
        raise UnusualAvifError
    return largest * frames


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each unit (OBU) of an item's data."""
    at = 0
    while at < len(data):
        head = data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:
            size, at = _variable_length(data, at)
        yield head >> 3 & 15, data[at : at + size]
        at += size


def _variable_length(data: bytes, at: int) -> tuple[int, int]:
    """Return a number in groups of seven bits (leb128), and where it ends."""
    value = 0
    for place in range(8):
        byte = data[at + place] if at + place < len(data) else 0
        value |= (byte & 127) << 7 * place
        if byte < 128:  # noqa: PLR2004 - the bit that says that there are more
            return value, at + place + 1
    raise UnusualAvifError


def _frame_pixels(bits: Bits) -> int:
    """Return the most pixels of a frame. Unless the header is a still picture's, a frame may have as many as fit."""
    bits.read(4)
    is_reduced = bits.read(1)
    if is_reduced:
        bits.read(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(width_bits) + 1, bits.read(height_bits) + 1
    return width * height if is_reduced else 1 << (width_bits + height_bits)


def _skip_operating_points(bits: Bits) -> None:
    delay_bits = _skip_timing(bits) if bits.read(1) else 0
    has_display_delay = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > _MAX_LEVEL_WITHOUT_TIER:
            bits.read(1)
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if has_display_delay and bits.read(1):
            bits.read(4)


def _skip_timing(bits: Bits) -> int:
    """Return the length of the delays that operating points have; 0: they have none."""
    bits.read(64)
    if bits.read(1):
        bits.skip_variable()
    if not bits.read(1):
        return 0
    delay_bits = bits.read(5) + 1
    bits.read(42)
    return delay_bits
