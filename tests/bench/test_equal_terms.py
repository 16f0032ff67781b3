"""Comparison of the product's hashes with others on equal terms, and PDQ itself."""

from __future__ import annotations

import pytest
from PIL import Image, ImageOps

from bench.quality.comparisons import CROPS, OTHERS, hash_file
from bench.quality.equal_terms import Sample, comparison_table, comparisons, most_bits
from bench.quality.held_out import PICTURES
from bench.quality.pdq import pdq_hash, pdq_hashes
from tests.support.picture_files import file_of, picture

WHOLE, PDQ = OTHERS
KNOWN = {
    (1, (90, 70)): "c5c4073907bd0f6fa33be604e113e711f7e477e7e7744318811b604e214a76b5",
    (2, (240, 240)): "ea9be2b3428ad29bdac48ad382ca824aea3bc2c1a21bf61cf6c4f6b5a68da64d",
    (3, (512, 300)): "e1a1edab0d099d54d893faaa5495dc1e08c6abb165447c4eaf39a9c1494bd6e5",
}
"""What the reference implementation (pdqhash 0.2.8) returns for these pictures in grey."""


@pytest.mark.parametrize(("seed", "size"), KNOWN)
def test_pdq_is_that_of_the_reference_implementation(seed: int, size: tuple[int, int]) -> None:
    assert f"{pdq_hash(picture(seed, size).convert('L')):064x}" == KNOWN[seed, size]


def test_a_mirrored_picture_has_the_two_hashes_of_pdq_in_turn() -> None:
    own, mirrored = pdq_hashes(file_of(picture()))
    assert pdq_hashes(file_of(ImageOps.mirror(picture()))) == (mirrored, own)
    assert PDQ.differing_bits(hash_file(file_of(ImageOps.mirror(picture()))), hash_file(file_of(picture()))) == 0


def test_a_long_picture_is_reduced_before_it_is_hashed() -> None:
    wide = Image.new("L", (2_000, 100))
    assert pdq_hashes(file_of(wide)) == pdq_hashes(file_of(wide.resize((512, 512))))


@pytest.mark.parametrize(("allowed", "most"), [(0, 2), (1, 4), (2, 4), (3, 8), (4, 9)])
def test_as_many_bits_may_differ_as_there_are_no_more_false_pairs(allowed: int, most: int) -> None:
    assert most_bits([3, 5, 5, 9], allowed) == most


def test_without_pairs_no_bits_may_differ() -> None:
    assert most_bits([], 3) == -1


def test_each_comparison_mistakes_no_more_pairs_than_the_products_where_that_is_asked() -> None:
    one, two = (hash_file(file_of(picture(seed))) for seed in (1, 2))
    sample = Sample({"none": [(one, one)]}, [[one, two]], [[one, two]])
    crops, whole, equal_whole, pdq, equal_pdq = comparisons(sample)
    assert (crops.most, whole.most, pdq.most) == (CROPS.most, 10, 31)
    for column in (crops, equal_whole, equal_pdq):
        assert column.shares["different pictures"] == crops.shares["different pictures"]
        assert column.shares["none"] == column.shares["all changes"] == 1
    assert equal_whole.most == min(WHOLE.differing_bits(*pair) for pair in ((one, two), (two, one))) - 1
    assert len(list(comparison_table(sample))) == 2 + len(crops.shares) + 1


def test_the_pictures_held_out_are_named_once() -> None:
    named = [(package, path) for packages in PICTURES.values() for package, paths in packages.items() for path in paths]
    assert len(named) == len(set(named)) == 78
