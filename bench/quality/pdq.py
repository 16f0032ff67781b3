"""PDQ, a hash of 256 bits for pictures, to compare the product's hashes with.

The luminance is smoothed by two passes of a box, reduced to 64 x 64 values, and transformed by a discrete cosine
transform; a bit says whether a coefficient of frequency 1 to 16 along both sides exceeds the median. Source: Facebook,
"The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

USUAL_DISTANCE: Final = 31
"""Most differing bits of a match, as PDQ's authors recommend."""
_LONGEST_SIDE: Final = 512
_SIDE: Final = 64
_FREQUENCIES: Final = 16
_PASSES: Final = 2


def pdq_hashes(file: bytes) -> tuple[int, int]:
    """Return the hashes of a picture's file and of the mirrored picture, 256 bits each."""
    with Image.open(BytesIO(file)) as opened:
        grey = opened.convert("L")
    if max(grey.size) > _LONGEST_SIDE:
        grey = grey.resize((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BILINEAR)
    return pdq_hash(grey), pdq_hash(ImageOps.mirror(grey))


def pdq_hash(grey: Image.Image) -> int:
    """Return the hash of a grey picture."""
    small = _reduce(np.asarray(grey, np.float64))
    coefficients = _cosines() @ small @ _cosines().T
    bits = coefficients > np.median(coefficients)
    return int.from_bytes(np.packbits(bits.ravel()[::-1]).tobytes())


def _reduce(pixels: Numbers) -> Numbers:
    """Return 64 x 64 values of the smoothed pixels."""
    for _ in range(_PASSES):
        for axis in (1, 0):
            pixels = _smooth(pixels, ceil(pixels.shape[axis] / (2 * _SIDE)), axis)
    rows, columns = (((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(int) for length in pixels.shape)
    return pixels[np.ix_(rows, columns)]


def _smooth(pixels: Numbers, width: int, axis: int) -> Numbers:
    """Return the mean of a window of `width` values around each value along an axis, as far as there are any."""
    length, ahead = pixels.shape[axis], (width + 2) // 2
    places = np.arange(length)
    first, end = np.maximum(places - (width - ahead), 0), np.minimum(places + ahead, length)
    sums = np.insert(np.cumsum(pixels, axis), 0, 0, axis)
    sizes = np.expand_dims(end - first, 1 - axis)
    means: Numbers = (sums.take(end, axis) - sums.take(first, axis)) / sizes
    return means


@cache
def _cosines() -> Numbers:
    """Return the rows of the transform, 16 x 64."""
    frequencies, places = np.arange(1, _FREQUENCIES + 1)[:, None], np.arange(_SIDE)
    waves: Numbers = np.cos(np.pi / (2 * _SIDE) * frequencies * (2 * places + 1))
    return np.sqrt(2 / _SIDE) * waves
