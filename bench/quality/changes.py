"""Image transformations that turn a picture into a copy: compression, scaling, cropping, colours, overlays."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

USUAL: Final = 85
"""Quality of the resulting JPEG, unless the quality is what changes."""
_OPAQUE: Final = 255
_SEED: Final = 5


def as_file(image: Image.Image, form: str = "JPEG", quality: int = USUAL) -> bytes:
    """Return a picture as a file."""
    out = BytesIO()
    image.save(out, form, quality=quality)
    return out.getvalue()


def resize(image: Image.Image, side: int) -> Image.Image:
    """Return a picture scaled to a longer side of `side` pixels."""
    return ImageOps.contain(image, (side, side))


def crop(image: Image.Image, share: float) -> Image.Image:
    """Return a picture with a share cut off on each side."""
    return ImageOps.crop(image, round(min(image.size) * share))


def crop_corner(image: Image.Image, share: float) -> Image.Image:
    """Return a picture with a share cut off on the left and at the top."""
    return image.crop((round(image.width * share), round(image.height * share), image.width, image.height))


def crop_side(image: Image.Image, share: float) -> Image.Image:
    """Return a picture with a share cut off on the right."""
    return image.crop((0, 0, round(image.width * (1 - share)), image.height))


def add_frame(image: Image.Image, share: float, colour: str = "white") -> Image.Image:
    """Return a picture with a frame of a share of its size."""
    return ImageOps.expand(image, round(min(image.size) * share), colour)


def letterbox(image: Image.Image) -> Image.Image:
    """Return a picture between two black bars, each a quarter as high as the picture."""
    return ImageOps.expand(image, (0, image.height // 4), "black")


def pillarbox(image: Image.Image) -> Image.Image:
    """Return a picture between two black bars on its sides, each a quarter as wide as the picture."""
    return ImageOps.expand(image, (image.width // 4, 0), "black")


def blurred_bars(image: Image.Image) -> Image.Image:
    """Return a picture between two bars that show it blurred."""
    copy = image.resize((image.width * 3 // 2, image.height)).filter(ImageFilter.GaussianBlur(max(image.size) / 12))
    copy.paste(image, (image.width // 4, 0))
    return copy


def circle(image: Image.Image, colour: str = "black") -> Image.Image:
    """Return the ellipse that fits into a picture, on a colour."""
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((0, 0, *image.size), _OPAQUE)
    return Image.composite(image, Image.new("RGB", image.size, colour), mask)


def round_corners(image: Image.Image) -> Image.Image:
    """Return a picture with round corners, on white."""
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *image.size), min(image.size) // 5, _OPAQUE)
    return Image.composite(image, Image.new("RGB", image.size, "white"), mask)


def vignette(image: Image.Image) -> Image.Image:
    """Return a picture that grows darker towards its edges, by up to seven tenths."""
    shade = Image.radial_gradient("L").resize(image.size).point(lambda dark: dark * 7 // 10)
    return Image.composite(Image.new("RGB", image.size), image, shade)


def screenshot(image: Image.Image) -> Image.Image:
    """Return a picture as a telephone shows it on a profile's page: under a bar, above some lines of text."""
    page = Image.new("RGB", (image.width * 8 // 5, image.width * 14 // 5), "white")
    left, top, line = image.width * 3 // 10, image.width // 2, image.width // 12
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, page.width, image.width // 5), "navy")
    for row in range(4):
        below = top + image.height + (2 * row + 1) * line
        pen.rectangle((left, below, left + image.width - row * line, below + line), "grey")
    page.paste(image, (left, top))
    return page


def rotate(image: Image.Image, degrees: float) -> Image.Image:
    """Return a picture rotated a little, and cropped so that no corner is empty."""
    return crop(image.rotate(degrees, Image.Resampling.BICUBIC), 0.06)


def add_bar(image: Image.Image) -> Image.Image:
    """Return a picture with a bar over its lowest seventh."""
    copy = image.copy()
    ImageDraw.Draw(copy).rectangle((0, image.height * 6 // 7, image.width, image.height), "black")
    return copy


def add_sticker(image: Image.Image) -> Image.Image:
    """Return a picture with a disc in a corner, a quarter as wide as the picture."""
    copy, side = image.copy(), min(image.size) // 4
    ImageDraw.Draw(copy).ellipse((image.width - side, image.height - side, image.width, image.height), "red")
    return copy


def add_caption(image: Image.Image) -> Image.Image:
    """Return a picture with white letters above its lower edge."""
    copy, font = image.copy(), ImageFont.load_default(max(10, image.width // 9))
    place = (image.width / 2, image.height * 0.88)
    ImageDraw.Draw(copy).text(place, "Hello friends", "white", font, anchor="mm", stroke_width=2, stroke_fill="black")
    return copy


def add_noise(image: Image.Image) -> Image.Image:
    """Return a picture with the noise of a bad camera."""
    noise = np.random.default_rng(_SEED).normal(0, 12, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, _OPAQUE).astype(np.uint8))


def tint(image: Image.Image) -> Image.Image:
    """Return a picture with a warm tint."""
    red, green, blue = image.split()
    return Image.merge("RGB", (red.point(lambda v: min(255, v + 25)), green, blue.point(lambda v: v * 3 // 4)))


def invert_hue(image: Image.Image) -> Image.Image:
    """Return a picture with every hue rotated by 180 degrees, at the same value in HSV."""
    hue, saturation, value = image.convert("HSV").split()
    return Image.merge("HSV", (hue.point(lambda v: (v + 128) % 256), saturation, value)).convert("RGB")


def _save(change: Callable[[Image.Image], Image.Image], image: Image.Image) -> bytes:
    return as_file(change(image))


CHANGES: Final[Mapping[str, Callable[[Image.Image], bytes]]] = {
    **{f"JPEG of quality {quality}": partial(as_file, quality=quality) for quality in (30, 10)},
    **{
        name: partial(_save, change)
        for name, change in {
            "64 pixels": lambda image: resize(image, 64),
            "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(max(image.size) / 100)),
            "warmer": tint,
            "other colours": invert_hue,
            "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
            "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.5),
            "mirrored": ImageOps.mirror,
            "2 % cut off": lambda image: crop(image, 0.02),
            "5 % cut off": lambda image: crop(image, 0.05),
            "10 % cut off": lambda image: crop(image, 0.10),
            "15 % cut off": lambda image: crop(image, 0.15),
            "10 % cut off, mirrored": lambda image: ImageOps.mirror(crop(image, 0.10)),
            "10 % cut off in a corner": lambda image: crop_corner(image, 0.10),
            "10 % cut off on a side": lambda image: crop_side(image, 0.10),
            "cut to a square": lambda image: ImageOps.fit(image, (min(image.size),) * 2),
            "frame of 5 %": lambda image: add_frame(image, 0.05),
            "frame of 10 %": lambda image: add_frame(image, 0.10),
            "black frame of 5 %": lambda image: add_frame(image, 0.05, "black"),
            "blue frame of 15 %": lambda image: add_frame(image, 0.15, "steelblue"),
            "letterbox": letterbox,
            "bars on the sides": pillarbox,
            "blurred bars": blurred_bars,
            "circle on black": circle,
            "circle on white": lambda image: circle(image, "white"),
            "round corners": round_corners,
            "dark edges": vignette,
            "screenshot": screenshot,
            "turned by 2 degrees": lambda image: rotate(image, -2),
            "turned by 3 degrees": lambda image: rotate(image, 3),
            "turned by 5 degrees": lambda image: rotate(image, 5),
            "bar of a seventh": add_bar,
            "sticker": add_sticker,
            "caption": add_caption,
            "noise": add_noise,
            "sharper": lambda image: image.filter(ImageFilter.SHARPEN),
            "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.6),
            "a tenth wider": lambda image: image.resize((image.width * 11 // 10, image.height)),
        }.items()
    },
}

BEYOND: Final[Mapping[str, Callable[[Image.Image], bytes]]] = {
    name: partial(_save, change)
    for name, change in {
        "turned by 10 degrees": lambda image: rotate(image, 10),
        "a quarter turn": lambda image: image.transpose(Image.Transpose.ROTATE_90),
        "20 % cut off": lambda image: crop(image, 0.20),
        "15 % cut off in a corner": lambda image: crop_corner(image, 0.15),
        "25 % cut off on a side": lambda image: crop_side(image, 0.25),
        "10 % cut off, frame of 10 %": lambda image: add_frame(crop(image, 0.10), 0.10),
        "10 % cut off, caption": lambda image: add_caption(crop(image, 0.10)),
        "10 % cut off, turned by 3 degrees": lambda image: rotate(crop(image, 0.10), 3),
    }.items()
}
"""Larger changes, and two at once, which nothing was made to find."""

TREATMENTS: Final[Mapping[str, Callable[[Image.Image], bytes]]] = {
    name: partial(_save, change)
    for name, change in {
        "frame of 10 %": lambda image: add_frame(image, 0.10),
        "black frame of 5 %": lambda image: add_frame(image, 0.05, "black"),
        "letterbox": letterbox,
        "bars on the sides": pillarbox,
        "circle on black": circle,
        "circle on white": lambda image: circle(image, "white"),
        "round corners": round_corners,
        "vignette": vignette,
        "bar of a seventh": add_bar,
        "screenshot": screenshot,
    }.items()
}
"""What platforms and apps do to every picture, so that different ones have something in common."""
