"""Benchmark of recall: its pictures, and comparisons by the product's own code."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bench.__main__ import main
from bench.quality import pictures
from bench.quality.changes import BEYOND, CHANGES, TREATMENTS, as_file
from bench.quality.comparisons import CROPS, SUPPRESSED, hash_file
from bench.quality.drawings import KINDS
from bench.quality.recall import (
    DRAWINGS,
    PHOTOGRAPHS,
    PORTRAITS,
    THRESHOLDS,
    Original,
    Sizes,
    mistaken_tables,
    originals,
    share_above,
    treated_alike,
    treated_distances,
)

if TYPE_CHECKING:
    from pathlib import Path

FEW = Sizes(photographs=1, portraits=3, drawings=1)


@pytest.fixture(scope="module")
def shown() -> list[Original]:
    return list(originals(FEW))


def test_the_number_of_pictures_is_as_requested(shown: list[Original]) -> None:
    assert Counter(each.sort for each in shown) == {PHOTOGRAPHS: 4, PORTRAITS: 3, DRAWINGS: 4, "gradients": 1}


def test_the_same_file_is_a_copy_at_every_threshold(shown: list[Original]) -> None:
    (portrait, *_) = (each for each in shown if each.sort == PORTRAITS)
    bits = CROPS.differing_bits(hash_file(as_file(portrait.image, "PNG")), portrait.hashed)
    assert bits == 0
    assert all(share_above(Counter([bits]), threshold) == 1 for threshold in THRESHOLDS)


def test_a_mirrored_copy_is_one__ai_9(shown: list[Original]) -> None:
    (portrait, *_) = (each for each in shown if each.sort == PORTRAITS)
    assert CROPS.differing_bits(hash_file(CHANGES["mirrored"](portrait.image)), portrait.hashed) <= 2


def test_a_plain_picture_is_no_copy_at_any_threshold__ai_17() -> None:
    plain = hash_file(as_file(Image.new("RGB", (64, 64), "navy"), "PNG"))
    assert CROPS.differing_bits(plain, plain) == SUPPRESSED
    assert not any(share_above(Counter([SUPPRESSED]), threshold) for threshold in THRESHOLDS)


def test_exactly_the_threshold_is_not_above_it__ai_5() -> None:
    assert share_above(Counter([8]), Fraction(56, 64)) == 0
    assert share_above(Counter([7, 9]), Fraction(56, 64)) == 0.5


def test_a_higher_threshold_finds_no_more(shown: list[Original]) -> None:
    rows = [line.split()[-len(THRESHOLDS) :] for line in mistaken_tables(shown) if line.startswith("  ")]
    assert rows
    for row in rows:
        shares = [float(share.rstrip("%")) for share in row]
        assert all(lower >= higher for lower, higher in pairwise(shares))


@pytest.mark.parametrize("change", [*CHANGES, *BEYOND])
def test_every_change_makes_another_file_that_is_a_picture(change: str, shown: list[Original]) -> None:
    for original in shown[:5]:
        file = {**CHANGES, **BEYOND}[change](original.image)
        assert Image.open(BytesIO(file)).convert("RGB").tobytes() != original.image.tobytes()


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_a_treatment_leaves_most_of_a_picture(treatment: str, shown: list[Original]) -> None:
    (portrait, *_) = (each for each in shown if each.sort == PORTRAITS)
    treated = Image.open(BytesIO(TREATMENTS[treatment](portrait.image))).convert("L")
    assert len(set(treated.crop((80, 80, 160, 160)).tobytes())) > 50


def test_pictures_treated_alike_are_compared_pair_by_pair(shown: list[Original]) -> None:
    counts = treated_distances(dict(treated_alike(shown)))
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


def test_the_part_prints_a_table_for_each_sort_and_one_of_other_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recall", "--quick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "0.84*" in line]) == 8
    (heads,) = (line for line in lines if "PDQ, equal" in line)
    assert heads.split("%")[1].split() == ["crops", "as", "0.2.0", "as", "0.2.0,", "equal", "PDQ", "PDQ,", "equal"]


def test_pictures_of_a_folder_are_measured_by_its_folders(tmp_path: Path, shown: list[Original]) -> None:
    for kind, original in zip(("flags", PORTRAITS), shown, strict=False):
        (tmp_path / kind).mkdir()
        original.image.save(tmp_path / kind / "one.png")
    given = list(originals(Sizes(pictures=str(tmp_path))))
    assert [(each.kind, each.sort) for each in given] == [("flags", "flags"), (PORTRAITS, PORTRAITS)]
    assert CROPS.differing_bits(given[0].hashed, shown[0].hashed) <= 1
