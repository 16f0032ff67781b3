"""Decoding of image files: limits, refusals, transparency, orientation (AI-12, AI-E11, AI-E13, AI-E14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from operators.likeness.perceptual_hash import hash_picture, likeness
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from schemas.malformed import Malformed, Reason
from tests.support.picture_files import FORMS, broken, claiming, file_of, picture, scanned

SECTION = AvatarImpersonationPolicy()
LARGEST = {"PNG": 2**31 - 1, "JPEG": 65_500, "GIF": 65_535, "BMP": 2**31 - 1, "WEBP": 16_383, "AVIF": 16_000}


def refusal(image: bytes, section: AvatarImpersonationPolicy = SECTION) -> Reason:
    with pytest.raises(Malformed) as caught:
        hash_picture(image, section)
    return caught.value.reason


def bits(one: bytes, other: bytes) -> int:
    found = likeness(hash_picture(one, SECTION), hash_picture(other, SECTION))
    assert found is not None
    return found.differing_bits


def test_a_file_over_the_limit_is_too_large__ai_12() -> None:
    file = file_of(picture())
    assert refusal(file, replace(SECTION, max_image_bytes=len(file) - 1)) is Reason.IMAGE_TOO_LARGE
    assert hash_picture(file, replace(SECTION, max_image_bytes=len(file)))


def test_a_picture_over_the_limit_of_pixels_is_too_large__ai_12() -> None:
    file = file_of(picture(size=(90, 70)))
    assert refusal(file, replace(SECTION, max_image_pixels=90 * 70 - 1)) is Reason.IMAGE_TOO_LARGE
    assert hash_picture(file, replace(SECTION, max_image_pixels=90 * 70))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [1, 3], ids=["as large as the form allows", "a third of that"])
def test_a_bomb_is_too_large_before_its_pixels_are_decoded__ai_e14(
    form: str, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Any) -> None:
        raise AssertionError("pixels are decoded")

    bomb = claiming(form, LARGEST[form] // share, LARGEST[form] // share)
    monkeypatch.setattr(ImageFile.ImageFile, "load", refused)
    assert refusal(bomb) is Reason.IMAGE_TOO_LARGE


@pytest.mark.parametrize(("fault", "file"), [pytest.param(*each, id=each[0]) for each in broken()])
def test_a_file_that_is_not_a_whole_image_is_bad__ai_e13(fault: str, file: bytes) -> None:
    assert len(file) < SECTION.max_image_bytes, fault
    assert refusal(file) is Reason.BAD_IMAGE


@pytest.mark.parametrize("form", FORMS)
def test_an_image_of_one_pixel_has_quality_0__ai_13(form: str) -> None:
    assert hash_picture(file_of(Image.new("L", (1, 1), 77), form), SECTION).quality == 0


def test_a_jpeg_of_some_dozen_scans_is_accepted() -> None:
    assert bits(scanned(50), file_of(picture(), "JPEG")) <= 2


@pytest.mark.parametrize("size", [(65_536, 4), (4, 65_536), (1_000_000, 2)])
def test_a_long_strip_is_shortened_before_it_is_resized__ai_12(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    resize, seen = Image.Image.resize, []

    def watched(image: Image.Image, *args: Any, **options: Any) -> Image.Image:
        seen.append(max(image.size))
        return resize(image, *args, **options)

    monkeypatch.setattr(Image.Image, "resize", watched)
    hash_picture(file_of(Image.new("L", size)), SECTION)
    assert seen
    assert max(seen) <= 65_535


def test_a_shortened_strip_keeps_its_likeness__ai_9() -> None:
    strip = picture(size=(60, 40)).convert("L")
    short, long = (hash_picture(file_of(strip.resize((width, 40))), SECTION) for width in (6_000, 120_000))
    found = likeness(short, long)
    assert found is not None
    assert found.differing_bits <= 2


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_colours_of_transparent_pixels_are_ignored(mode: str) -> None:
    shown = Image.new("L", (80, 80), 255)
    shown.paste(picture(1, (80, 40)).convert("L"), (0, 0))
    hidden = picture(2, (80, 80)).convert("RGBA")
    hidden.paste(shown.crop((0, 0, 80, 40)), (0, 0))
    hidden.putalpha(Image.new("L", (80, 80), 255))
    hidden.paste((10, 200, 30, 0), (0, 40, 80, 80))
    assert bits(file_of(hidden.convert(mode)), file_of(shown)) <= 4


def test_a_picture_drawn_by_transparency_alone_is_visible() -> None:
    drawn = Image.new("RGBA", (80, 80), "black")
    drawn.putalpha(picture(1, (80, 80)).convert("L").point(lambda grey: 255 - grey))
    assert bits(file_of(drawn), file_of(picture(1, (80, 80)))) <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_is_turned_by_its_exif_orientation__ai_33(form: str, orientation: int) -> None:
    lying = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    notes = Image.Exif()
    notes[0x0112] = orientation
    upright = picture()
    stored = upright.transpose(lying[orientation]) if orientation in lying else upright
    one = hash_picture(file_of(stored, form, exif=notes, quality=100, lossless=True), SECTION)
    other = hash_picture(file_of(upright), SECTION)
    assert (int.from_bytes(one.phash) ^ int.from_bytes(other.phash)).bit_count() <= 4


def test_unreadable_exif_data_is_ignored() -> None:
    file = file_of(picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert bits(file, file_of(picture(), "JPEG")) == 0


@given(st.binary(max_size=60), st.integers(0, 400))
def test_any_bytes_are_either_hashed_or_refused(noise: bytes, at: int) -> None:
    file = bytearray(file_of(picture(size=(20, 20))))
    file[at : at + len(noise)] = noise
    try:
        assert len(hash_picture(bytes(file), SECTION).phash) == 8
    except Malformed as fault:
        assert fault.reason in (Reason.BAD_IMAGE, Reason.IMAGE_TOO_LARGE)  # noqa: PT017 - either may happen
