"""How alike are pictures, and which are taken at all? AI-9 to AI-13, AI-17."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from typing import Any
from zlib import compress, crc32

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from operators.picture import ALGORITHM, Likeness, hashed, is_low_information, likeness, supplied
from operators.policy_avatar import AvatarImpersonationPolicy, HashKind
from schemas.malformed import Malformed, Reason
from schemas.records import PictureHashes

SECTION = AvatarImpersonationPolicy()
H0, H7, H8, H10, H11 = map(
    bytes.fromhex,
    ("f0f0f0f0f0f0f0f0", "f0f0f0f0f0f0f08f", "f0f0f0f0f0f0f00f", "f0f0f0f0f0f0f30f", "f0f0f0f0f0f0f70f"),
)
EIGHT_BYTES = st.binary(min_size=8, max_size=8)


def picture(seed: int = 1, size: tuple[int, int] = (90, 70)) -> Image.Image:
    blobs = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(blobs).resize(size, Image.Resampling.BICUBIC)


def file_of(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def refusal(image: bytes, section: AvatarImpersonationPolicy = SECTION) -> Reason:
    with pytest.raises(Malformed) as caught:
        hashed(image, section)
    return caught.value.reason


@pytest.mark.parametrize(
    ("other", "bits", "share"),
    [
        (H0, 0, Fraction(1)),
        (H7, 7, Fraction("0.890625")),
        (H8, 8, Fraction("0.875")),
        (H10, 10, Fraction("0.84375")),
        (H11, 11, Fraction("0.828125")),
    ],
)
def test_similarity_is_the_exact_share_of_equal_bits__ai_9(other: bytes, bits: int, share: Fraction) -> None:
    found = likeness(supplied(other), supplied(H0))
    assert found == Likeness(bits, HashKind.PHASH)
    assert found is not None
    assert found.similarity == share


@given(EIGHT_BYTES, EIGHT_BYTES)
def test_similarity_is_symmetric_and_bounded_and_that_of_a_naive_count__ai_9(one: bytes, other: bytes) -> None:
    found, turned = likeness(supplied(one), supplied(other)), likeness(supplied(other), supplied(one))
    assert found == turned
    assert found is not None
    pairs = zip("".join(f"{b:08b}" for b in one), "".join(f"{b:08b}" for b in other), strict=True)
    assert found.similarity == Fraction(sum(a == b for a, b in pairs), 64)


def test_the_best_kind_that_both_have_counts_and_is_named__ai_9() -> None:
    other = PictureHashes(phash=H0, phash_mirrored=H11, dhash=H7, version=ALGORITHM, quality=50)
    mine = PictureHashes(phash=H11, phash_mirrored=H10, dhash=H7, version=ALGORITHM, quality=50)
    assert likeness(mine, other) == Likeness(0, HashKind.DHASH)
    assert likeness(mine, supplied(H0)) == Likeness(10, HashKind.PHASH_MIRRORED)
    assert likeness(supplied(H11), other) == Likeness(11, HashKind.PHASH)
    assert likeness(mine, other, {HashKind.PHASH}) == Likeness(11, HashKind.PHASH)
    assert likeness(supplied(H0), other, {HashKind.DHASH}) is None


def test_hashes_of_another_algorithm_are_not_compared__ai_11() -> None:
    assert likeness(supplied(H0), replace(supplied(H0), version="0")) is None


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_a_picture_gives_every_kind_of_hash__ai_10(form: str) -> None:
    file = file_of(picture(), form)
    found, opened = hashed(file, SECTION), Image.open(BytesIO(file))
    assert found.phash.hex() == str(imagehash.phash(opened))
    assert found.dhash is not None
    assert found.dhash.hex() == str(imagehash.dhash(opened))
    assert found.phash_mirrored is not None
    assert found.phash_mirrored.hex() == str(imagehash.phash(ImageOps.mirror(opened.convert("L"))))
    assert found.version == ALGORITHM


def test_a_supplied_hash_is_a_phash_of_todays_algorithm_and_of_unknown_quality__ai_10() -> None:
    assert supplied(H0) == PictureHashes(phash=H0, version=ALGORITHM)
    assert supplied(H0).quality is None


def test_a_mirrored_copy_is_recognised__ai_e11() -> None:
    original, copy = (hashed(file_of(image), SECTION) for image in (picture(), ImageOps.mirror(picture())))
    found = likeness(copy, original)
    assert found is not None
    assert found.kind is HashKind.PHASH_MIRRORED
    assert found.differing_bits <= 2


def test_quality_is_the_spread_of_the_grey_values__ai_13() -> None:
    halves = Image.new("L", (32, 32), 0)
    halves.paste(64, (0, 0, 32, 16))
    assert hashed(file_of(Image.new("L", (40, 40), 77)), SECTION).quality == 0
    assert hashed(file_of(halves), SECTION).quality == 50  # every value is 32 from the mean
    halves.paste(255, (0, 0, 32, 16))
    assert hashed(file_of(halves), SECTION).quality == 100


@pytest.mark.parametrize(
    ("bits", "low"), [(7, True), (8, False), (56, False), (57, True)], ids=["7", "8", "56", "57 bits"]
)
def test_too_few_or_too_many_bits_say_nothing__ai_17(bits: int, *, low: bool) -> None:
    assert is_low_information(supplied(((1 << bits) - 1).to_bytes(8, "big")), SECTION) is low


def test_a_known_low_quality_or_a_listed_hash_says_nothing__ai_17() -> None:
    seen = PictureHashes(phash=H0, version=ALGORITHM, quality=9)
    assert is_low_information(seen, SECTION)
    assert not is_low_information(replace(seen, quality=10), SECTION)
    assert is_low_information(supplied(H0), replace(SECTION, default_hashes=frozenset({H0})))


def test_a_file_over_the_limit_is_too_large__ai_12() -> None:
    file = file_of(picture())
    assert refusal(file, replace(SECTION, max_image_bytes=len(file) - 1)) is Reason.IMAGE_TOO_LARGE
    assert hashed(file, replace(SECTION, max_image_bytes=len(file)))


def test_a_picture_over_the_limit_of_pixels_is_too_large__ai_12() -> None:
    file = file_of(picture(size=(90, 70)))
    assert refusal(file, replace(SECTION, max_image_pixels=90 * 70 - 1)) is Reason.IMAGE_TOO_LARGE
    assert hashed(file, replace(SECTION, max_image_pixels=90 * 70))


@pytest.mark.parametrize("side", [6_000, 60_000], ids=["over our limit", "over the library's"])
def test_a_bomb_is_too_large_before_its_pixels_are_decoded__ai_e14(side: int) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + crc32(name + body).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", compress(b"")) + chunk(b"IEND", b"")
    assert refusal(bomb) is Reason.IMAGE_TOO_LARGE


@pytest.mark.parametrize("file", [b"", b"no picture", file_of(picture())[:300], file_of(picture(), "JPEG")[:-400]])
def test_what_is_no_whole_picture_is_bad__ai_e13(file: bytes) -> None:
    assert refusal(file) is Reason.BAD_IMAGE


@pytest.mark.parametrize("size", [(65_536, 4), (4, 65_536), (1_000_000, 2)])
def test_a_strip_is_shortened_before_it_is_reduced__ai_12(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    resize, seen = Image.Image.resize, []

    def watched(image: Image.Image, *args: Any, **options: Any) -> Image.Image:
        seen.append(max(image.size))
        return resize(image, *args, **options)

    monkeypatch.setattr(Image.Image, "resize", watched)
    hashed(file_of(Image.new("L", size)), SECTION)
    assert seen
    assert max(seen) <= 65_535


def test_a_shortened_strip_still_looks_like_itself__ai_9() -> None:
    strip = picture(size=(60, 40)).convert("L")
    short, long = (hashed(file_of(strip.resize((width, 40))), SECTION) for width in (6_000, 120_000))
    found = likeness(short, long)
    assert found is not None
    assert found.differing_bits <= 2


def test_a_text_bomb_within_a_picture_is_bad() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + crc32(name + body).to_bytes(4, "big")

    file = file_of(picture())
    text = chunk(b"zTXt", b"k\0\0" + compress(bytes(80_000_000), 9))
    assert len(text) < SECTION.max_image_bytes
    assert refusal(file[:33] + text + file[33:]) is Reason.BAD_IMAGE


def test_of_a_moving_picture_the_first_frame_counts() -> None:
    first, second = picture(1).convert("P"), picture(2).convert("P")
    moving = file_of(first, "GIF", save_all=True, append_images=[second] * 200)
    assert hashed(moving, SECTION).phash == hashed(file_of(first, "GIF"), SECTION).phash


@given(st.binary(max_size=60), st.integers(0, 400))
def test_no_bytes_do_anything_but_be_hashed_or_refused(noise: bytes, at: int) -> None:
    file = bytearray(file_of(picture(size=(20, 20))))
    file[at : at + len(noise)] = noise
    try:
        assert len(hashed(bytes(file), SECTION).phash) == 8
    except Malformed as fault:
        assert fault.reason in (Reason.BAD_IMAGE, Reason.IMAGE_TOO_LARGE)  # noqa: PT017 - either may happen
