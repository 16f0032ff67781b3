"""The frame of an animation that people see: the one shown longest, within a bound (AI-32)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

FRAMES_AT_MOST: Final = 250
"""Frames that are looked at, of an animation with small frames; the policy's pixels bound those of large ones."""
_ANIMATED: Final = ("GIF", "PNG", "WEBP")
"""Formats with frames. Several pictures in one JPEG are no animation, and browsers show the first."""
_SHORTEST_MS: Final = 10
_USUAL_MS: Final = 100  # how long browsers show a frame that asks for less than they allow
_SETTLED_MS: Final = 60_000
"""An animation that has stopped by then is seen as it stops, with its last frame."""


def shown_frame(opened: Image.Image, most_pixels: int, check: Callable[[Image.Image], None]) -> Image.Image:
    """Return the picture itself, or of an animation the frame shown longest, the first of several.

    `check` raises for a frame that is too large: in a GIF a later one can be larger. A frame that cannot be read ends
    the animation, unless it is the first.
    """
    if opened.format not in _ANIMATED or not getattr(opened, "is_animated", False):
        return opened
    first = int(getattr(opened, "default_image", False))  # of a PNG: a picture for those who show no animations
    best, longest_ms, total_ms = opened, -1.0, 0.0
    beyond = first + _frame_count(opened, most_pixels)
    for number in range(first, beyond + 1):
        try:
            opened.seek(number)
            if number == beyond:
                return best
            check(opened)
            opened.load()
        except EOFError:  # the file is at its last frame again
            return opened if _stops(opened, total_ms) else best
        except Exception as fault:
            if number == first or isinstance(fault, Malformed):
                raise
            return best
        shown_ms = _shown_ms(opened)
        total_ms += shown_ms
        if shown_ms > longest_ms:
            best, longest_ms = opened.copy(), shown_ms
    return best


def _frame_count(opened: Image.Image, most_pixels: int) -> int:
    return min(FRAMES_AT_MOST, max(1, most_pixels // (opened.width * opened.height)))


def _shown_ms(opened: Image.Image) -> float:
    asked: float = opened.info.get("duration", 0)
    return asked if asked > _SHORTEST_MS else _USUAL_MS


def _stops(opened: Image.Image, total_ms: float) -> bool:
    plays: int = opened.info.get("loop", 1)  # 0: without end
    return 0 < plays * total_ms <= _SETTLED_MS
