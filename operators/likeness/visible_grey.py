"""Grey values of a picture as viewers show it: profile, depth, transparency and orientation applied (AI-12, AI-33)."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from math import ceil, sqrt
from typing import Any, Final

import numpy as np
from PIL import ExifTags, Image, ImageCms

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
_DEEP_GREY: Final = "I;16"
_OPAQUE_MODES: Final = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK"}
"""The mode of the colours alone, for each mode of a file; of all others it is RGB."""
_PROFILED_PIXELS: Final = 1 << 20
"""A picture with a profile is first reduced to about as many pixels: converting one can cost tens of nanoseconds."""
_SRGB: Final = ImageCms.createProfile("sRGB")


def visible_grey(frame: Image.Image) -> Image.Image:
    """Return a picture in grey (mode L), on white, upright."""
    colours, alpha = _deep_layers(frame) if frame.mode == _DEEP_GREY else _layers(frame)
    grey = _apply_profile(colours, frame.info.get("icc_profile")).convert("L")
    if alpha is not None:
        seen = Image.new("L", grey.size, _WHITE)
        seen.paste(grey, mask=alpha if alpha.size == grey.size else alpha.resize(grey.size, Image.Resampling.BOX))
        grey = seen
    return _apply_orientation(grey, frame)


def _layers(frame: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    alpha = frame.convert("RGBA").getchannel("A") if frame.has_transparency_data else None
    return frame.convert(_OPAQUE_MODES.get(frame.mode, "RGB")), alpha


def _deep_layers(frame: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return the upper 8 bits of 16, and the transparency: one value of the 16 bits may be transparent."""
    values: Any = np.asarray(frame)
    transparent = frame.info.get("transparency")
    alpha = None if transparent is None else Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8))
    return Image.fromarray((values >> 8).astype(np.uint8)), alpha


def _apply_profile(colours: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the colours in sRGB. A profile that cannot be read, or is not one of such colours, is ignored."""
    if not profile:
        return colours
    factor = ceil(sqrt(colours.width * colours.height / _PROFILED_PIXELS))
    reduced = colours.reduce(factor) if factor > 1 else colours
    with suppress(Exception):
        embedded = ImageCms.ImageCmsProfile(BytesIO(profile))
        shown = ImageCms.profileToProfile(reduced, embedded, _SRGB, outputMode="RGB")
        return shown or colours
    return colours


def _apply_orientation(grey: Image.Image, frame: Image.Image) -> Image.Image:
    """Return an image turned as its Exif orientation demands: cameras may only note that they were held upright.

    Only Exif counts: viewers do not look for an orientation in XMP, as Pillow would.
    """
    notes, orientation = Image.Exif(), None
    with suppress(Exception):  # Exif data that cannot be read is ignored
        notes.load(frame.info.get("exif", b""))
        orientation = _TURNS.get(notes.get(ExifTags.Base.Orientation, _UPRIGHT))
    return grey if orientation is None else grey.transpose(orientation)
