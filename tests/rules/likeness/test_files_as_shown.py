"""Files as browsers show them: formats, damage, animations, depth and profiles (AI-30 to AI-33)."""

from __future__ import annotations

import logging
import struct
import warnings
from dataclasses import replace
from io import BytesIO
from typing import Any
from zlib import compress, crc32

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from operators.likeness.avif_cost import UnusualAvifError, coded_pixels
from operators.likeness.perceptual_hash import hash_picture, likeness, max_differing_bits
from operators.likeness.shown_frame import FRAMES_AT_MOST
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from schemas.malformed import Malformed, Reason
from tests.support.picture_files import FORMS, chunk, claiming, file_of, picture, scanned

SECTION = AvatarImpersonationPolicy()
ALIKE = max_differing_bits(SECTION.threshold)
SHOWN = file_of(picture())
HEAD_OF_PNG = 33  # signature and IHDR
ANIMATED = ["PNG", "GIF", "WEBP"]


def bits(one: bytes, other: bytes = SHOWN) -> int:
    found = likeness(hash_picture(one, SECTION), hash_picture(other, SECTION))
    assert found is not None
    return found.differing_bits


def with_chunks(*chunks: bytes) -> bytes:
    return b"".join((SHOWN[:HEAD_OF_PNG], *chunks, SHOWN[HEAD_OF_PNG:]))


def with_wrong_checksum(name: bytes, body: bytes = b"anything") -> bytes:
    return chunk(name, body)[:-4] + bytes(4)


def moving(form: str, *frames: tuple[int, int], loop: int = 0, **options: Any) -> bytes:
    """An animation of pictures by seed, each for some milliseconds."""
    first, *others = (picture(seed) for seed, _ in frames)
    shown = {"duration": [ms for _, ms in frames], "save_all": True, "append_images": others, "lossless": True}
    return file_of(first, form, loop=loop, **shown, **options)


