"""Generated avatars that are no photographs, of five kinds, from a random source."""

from __future__ import annotations

from math import cos, pi, sin
from string import ascii_uppercase
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    Colour = tuple[int, int, int]

SIDE: Final = 240
GRADIENTS: Final = "gradients"
_CELLS: Final = 5  # of an identicon, across
_SKIN: Final = ((255, 224, 189), (241, 194, 125), (198, 134, 66), (141, 85, 36), (255, 205, 60))
_DARK: Final = (40, 30, 30)


def initials(chance: random.Random) -> Image.Image:
    """Return two letters on a coloured background, as platforms draw them for a name."""
    image = Image.new("RGB", (SIDE, SIDE), _colour(chance, 40, 190))
    letters = "".join(chance.choices(ascii_uppercase, k=2))
    font = ImageFont.load_default(110)
    ImageDraw.Draw(image).text((SIDE / 2, SIDE / 2), letters, "white", font, anchor="mm")
    return image


def cartoon(chance: random.Random) -> Image.Image:
    """Return a face of simple shapes: hair, eyes, a mouth."""
    image = Image.new("RGB", (SIDE, SIDE), _colour(chance, 90, 255))
    pen, middle = ImageDraw.Draw(image), SIDE / 2 + chance.randint(-12, 12)
    wide, high, top = chance.randint(60, 85), chance.randint(80, 105), chance.randint(40, 60)
    pen.rectangle((middle - wide - 20, top + high * 1.6, middle + wide + 20, SIDE), _colour(chance, 0, 255))
    pen.ellipse(
        (middle - wide - 12, top - 22, middle + wide + 12, top + high * chance.uniform(0.9, 1.9)), _hair(chance)
    )
    pen.ellipse((middle - wide, top, middle + wide, top + 2 * high * 0.9), chance.choice(_SKIN))
    apart, size, eyes = wide * chance.uniform(0.3, 0.55), chance.randint(6, 13), top + high * chance.uniform(0.7, 0.9)
    for x in (middle - apart, middle + apart):
        pen.ellipse((x - size, eyes - size, x + size, eyes + size), _DARK)
    mouth, smile = top + high * chance.uniform(1.1, 1.35), chance.randint(15, 40)
    pen.chord((middle - smile, mouth - 15, middle + smile, mouth + 20), 0, 180, _colour(chance, 60, 200))
    return image


def identicon(chance: random.Random) -> Image.Image:
    """Return a symmetric pattern of cells, as software draws them for a hash."""
    half = [chance.choices((False, True), k=_CELLS // 2 + 1) for _ in range(_CELLS)]
    cells = np.array([[*row, *row[-2::-1]] for row in half])
    pixels = np.where(cells[:, :, None], _colour(chance, 0, 200), (240, 240, 240)).astype(np.uint8)
    image = Image.new("RGB", (SIDE, SIDE), (240, 240, 240))
    image.paste(Image.fromarray(pixels).resize((SIDE - 40, SIDE - 40), Image.Resampling.NEAREST), (20, 20))
    return image


def logo(chance: random.Random) -> Image.Image:
    """Return a few plain shapes on white."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(image)
    for _ in range(chance.randint(2, 4)):
        x, y, size = chance.randint(50, SIDE - 50), chance.randint(50, SIDE - 50), chance.randint(25, 75)
        box = (x - size, y - size, x + size, y + size)
        match chance.choice(("disc", "ring", "bar", "polygon")):
            case "disc":
                pen.ellipse(box, _colour(chance, 0, 210))
            case "ring":
                pen.ellipse(box, None, _colour(chance, 0, 210), 14)
            case "bar":
                pen.rectangle((x - size, y - 14, x + size, y + 14), _colour(chance, 0, 210))
            case _:
                pen.polygon(_corners(chance, x, y, size), _colour(chance, 0, 210))
    return image


def gradient(chance: random.Random) -> Image.Image:
    """Return a gradient between two colours, in a random direction."""
    angle, (one, other) = chance.uniform(0, 2 * pi), (np.array(_colour(chance, 0, 255)) for _ in range(2))
    across, down = np.meshgrid(np.linspace(-0.5, 0.5, SIDE), np.linspace(-0.5, 0.5, SIDE))
    share = np.clip(cos(angle) * across + sin(angle) * down + 0.5, 0, 1)[:, :, None]
    return Image.fromarray((one * share + other * (1 - share)).astype(np.uint8))


KINDS: Final[Mapping[str, Callable[[random.Random], Image.Image]]] = {
    "initials": initials,
    "cartoons": cartoon,
    "identicons": identicon,
    "logos": logo,
    GRADIENTS: gradient,
}


def _colour(chance: random.Random, least: int, most: int) -> Colour:
    return chance.randint(least, most), chance.randint(least, most), chance.randint(least, most)


def _hair(chance: random.Random) -> Colour:
    return chance.choice((_DARK, (92, 51, 23), (230, 190, 90), (150, 150, 150), (170, 60, 30)))


def _corners(chance: random.Random, x: int, y: int, size: int) -> list[tuple[float, float]]:
    corners, turn = chance.randint(3, 6), chance.uniform(0, pi)
    angles = (turn + 2 * pi * corner / corners for corner in range(corners))
    return [(x + size * cos(angle), y + size * sin(angle)) for angle in angles]
