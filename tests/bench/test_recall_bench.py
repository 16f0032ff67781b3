"""Benchmark of recall: its pictures, and comparisons by the product's own code."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from bench.__main__ import main
from bench.quality import pictures
from bench.quality.changes import CHANGES, TREATMENTS, as_file
from bench.quality.drawings import KINDS
from bench.quality.recall import (
    DEFAULT,
    DRAWINGS,
    PHOTOGRAPHS,
    PORTRAITS,
    SUPPRESSED,
    THRESHOLDS,
    Original,
    Sizes,
    differing_bits,
    mistaken_tables,
    originals,
    share_above,
    treated_alike,
    treated_distances,
)
from operators.likeness.perceptual_hash import hash_picture
from schemas.records import Picture

FEW = Sizes(photographs=1, portraits=3, drawings=1)


@pytest.fixture(scope="module")
def shown() -> list[Original]:
    return list(originals(FEW))


def hashed_file(file: bytes) -> Picture:
    return Picture(version="", set_ms=0, hashes=hash_picture(file, DEFAULT))


def test_the_number_of_pictures_is_as_requested(shown: list[Original]) -> None:
    assert Counter(each.sort for each in shown) == {PHOTOGRAPHS: 4, PORTRAITS: 3, DRAWINGS: 4, "gradients": 1}


def test_the_same_file_is_a_copy_at_every_threshold(shown: list[Original]) -> None:
    (portrait, *_) = (each for each in shown if each.sort == PORTRAITS)
    bits = differing_bits(hashed_file(as_file(portrait.image, "PNG")), portrait.picture, DEFAULT)
    assert bits == 0
    assert all(share_above(Counter([bits]), threshold) == 1 for threshold in THRESHOLDS)


def test_a_mirrored_copy_is_one__ai_9(shown: list[Original]) -> None:
    (portrait, *_) = (each for each in shown if each.sort == PORTRAITS)
    assert differing_bits(hashed_file(CHANGES["mirrored"](portrait.image)), portrait.picture, DEFAULT) <= 2


def test_a_plain_picture_is_no_copy_at_any_threshold__ai_17() -> None:
    plain = hashed_file(as_file(Image.new("RGB", (64, 64), "navy"), "PNG"))
    assert differing_bits(plain, plain, DEFAULT) == SUPPRESSED
    assert not any(share_above(Counter([SUPPRESSED]), threshold) for threshold in THRESHOLDS)


def test_exactly_the_threshold_is_not_above_it__ai_5() -> None:
    assert share_above(Counter([8]), Fraction(56, 64)) == 0
    assert share_above(Counter([7, 9]), Fraction(56, 64)) == 0.5


def test_a_higher_threshold_finds_no_more(shown: list[Original]) -> None:
    rows = [line.split()[-len(THRESHOLDS) :] for line in mistaken_tables(shown, DEFAULT) if line.startswith("  ")]
    assert rows
    for row in rows:
        shares = [float(share.rstrip("%")) for share in row]
        assert all(lower >= higher for lower, higher in pairwise(shares))


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_makes_another_file_that_is_a_picture(change: str, shown: list[Original]) -> None:
    for original in shown[:5]:
        file = CHANGES[change](original.image)
        assert Image.open(BytesIO(file)).convert("RGB").tobytes() != original.image.tobytes()


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_a_treatment_leaves_most_of_a_picture(treatment: str, shown: list[Original]) -> None:
    (portrait, *_) = (each for each in shown if each.sort == PORTRAITS)
    treated = Image.open(BytesIO(TREATMENTS[treatment](portrait.image))).convert("L")
    assert len(set(treated.crop((80, 80, 160, 160)).tobytes())) > 50


def test_pictures_treated_alike_are_compared_pair_by_pair(shown: list[Original]) -> None:
    counts = treated_distances(treated_alike(shown), DEFAULT)
    assert {f"{PORTRAITS}, {name}": 6 for name in TREATMENTS}.items() <= {
        name: bits.total() for name, bits in counts.items()
    }.items()


@pytest.mark.parametrize("kind", KINDS)
def test_drawings_depend_on_the_seed_only(kind: str) -> None:
    one, same, other = (KINDS[kind](random.Random(seed)).tobytes() for seed in (1, 1, 2))
    assert one == same != other


def test_quarters_of_a_photograph_are_four_and_portraits_no_more_than_there_are() -> None:
    assert len(list(pictures.quarters(1))) == 4
    assert len(list(pictures.portraits(1_000))) == pictures.PORTRAITS


def test_the_part_prints_a_table_for_each_sort(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recall", "--quick"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if "0.84*" in line]
    assert len(heads) == 14