def profile(curve: list[int]) -> bytes:
    """A profile in which each primary colour has another curve than in sRGB."""
    body = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = int.from_bytes(body[128:132])
    new = b"curv" + bytes(4) + struct.pack(f">I{len(curve)}H", len(curve), *curve)
    for at in range(132, 132 + 12 * tags, 12):
        if body[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            body[at + 4 : at + 12] = struct.pack(">II", len(body), len(new))
    body += new
    body[:4] = len(body).to_bytes(4)
    return bytes(body)


@pytest.mark.parametrize("form", FORMS)
def test_every_format_of_browsers_is_hashed__ai_30(form: str) -> None:
    assert bits(file_of(picture(), form)) <= 4


@pytest.mark.parametrize("form", ["TIFF", "ICO", "JPEG2000", "PPM", "TGA"])
def test_other_formats_are_refused__ai_30(form: str) -> None:
    with pytest.raises(Malformed) as caught:
        hash_picture(file_of(picture(), form), SECTION)
    assert caught.value.reason is Reason.BAD_IMAGE


@pytest.mark.parametrize("image", [Image.new("L", (90, 70), 9), picture(), picture().convert("RGBA")])
def test_the_size_of_coded_frames_is_that_of_the_picture__ai_30(image: Image.Image) -> None:
    file = file_of(image, "AVIF")
    layers = 2 if image.mode == "RGBA" and b"auxl" in file else 1
    assert 90 * 70 * layers <= coded_pixels(file) <= 128 * 128 * layers


@pytest.mark.parametrize("brand", [b"avif", b"avis", b"mif1", b"msf1"])
def test_an_avif_whose_head_claims_less_than_it_has_is_too_large__ai_30_ai_e14_ai_e27(
    brand: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Any) -> None:
        raise AssertionError("pixels are decoded")

    file = bytearray(file_of(picture(size=(900, 600)), "AVIF", speed=10))
    at = file.index(b"ispe") + 8
    file[at : at + 8] = struct.pack(">II", 90, 70)
    file[8:12] = brand
    monkeypatch.setattr(ImageFile.ImageFile, "load", refused)
    with pytest.raises(Malformed) as caught:
        hash_picture(bytes(file), replace(SECTION, max_image_pixels=90 * 70))
    assert caught.value.reason is Reason.IMAGE_TOO_LARGE


def test_the_layers_of_an_item_count_each__ai_30() -> None:
    file = file_of(picture(), "AVIF")
    media = file.index(b"mdat") + 4
    frame = b"\x32\x00"  # a coded frame of no bytes, for the walk over the units alone
    at = file.index(b"iloc") + 4
    length = int.from_bytes(file[at + 18 : at + 22])
    assert length == len(file) - media
    longer = file[: at + 18] + (length + 6).to_bytes(4) + file[at + 22 :] + frame * 3
    assert coded_pixels(longer) == 4 * coded_pixels(file)


@pytest.mark.parametrize("cut", [b"iloc", b"iinf", b"meta", b"mdat"])
def test_an_avif_without_one_of_its_parts_is_refused__ai_30(cut: bytes) -> None:
    file = file_of(picture(), "AVIF")
    with pytest.raises(UnusualAvifError):
        coded_pixels(file[: file.index(cut) - 4])


def test_a_jpeg_without_its_end_is_hashed__ai_31() -> None:
    file = file_of(picture(), "JPEG")
    assert bits(file[:-2]) <= 2
    assert bits(file[: -len(file) // 50]) <= 6


@pytest.mark.parametrize("less", range(2, 60, 3))
def test_a_progressive_jpeg_is_hashed_up_to_where_it_is_cut_off__ai_31(less: int) -> None:
    file = scanned(1)
    begin = file.rindex(b"\xff\xc4") + less // 3  # also within the tables between two scans
    assert bits(file[:begin]) <= 6
    assert bits(file[:-less]) <= 6


def test_half_a_jpeg_is_what_can_be_seen_of_it__ai_31() -> None:
    large = file_of(picture(size=(400, 400)), "JPEG")
    assert hash_picture(large[: len(large) // 2], SECTION).quality


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(chunk(b"tEXt", b"k\0" + b"x" * 3_000_000), id="a long text"),
        pytest.param(chunk(b"zTXt", b"k\0\0" + compress(bytes(3_000_000), 9)), id="a text that is longer unpacked"),
        pytest.param(chunk(b"iTXt", b"k\0\1\0\0\0" + compress(bytes(3_000_000), 9)), id="the same in Unicode"),
        pytest.param(chunk(b"iCCP", b"k\0\0" + compress(bytes(3_000_000), 9)), id="a profile like that"),
        pytest.param(chunk(b"iCCP", b"k\0\0" + b"no stream"), id="a profile that cannot be unpacked"),
        *(
            pytest.param(with_wrong_checksum(name), id=f"a wrong checksum of {name.decode()}")
            for name in (b"tEXt", b"gAMA", b"eXIf", b"iCCP", b"tRNS", b"acTL", b"pHYs", b"abCd")
        ),
        pytest.param(chunk(b"prVt", b"x") * 100, id="chunks that nobody knows"),
    ],
)
def test_a_png_is_hashed_whatever_else_is_in_it__ai_31(extra: bytes) -> None:
    assert bits(with_chunks(extra)) == 0


@pytest.mark.parametrize("form", ANIMATED)
def test_the_frame_shown_longest_counts__ai_32_ai_e25(form: str) -> None:
    assert bits(moving(form, (2, 20), (1, 400), (3, 300))) <= 4
    assert bits(moving(form, (2, 400), (1, 200), (3, 300)), file_of(picture(2))) <= 4


@pytest.mark.parametrize("form", ANIMATED)
def test_of_several_shown_as_long_the_first_counts__ai_32(form: str) -> None:
    assert bits(moving(form, (1, 300), (2, 300), (3, 300))) <= 4


@pytest.mark.parametrize("form", ANIMATED)
def test_a_frame_of_no_time_is_shown_for_a_tenth_of_a_second__ai_32(form: str) -> None:
    assert bits(moving(form, (1, 10), (2, 90), (3, 80))) <= 4
    assert bits(moving(form, (1, 10), (2, 110), (3, 80)), file_of(picture(2))) <= 4


@pytest.mark.parametrize("form", ANIMATED)
def test_an_animation_that_stops_is_seen_as_it_stops__ai_32(form: str) -> None:
    assert bits(moving(form, (2, 300), (3, 400), (1, 100), loop=1)) <= 4
    assert bits(moving(form, (2, 30_000), (1, 30_000), (3, 20), loop=1), file_of(picture(2))) <= 4


@pytest.mark.parametrize("form", ANIMATED)
def test_an_animation_of_as_many_frames_as_are_looked_at_has_a_last_one__ai_32(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operators.likeness.shown_frame.FRAMES_AT_MOST", 3)
    assert bits(moving(form, (2, 300), (3, 400), (1, 100), loop=1)) <= 4


def test_the_picture_for_those_who_show_no_animation_is_no_frame__ai_32() -> None:
    assert bits(moving("PNG", (2, 5_000), (1, 100), (3, 90), default_image=True)) <= 4


def test_an_animation_that_breaks_off_counts_up_to_there__ai_32() -> None:
    file = moving("GIF", (2, 100), (1, 200), (3, 300))
    assert bits(file[: -len(file) // 8]) <= 4


@pytest.mark.parametrize("form", ANIMATED)
def test_frames_beyond_the_bound_are_not_looked_at__ai_32(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operators.likeness.shown_frame.FRAMES_AT_MOST", 2)
    assert FRAMES_AT_MOST > 2
    assert bits(moving(form, (2, 100), (1, 200), (3, 900))) <= 4


@pytest.mark.parametrize("form", ANIMATED)
def test_large_frames_are_bounded_by_their_pixels_together__ai_32(form: str) -> None:
    two = hash_picture(moving(form, (2, 100), (1, 200), (3, 900)), replace(SECTION, max_image_pixels=2 * 90 * 70 + 1))
    found = likeness(two, hash_picture(SHOWN, SECTION))
    assert found is not None
    assert found.differing_bits <= 4


def test_a_moving_avif_is_hashed_as_its_still_picture__ai_32() -> None:
    assert bits(file_of(picture(), "AVIF", save_all=True, append_images=[picture(2)] * 2, duration=[20, 900, 900])) <= 4


def test_a_grey_picture_of_16_bits_is_hashed_as_its_twin_of_8__ai_33() -> None:
    grey = picture().convert("L")
    deep = file_of(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257))
    assert hash_picture(deep, SECTION) == hash_picture(file_of(grey), SECTION)


def test_the_transparent_value_of_16_bits_is_white__ai_33() -> None:
    values = np.asarray(picture().convert("L")).astype(np.uint16) * 257
    values[:, :30] = 4_000
    file = file_of(Image.fromarray(values))
    noted = file[:HEAD_OF_PNG] + chunk(b"tRNS", (4_000).to_bytes(2)) + file[HEAD_OF_PNG:]
    seen = picture().convert("L")
    seen.paste(255, (0, 0, 30, 70))
    assert bits(noted, file_of(seen)) <= 2


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_profile_decides_how_a_picture_looks__ai_33_ai_e26(form: str) -> None:
    negative = picture().point(lambda value: 255 - value)
    turned = profile([65_535 - 257 * value for value in range(256)])
    assert bits(file_of(negative, form, icc_profile=turned, quality=95)) <= 8
    assert bits(file_of(negative, form, quality=95)) > 20


def test_a_large_picture_with_a_profile_keeps_its_likeness__ai_33() -> None:
    plain = picture(size=(1_400, 1_000))
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert bits(file_of(plain, "JPEG", icc_profile=usual), file_of(plain)) <= 4
    assert bits(file_of(plain.convert("RGBA"), "PNG", icc_profile=usual), file_of(plain)) <= 4


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("embedded", [b"no profile", profile([])[:200], profile([])])
def test_a_profile_that_does_not_fit_is_ignored__ai_33(mode: str, embedded: bytes) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    image = picture().convert(mode)
    assert bits(file_of(image, form, icc_profile=embedded), file_of(image, form)) <= ALIKE


def test_an_orientation_in_xmp_is_ignored_as_viewers_do__ai_33() -> None:
    note = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'
    for form in ("JPEG", "WEBP"):
        assert bits(file_of(picture(), form, xmp=note)) <= 4


@pytest.mark.filterwarnings("default")
def test_no_library_warns_of_a_file__ai_30(caplog: pytest.LogCaptureFixture) -> None:
    broken = Image.Exif()
    broken[0x0112] = 1
    notes = bytearray(broken.tobytes())
    notes[-10:] = b"\xff" * 10
    palette = picture().convert("P")
    files = [
        with_chunks(chunk(b"acTL", struct.pack(">II", 0, 0))),
        file_of(picture(), "JPEG", exif=bytes(notes)),
        file_of(palette, transparency=bytes(range(256))),
        claiming("PNG", 10_000, 12_000),
    ]
    with warnings.catch_warnings(record=True) as heard, caplog.at_level(logging.INFO):
        for file in files:
            try:
                hash_picture(file, SECTION)
            except Malformed as fault:
                assert fault.reason is Reason.IMAGE_TOO_LARGE  # noqa: PT017 - only the last one
    assert not heard
    assert not caplog.records


def test_the_checksum_of_the_helper_is_that_of_png() -> None:
    assert chunk(b"tEXt", b"a")[-4:] == crc32(b"tEXta").to_bytes(4)
    assert Image.open(BytesIO(with_chunks(chunk(b"tEXt", b"k\0v")))).size == picture().size
