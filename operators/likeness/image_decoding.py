"""Decoding of untrusted image files to grey values (Pillow), with limits against decompression bombs (AI-12).

The limits are checked before any pixel is decoded, and bound the cost of decoding. What a file looks like is decided
as browsers do: `file_repair`, `shown_frame`, `visible_grey`.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from math import ceil
from typing import Final

from PIL import AvifImagePlugin, Image

from operators.likeness.avif_cost import coded_pixels
from operators.likeness.file_repair import repair
from operators.likeness.shown_frame import shown_frame
from operators.likeness.visible_grey import visible_grey
from schemas.malformed import Malformed, Reason

_AVIF: Final = "AVIF"
_FORMATS: Final = (_AVIF, "BMP", "GIF", "JPEG", "PNG", "WEBP")
"""Formats of avatars, all that every browser shows. Every further decoder is a further target of attacks."""
_AVIF_PIXELS: Final = 8
"""How many times the policy's pixels an AVIF file may have coded: colours and transparency, with sizes rounded up."""
_JPEG: Final = b"\xff\xd8"
_SCAN: Final = b"\xff\xda"  # marker of a scan; other bytes may look like it, but not two hundred times
_SCANS_AT_MOST: Final = 200
"""Scans (passes over all pixels) of a JPEG: encoders make a dozen; a few bytes of a file cost milliseconds each."""
_LONGEST: Final = 65_535  # the longest side of a JPEG; the memory of the resize filter grows with each side

# A thread for each core would be started for every picture, however small.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def decode_grey(image: bytes, most_bytes: int, most_pixels: int) -> Image.Image:
    """Return an image as it is displayed, in grey (mode L); of an animated one the frame that is shown longest.

    Raises `Malformed`: IMAGE_TOO_LARGE beyond the limits, BAD_IMAGE for what is not a whole image.
    """
    if len(image) > most_bytes:
        raise Malformed(Reason.IMAGE_TOO_LARGE, f"a picture of more than {most_bytes} bytes")
    try:
        with warnings.catch_warnings():  # what a library has to say about a file is nothing for the log
            warnings.simplefilter("ignore")
            return _reduce_long_sides(visible_grey(_open(repair(image), most_pixels)))
    except Image.DecompressionBombError:
        raise _too_many_pixels(most_pixels) from None
    except Malformed:
        raise
    except Exception:  # noqa: BLE001 - a decoder may raise anything about invalid bytes
        raise Malformed(Reason.BAD_IMAGE, "not a complete image of a supported format") from None


def _open(image: bytes, most_pixels: int) -> Image.Image:
    """Return the frame to hash, after all checks."""

    def check_pixels(frame: Image.Image) -> None:
        if frame.width * frame.height > most_pixels:
            raise _too_many_pixels(most_pixels)

    opened = Image.open(BytesIO(image), formats=_FORMATS)
    check_pixels(opened)
    _check_scan_count(image)
    if opened.format == _AVIF and coded_pixels(image) > _AVIF_PIXELS * most_pixels:
        raise _too_many_pixels(most_pixels)
    return shown_frame(opened, most_pixels, check_pixels)


def _reduce_long_sides(grey: Image.Image) -> Image.Image:
    """Return an image whose sides are at most `_LONGEST`: beyond, neighbouring pixels are averaged."""
    width, height = (ceil(side / _LONGEST) for side in grey.size)
    return grey if width == height == 1 else grey.reduce((width, height))


def _check_scan_count(image: bytes) -> None:
    if image.startswith(_JPEG) and image.count(_SCAN) > _SCANS_AT_MOST:
        raise Malformed(Reason.BAD_IMAGE, f"a JPEG of more than {_SCANS_AT_MOST} scans")


def _too_many_pixels(most: int) -> Malformed:
    return Malformed(Reason.IMAGE_TOO_LARGE, f"a picture of more than {most} pixels")
