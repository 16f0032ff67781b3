"""Files of pictures: whole ones of every form, and such as nobody's camera makes."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING
from zlib import compress, crc32

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "AVIF")


def picture(seed: int = 1, size: tuple[int, int] = (90, 70)) -> Image.Image:
    blobs = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(blobs).resize(size, Image.Resampling.BICUBIC)


def file_of(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def claiming(form: str, width: int, height: int) -> bytes:
    """A small picture's file, whose head claims a size."""
    file = bytearray(file_of(picture(size=(16, 16)).convert("L"), form))
    match form:
        case "PNG":
            return png(width, height)
        case "JPEG":
            at, size = file.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width)
        case "GIF":
            at, size = 6, struct.pack("<HH", width, height)
        case "AVIF":
            at, size = file.index(b"ispe") + 8, struct.pack(">II", width, height)
        case "BMP":
            at, size = 18, struct.pack("<ii", width, height)
        case _:
            at, size = file.index(b"\x9d\x01\x2a") + 3, struct.pack("<HH", width, height)
    file[at : at + len(size)] = size
    return bytes(file)


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    head = struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            *chunks,
            chunk(b"IDAT", compress(pixels)),
            chunk(b"IEND", b""),
        )
    )


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + crc32(name + body).to_bytes(4, "big")


def scanned(times: int) -> bytes:
    """A JPEG that passes so many times more over its pixels, for a few bytes each."""
    file = file_of(picture(), "JPEG", progressive=True)
    scan = file[file.rindex(b"\xff\xda") : -2]
    return file[:-2] + scan * times + file[-2:]


def broken() -> Iterator[tuple[str, bytes]]:
    """Files that are no whole picture, and what is wrong with each."""
    for form in FORMS:
        file = file_of(picture(), form)
        yield f"{form}: nothing but its head", file[:12]
        if form != "JPEG":
            yield f"{form}: the first half", file[: len(file) // 2]
        yield f"{form}: another one's body", file[:12] + file_of(picture(), "PNG" if form != "PNG" else "JPEG")[12:]
    for form in ("PNG", "JPEG", "BMP", "WEBP", "AVIF"):
        yield f"{form}: noise after the head", file_of(picture(), form)[:12] + np.random.default_rng(1).bytes(5_000)
        yield f"{form}: no pixels at all", claiming(form, 0, 0)
        yield f"{form}: no height", claiming(form, 9, 0)
    yield "no bytes", b""
    yield "zeros", bytes(1_000)
    yield "a text", b"no picture"
    yield "a form that nobody needs", file_of(picture(), "TIFF")
    yield "a picture that never ends", scanned(10_000)
