"""Perceptual hashes and the likeness of pictures (AI-9 to AI-11, AI-13, AI-17)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import imagehash
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from PIL import Image, ImageOps

from operators.likeness.perceptual_hash import (
    ALGORITHM,
    Likeness,
    hash_picture,
    hashes_of_phash,
    is_low_information,
    likeness,
)
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind
from schemas.records import PictureHashes
from tests.support.picture_files import file_of, picture

SECTION = AvatarImpersonationPolicy()
H0, H7, H8, H10, H11 = map(
    bytes.fromhex,
    ("f0f0f0f0f0f0f0f0", "f0f0f0f0f0f0f08f", "f0f0f0f0f0f0f00f", "f0f0f0f0f0f0f30f", "f0f0f0f0f0f0f70f"),
)
EIGHT_BYTES = st.binary(min_size=8, max_size=8)


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
    found = likeness(hashes_of_phash(other), hashes_of_phash(H0))
    assert found == Likeness(bits, HashKind.PHASH)
    assert found is not None
    assert found.similarity == share


@given(EIGHT_BYTES, EIGHT_BYTES)
def test_similarity_is_symmetric_and_bounded_and_that_of_a_naive_count__ai_9(one: bytes, other: bytes) -> None:
    found, turned = (
        likeness(hashes_of_phash(one), hashes_of_phash(other)),
        likeness(hashes_of_phash(other), hashes_of_phash(one)),
    )
    assert found == turned
    assert found is not None
    pairs = zip("".join(f"{b:08b}" for b in one), "".join(f"{b:08b}" for b in other), strict=True)
    assert found.similarity == Fraction(sum(a == b for a, b in pairs), 64)


def test_the_best_kind_of_hash_that_both_have_counts_and_is_named__ai_9() -> None:
    other = PictureHashes(phash=H0, phash_mirrored=H11, dhash=H7, version=ALGORITHM, quality=50)
    mine = PictureHashes(phash=H11, phash_mirrored=H10, dhash=H7, version=ALGORITHM, quality=50)
    assert likeness(mine, other) == Likeness(0, HashKind.DHASH)
    assert likeness(mine, hashes_of_phash(H0)) == Likeness(10, HashKind.PHASH_MIRRORED)
    assert likeness(hashes_of_phash(H11), other) == Likeness(11, HashKind.PHASH)
    assert likeness(mine, other, {HashKind.PHASH}) == Likeness(11, HashKind.PHASH)
    assert likeness(hashes_of_phash(H0), other, {HashKind.DHASH}) is None


def test_hashes_of_another_algorithm_are_not_compared__ai_11() -> None:
    assert likeness(hashes_of_phash(H0), structs.replace(hashes_of_phash(H0), version="0")) is None


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "AVIF"])
def test_a_picture_gives_every_kind_of_hash__ai_10(form: str) -> None:
    file = file_of(picture(), form)
    found, opened = hash_picture(file, SECTION), Image.open(BytesIO(file))
    assert found.phash.hex() == str(imagehash.phash(opened))
    assert found.dhash is not None
    assert found.dhash.hex() == str(imagehash.dhash(opened))
    assert found.phash_mirrored is not None
    assert found.phash_mirrored.hex() == str(imagehash.phash(ImageOps.mirror(opened.convert("L"))))
    assert found.version == ALGORITHM


def test_a_supplied_hash_is_a_phash_of_todays_algorithm_and_of_unknown_quality__ai_10() -> None:
    assert hashes_of_phash(H0) == PictureHashes(phash=H0, version=ALGORITHM)
    assert hashes_of_phash(H0).quality is None


def test_a_mirrored_copy_is_recognised__ai_e11() -> None:
    original, copy = (hash_picture(file_of(image), SECTION) for image in (picture(), ImageOps.mirror(picture())))
    found = likeness(copy, original)
    assert found is not None
    assert found.kind is HashKind.CROP_MIRRORED
    assert found.differing_bits <= 2


def test_quality_is_the_spread_of_the_grey_values__ai_13() -> None:
    halves = Image.new("L", (32, 32), 0)
    halves.paste(64, (0, 0, 32, 16))
    assert hash_picture(file_of(Image.new("L", (40, 40), 77)), SECTION).quality == 0
    assert hash_picture(file_of(halves), SECTION).quality == 50  # every value is 32 from the mean
    halves.paste(255, (0, 0, 32, 16))
    assert hash_picture(file_of(halves), SECTION).quality == 100


@pytest.mark.parametrize(
    ("bits", "low"), [(7, True), (8, False), (56, False), (57, True)], ids=["7", "8", "56", "57 bits"]
)
def test_a_hash_with_too_few_or_too_many_bits_is_not_significant__ai_17(bits: int, *, low: bool) -> None:
    assert is_low_information(hashes_of_phash(((1 << bits) - 1).to_bytes(8, "big")), SECTION) is low


def test_a_low_quality_or_a_default_hash_is_not_significant__ai_17() -> None:
    seen = PictureHashes(phash=H0, version=ALGORITHM, quality=9)
    assert is_low_information(seen, SECTION)
    assert not is_low_information(structs.replace(seen, quality=10), SECTION)
    assert is_low_information(hashes_of_phash(H0), replace(SECTION, default_hashes=frozenset({H0})))


def _waves() -> Image.Image:
    waves = bytes((x * x // 40 + 3 * y + (x // 16 ^ y // 16) * 40) % 256 for y in range(96) for x in range(128))
    return Image.frombytes("L", (128, 96), waves)


def _half_there() -> bytes:
    picture = _waves().convert("LA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return file_of(picture)


def _lying() -> bytes:
    notes = Image.Exif()
    notes[0x0112] = 6
    return file_of(_waves(), exif=notes)


@pytest.mark.parametrize(
    ("image", "hashes"),
    [
        pytest.param(file_of(_waves()), ("8a4eb2067cf8b725", "df1b655349ade050", "e5656121e7cd9d19", 100), id="plain"),
        pytest.param(_half_there(), ("aacdb106bcfab304", "ff98e452a9aec051", "e565e121e7cd9d19", 76), id="transparent"),
        pytest.param(_lying(), ("d3517b73990ca554", "a64c2f2ecc5bf203", "1898d432180d2524", 100), id="lying"),
    ],
)
def test_the_hash_algorithm_matches_its_version__ai_11(image: bytes, hashes: tuple[str, str, str, int]) -> None:
    """Hashes in savepoints are compared with new ones: a change of the hashes demands a new ALGORITHM."""
    found = hash_picture(image, SECTION)
    assert found.phash_mirrored is not None
    assert found.dhash is not None
    said = (found.phash.hex(), found.phash_mirrored.hex(), found.dhash.hex(), found.quality)
    assert (found.version, *said) == ("1", *hashes)
