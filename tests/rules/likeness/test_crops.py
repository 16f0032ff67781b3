"""Copies that were cropped, framed, turned or shown on a page, and different pictures treated alike (AI-38)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec import structs
from PIL import Image, ImageDraw, ImageOps

from operators.likeness.crops import HASH_BYTES, OUTER, crop_hashes, mirrored
from operators.likeness.perceptual_hash import (
    ALGORITHM,
    Likeness,
    crops_of,
    hash_picture,
    hashes_of_phash,
    likeness,
    max_differing_bits,
)
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind
from schemas.records import PictureHashes
from state.entries.appearances import CROPS
from tests.support.picture_files import file_of

if TYPE_CHECKING:
    from collections.abc import Callable

SECTION = AvatarImpersonationPolicy()
ALIKE = max_differing_bits(SECTION.threshold)
WHOLE = {HashKind.PHASH, HashKind.PHASH_MIRRORED, HashKind.DHASH}


def scene(seed: int, side: int = 240) -> Image.Image:
    """A picture with detail of every size, as photographs have: noise that grows weaker the finer it is."""
    chance = np.random.default_rng(seed)
    layers = (
        np.asarray(
            Image.fromarray(chance.integers(0, 256, (cells, cells), dtype=np.uint8)).resize(
                (side, side), Image.Resampling.BICUBIC
            ),
            np.float64,
        )
        / cells
        for cells in (3, 6, 12, 24, 48)
    )
    grey = sum(layers, np.zeros((side, side)))
    return Image.fromarray((255 * (grey - grey.min()) / np.ptp(grey)).astype(np.uint8))


def hashes(image: Image.Image) -> PictureHashes:
    return hash_picture(file_of(image, "JPEG", quality=85), SECTION)


def crop(image: Image.Image, share: float) -> Image.Image:
    return ImageOps.crop(image, round(image.width * share))


def circle(image: Image.Image) -> Image.Image:
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((0, 0, *image.size), 255)
    return Image.composite(image, Image.new("L", image.size), mask)


def dark_edges(image: Image.Image) -> Image.Image:
    shade = Image.radial_gradient("L").resize(image.size).point(lambda dark: dark * 7 // 10)
    return Image.composite(Image.new("L", image.size), image, shade)


def page(image: Image.Image) -> Image.Image:
    """Return a page with a bar on top, the picture, and lines of text."""
    seen = Image.new("L", (image.width * 3 // 2, image.height * 5 // 2), 255)
    pen, left, top = ImageDraw.Draw(seen), image.width // 10, image.height // 2
    pen.rectangle((0, 0, seen.width, image.height // 6), 40)
    for line in range(3):
        below = top + image.height + 20 + 40 * line
        pen.rectangle((left, below, left + image.width - 30 * line, below + 16), 120)
    seen.paste(image, (left, top))
    return seen


TREATMENTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "white frame": lambda image: ImageOps.expand(image, 24, 255),
    "black frame": lambda image: ImageOps.expand(image, 36, 0),
    "bars above and below": lambda image: ImageOps.expand(image, (0, 60), 0),
    "bars on the sides": lambda image: ImageOps.expand(image, (60, 0), 0),
    "circle": circle,
    "dark edges": dark_edges,
}
GOLDEN = [
    "98614dd8f1630b8e",
    "98614d98f1724087",
    "98614d9af370c0c7",
    "9c69cd9f333cc162",
    "98614dd8f1630b8e",
    "98614dd8f1630b8e",
    "8e30665fb13168c3",
    "98234f58f0f67181",
    "99634fb0e266438c",
    "98654cf1e30b863e",
    "98624cd8f130438f",
    "98614f98f17260c7",
]
CUTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "5 % cut off": lambda image: crop(image, 0.05),
    "10 % cut off": lambda image: crop(image, 0.10),
    "15 % cut off": lambda image: crop(image, 0.15),
    "12 % of one side": lambda image: image.crop((0, 0, image.width, image.height * 7 // 8)),
    "turned": lambda image: crop(image.rotate(3, Image.Resampling.BICUBIC), 0.06),
    "cut and mirrored": lambda image: ImageOps.mirror(crop(image, 0.10)),
    "on a page": page,
}


@pytest.mark.parametrize("change", [*CUTS, *TREATMENTS])
def test_a_changed_copy_is_found__ai_38_ai_e11(change: str) -> None:
    for seed in (1, 2):
        found = likeness(hashes((CUTS | TREATMENTS)[change](scene(seed))), hashes(scene(seed)))
        assert found is not None
        assert found.kind in (HashKind.CROP, HashKind.CROP_MIRRORED)
        assert found.differing_bits <= ALIKE


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_different_pictures_treated_alike_are_no_copies__ai_38_ai_e32(treatment: str) -> None:
    one, other = (hashes(TREATMENTS[treatment](scene(seed))) for seed in (1, 2))
    found = likeness(one, other)
    assert found is not None
    assert found.differing_bits > ALIKE


def test_what_was_added_is_undone_on_the_senders_side_too__ai_38() -> None:
    noise = Image.fromarray(np.random.default_rng(9).integers(0, 256, (280, 280), dtype=np.uint8))
    noise.paste(scene(3), (20, 20))
    found = likeness(hashes(noise), hashes(scene(3)))
    assert found is not None
    assert found.differing_bits <= ALIKE


def test_mirroring_changes_every_other_sign__ai_38() -> None:
    there, back = (crops_of(hashes(image))[0] for image in (scene(4), ImageOps.mirror(scene(4))))
    assert (mirrored(there) ^ back).bit_count() <= 2
    assert mirrored(mirrored(there)) == there


@pytest.mark.parametrize("size", [(1, 1), (1, 3_000), (7, 9), (3_000, 20), (240, 240)])
def test_a_picture_of_any_size_has_all_crops__ai_38(size: tuple[int, int]) -> None:
    assert crop_hashes(Image.new("L", size, 90)) == b""
    assert len(crop_hashes(scene(5).resize(size))) in (0, CROPS * HASH_BYTES)
    assert len(crop_hashes(scene(5))) == CROPS * HASH_BYTES > OUTER * HASH_BYTES


def test_a_plain_smooth_or_symmetric_picture_is_compared_as_a_whole__ai_38_ai_e30() -> None:
    half = scene(5).crop((0, 0, 120, 240))
    symmetric = Image.new("L", (240, 240))
    symmetric.paste(half, (0, 0))
    symmetric.paste(ImageOps.mirror(half), (120, 0))
    for image in (symmetric, Image.linear_gradient("L"), Image.new("L", (90, 90), 7)):
        assert hash_picture(file_of(image), SECTION).crops is None
    assert likeness(hashes(symmetric), hashes(symmetric)) == Likeness(0, HashKind.PHASH)


def test_pictures_with_crops_are_not_compared_as_a_whole__ai_38() -> None:
    one, other = hashes(scene(6)), structs.replace(hashes(scene(7)), phash=hashes(scene(6)).phash)
    found, whole = likeness(one, other), likeness(one, other, WHOLE)
    assert found is not None
    assert found.differing_bits > ALIKE
    assert whole == Likeness(0, HashKind.PHASH)


@pytest.mark.parametrize("changes", [{"crops": None, "crops_version": None}, {"crops_version": "0"}])
def test_a_face_without_such_crops_is_compared_as_a_whole__ai_11_ai_38_ai_e29(
    changes: dict[str, None],
) -> None:
    mine = hashes(scene(8))
    older = structs.replace(mine, **changes)
    assert likeness(mine, older) == likeness(older, mine) == Likeness(0, HashKind.PHASH)
    assert likeness(mine, older, {HashKind.CROP}) is None


def test_a_supplied_hash_is_compared_with_that_of_a_picture__ai_10_ai_38() -> None:
    mine = hashes(scene(8))
    assert likeness(mine, hashes_of_phash(mine.phash)) == Likeness(0, HashKind.PHASH)


def test_the_hash_algorithm_matches_its_version__ai_11() -> None:
    """Hashes in savepoints are compared with new ones: a change of the hashes demands a new CROPS_VERSION."""
    waves = bytes((x * x // 40 + 3 * y + (x // 16 ^ y // 16) * 40) % 256 for y in range(96) for x in range(128))
    found = hash_picture(file_of(Image.frombytes("L", (128, 96), waves)), SECTION)
    assert (found.version, found.crops_version) == (ALGORITHM, "1")
    assert [f"{crop:016x}" for crop in crops_of(found)] == GOLDEN
