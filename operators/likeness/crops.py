"""Hashes of the content of a picture and of its crops: they find a copy that lost its edges or got new ones (AI-38).

Content is what is left without a plain border. Of it, and of each crop, the signs of 64 coefficients of a discrete
cosine transform are kept, as in pHash (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions",
2010), but without those that are constant along a side, and inside a round window only: frames, bars, circles and dark
corners, which different pictures have in common, count for nothing. The coefficients are whole numbers, so every
machine finds the same.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Box = tuple[float, float, float, float]

CROPS_VERSION: Final = "1"
"""Version of the algorithm. Change it whenever a hash would change: other versions are not compared (AI-11)."""
OUTER: Final = 6
"""The first crops, which undo what somebody added: they are compared with the content of others, too."""
HASH_BYTES: Final = 8

_SIDE: Final = 32  # of a reduced crop
_FREQUENCIES: Final = range(1, 9)  # of the cosines, along each side
_SCALE: Final = 1 << 10  # of the whole numbers that stand for cosines
_SHORTER, _LONGER = 128, 384  # the sides that a picture is first reduced to
_PLAIN: Final = 16  # grey values in a row that differ by no more are one colour; JPEG adds as much to a white frame
_CONTENT_AT_LEAST: Final = 8  # pixels
_INWARD: Final = (0.05, 0.10, 0.15)  # shares that are cut off on each side
_ONE_SIDE: Final = 0.12
_TURNED: Final = (3.5, -3.5)  # degrees
_TURNED_SIDE, _TURNED_MARGIN = 80, 4  # pixels; what a turn leaves empty is cut off
_WEAK: Final = 16  # a coefficient below this part of the mean may be noise
_STRONG_AT_LEAST: Final = 40  # of 64; a symmetric picture has 32
_SOLID, _EMPTY = 0.8, 1.05  # radii between which the window fades out


def crop_hashes(grey: Image.Image) -> bytes:
    """Return the hashes of the content of a picture and of its crops, 8 bytes each; none if it has too little detail.

    The crops: three of all sides, the largest picture on a page, all with the border, four of one side, two turned.
    """
    reduced = _reduce(grey)
    pixels = np.asarray(reduced)
    left, top, right, bottom = content = _cut(pixels, _between_borders, 2)
    wide, high = right - left, bottom - top
    squares = [_square(reduced, content)]
    squares += [
        _square(reduced, (left + wide * cut, top + high * cut, right - wide * cut, bottom - high * cut))
        for cut in _INWARD
    ]
    squares.append(_square(reduced, _cut(pixels, _longest_stretch, 3)))
    squares.append(_square(reduced, (0, 0, *reduced.size)))
    across, down = wide * _ONE_SIDE, high * _ONE_SIDE
    for box in (
        (left + across, top, right, bottom),
        (left, top + down, right, bottom),
        (left, top, right - across, bottom),
        (left, top, right, bottom - down),
    ):
        squares.append(_square(reduced, box))
    squares += _turned(reduced.resize((_TURNED_SIDE, _TURNED_SIDE), Image.Resampling.BILINEAR, content))
    found = _coefficients(np.stack(squares))
    return np.packbits(found > 0, axis=-1).tobytes() if _is_detailed(found[0]) else b""


def _is_detailed(coefficients: Numbers) -> bool:
    """Return whether most signs mean something: those of plain, smooth and symmetric pictures are mere noise."""
    sizes = np.abs(coefficients)
    return bool(np.count_nonzero(sizes * _WEAK * sizes.size > sizes.sum()) >= _STRONG_AT_LEAST)


def mirrored(crop_hash: int) -> int:
    """Return the hash of the mirrored crop: mirroring changes the signs of every other coefficient."""
    return crop_hash ^ MIRROR


MIRROR: Final = int.from_bytes(bytes([0b10101010] * HASH_BYTES))


def _reduce(grey: Image.Image) -> Image.Image:
    scale = min(1, _SHORTER / min(grey.size))
    size = tuple(max(1, min(_LONGER, round(side * scale))) for side in grey.size)
    return grey if size == grey.size else grey.resize((size[0], size[1]), Image.Resampling.BOX)


def _square(image: Image.Image, box: Box) -> NDArray[np.uint8]:
    return np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, box))


def _turned(content: Image.Image) -> Iterator[NDArray[np.uint8]]:
    end = _TURNED_SIDE - _TURNED_MARGIN
    for degrees in _TURNED:
        turned = content.rotate(degrees, Image.Resampling.BILINEAR)
        yield _square(turned, (_TURNED_MARGIN, _TURNED_MARGIN, end, end))


def _cut(pixels: NDArray[np.uint8], keep: Callable[[NDArray[np.bool_]], tuple[int, int]], times: int) -> Box:
    """Return the box that is left when plain rows and columns are cut off by turns (recursive X-Y cut).

    G. Nagy, S. Seth: "Hierarchical representation of optically scanned documents", ICPR 1984. Of a picture that is
    plain all over, or of which next to nothing is left, all is returned.
    """
    top, left, (bottom, right) = 0, 0, pixels.shape
    for _ in range(times):
        begin, end = keep(_are_plain(pixels[top:bottom, left:right], 1))
        top, bottom = top + begin, top + end
        begin, end = keep(_are_plain(pixels[top:bottom, left:right], 0))
        left, right = left + begin, left + end
    if min(bottom - top, right - left) < _CONTENT_AT_LEAST:
        return 0, 0, pixels.shape[1], pixels.shape[0]
    return left, top, right, bottom


def _are_plain(pixels: NDArray[np.uint8], axis: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pixels.max(axis) - pixels.min(axis) <= _PLAIN
    return found


def _between_borders(plain: NDArray[np.bool_]) -> tuple[int, int]:
    """Return begin and end of what lies between plain lines at both ends."""
    filled = np.flatnonzero(~plain)
    return (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, len(plain))


def _longest_stretch(plain: NDArray[np.bool_]) -> tuple[int, int]:
    """Return begin and end of the longest stretch without a plain line: on a page with text, the picture."""
    changes = np.flatnonzero(np.diff(np.concatenate(([True], plain, [True])).astype(np.int8)))
    if not len(changes):
        return 0, len(plain)
    begins, ends = changes[::2], changes[1::2]
    longest = int(np.argmax(ends - begins))
    return int(begins[longest]), int(ends[longest])


def _window() -> Numbers:
    """Return the weight of each place, 0 to 64: a disc that fades out at its edge."""
    places = [(2 * place + 1) / _SIDE - 1 for place in range(_SIDE)]
    shares = [[(_EMPTY - hypot(x, y)) / (_EMPTY - _SOLID) for x in places] for y in places]
    return np.array([[round(64 * min(1, max(0, share))) for share in row] for row in shares])


def _cosines() -> Numbers:
    angles = np.outer(_FREQUENCIES, 2 * np.arange(_SIDE) + 1) * np.pi / (2 * _SIDE)
    found: Numbers = np.rint(_SCALE * np.cos(angles)).astype(np.int64)
    return found


_WINDOW: Final = _window()
_COSINES: Final = _cosines()


def _coefficients(squares: NDArray[np.uint8]) -> Numbers:
    """Return the coefficients of each square, eight rows of eight."""
    weighed = _WINDOW * squares.astype(np.int64)
    centred = weighed * _WINDOW.sum() - _WINDOW * weighed.sum((1, 2), keepdims=True)
    found: Numbers = _COSINES @ centred @ _COSINES.T
    return found
