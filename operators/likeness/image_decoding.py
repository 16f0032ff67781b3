"""Decoding of untrusted image files to grey values (Pillow), with limits against decompression bombs (AI-12).

The limits are checked on the file's header, before any pixel is decoded, and bound the cost of decoding.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from io import BytesIO
from math import ceil
from typing import Final

from PIL import ExifTags, Image

from schemas.malformed import Malformed, Reason

_FORMATS: Final = ("BMP", "GIF", "JPEG", "PNG", "WEBP")
"""Formats of avatars. Every further decoder is a further target of attacks."""
_JPEG: Final = b"\xff\xd8"
_SCAN: Final = b"\xff\xda"  # marker of a scan; other bytes may look like it, but not two hundred times
_SCANS_AT_MOST: Final = 200
"""Scans (passes over all pixels) of a JPEG: encoders make a dozen; a few bytes of a file cost milliseconds each."""
_LONGEST: Final = 65_535  # the longest side of a JPEG; the memory of the resize filter grows with each side
_WHITE: Final = 255
_UPRIGHT: Final = 1
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition for each orientation that Exif defines."""

# The policy's own limit on pixels is checked here; Pillow's warning about its own would only fill the log.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def decode_grey(image: bytes, most_bytes: int, most_pixels: int) -> Image.Image:
    """Return an image as it is displayed, in grey (mode L); of an animated one the first frame.

    Raises `Malformed`: IMAGE_TOO_LARGE beyond the limits, BAD_IMAGE for what is not a whole image.
    """
    if len(image) > most_bytes:
        raise Malformed(Reason.IMAGE_TOO_LARGE, f"a picture of more than {most_bytes} bytes")
    try:
        opened = Image.open(BytesIO(image), formats=_FORMATS)
        _check_pixel_count(opened.size, most_pixels)
        _check_scan_count(image)
        return _reduce_long_sides(_apply_orientation(_flatten_transparency(opened), opened))
    except Image.DecompressionBombError:
        raise _too_many_pixels(most_pixels) from None
    except Malformed:
        raise
    except Exception:  # noqa: BLE001 - a decoder may raise anything about invalid bytes
        raise Malformed(Reason.BAD_IMAGE, "not a complete image of a supported format") from None


def _flatten_transparency(opened: Image.Image) -> Image.Image:
    """Return the grey values on a white background: colours of transparent pixels are not visible."""
    if not opened.has_transparency_data:
        return opened.convert("L")
    whole = opened.convert("RGBA")
    seen = Image.new("L", whole.size, _WHITE)
    seen.paste(whole.convert("L"), mask=whole.getchannel("A"))
    return seen


def _apply_orientation(grey: Image.Image, opened: Image.Image) -> Image.Image:
    """Return an image turned as its Exif orientation demands: cameras may only note that they were held upright."""
    orientation = None
    with suppress(Exception):  # Exif data that cannot be read is ignored
        orientation = _TURNS.get(opened.getexif().get(ExifTags.Base.Orientation, _UPRIGHT))
    return grey if orientation is None else grey.transpose(orientation)


def _reduce_long_sides(grey: Image.Image) -> Image.Image:
    """Return an image whose sides are at most `_LONGEST`: beyond, neighbouring pixels are averaged."""
    width, height = (ceil(side / _LONGEST) for side in grey.size)
    return grey if width == height == 1 else grey.reduce((width, height))


def _check_pixel_count(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise _too_many_pixels(most)


def _check_scan_count(image: bytes) -> None:
    if image.startswith(_JPEG) and image.count(_SCAN) > _SCANS_AT_MOST:
        raise Malformed(Reason.BAD_IMAGE, f"a JPEG of more than {_SCANS_AT_MOST} scans")


def _too_many_pixels(most: int) -> Malformed:
    return Malformed(Reason.IMAGE_TOO_LARGE, f"a picture of more than {most} pixels")
