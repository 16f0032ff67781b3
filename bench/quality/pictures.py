"""Public test pictures: those that scikit-image ships, and generated drawings.

Photographs are cut into quarters, which show different things. The portraits are a hundred of Labeled Faces in the
Wild, of 25 pixels each way, enlarged: all different photographs, nearly all of different people.
"""

from __future__ import annotations

import random
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps

from bench.job.traffic import SEED
from bench.quality.drawings import KINDS, SIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

PHOTOGRAPHS: Final = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "motorcycle_left.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)
PORTRAITS: Final = 100
_WHITE: Final = 255


def quarters(number: int) -> Iterator[Image.Image]:
    """Yield the quarters of the first photographs."""
    for name in PHOTOGRAPHS[:number]:
        with (files("skimage") / "data" / name).open("rb") as file, Image.open(file) as opened:
            whole = opened.convert("RGB")
        width, height = whole.width // 2, whole.height // 2
        for left, top in ((0, 0), (width, 0), (0, height), (width, height)):
            yield whole.crop((left, top, left + width, top + height))


def portraits(number: int) -> Iterator[Image.Image]:
    """Yield the first portraits; after the faces the file has pictures of something else."""
    with (files("skimage") / "data" / "lfw_subset.npy").open("rb") as file:
        faces = np.load(file)[: min(number, PORTRAITS)]
    for face in faces:
        grey = Image.fromarray((face * _WHITE).astype(np.uint8)).convert("RGB")
        yield grey.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def drawings(number: int) -> Iterator[tuple[str, Image.Image]]:
    """Yield `number` drawings of each kind, with the kind."""
    chance = random.Random(SEED)
    for kind, drawn in KINDS.items():
        yield from ((kind, drawn(chance)) for _ in range(number))


def in_folder(folder: str) -> Iterator[tuple[str, Image.Image]]:
    """Yield the pictures of each folder in a folder, with the folder's name, in the order of their names."""
    for path in sorted(Path(folder).glob("*/*")):
        with Image.open(path) as opened:
            picture = opened.convert("RGBA")
        on_white = Image.new("RGBA", picture.size, "white")
        on_white.alpha_composite(picture)
        yield path.parent.name, ImageOps.contain(on_white.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
