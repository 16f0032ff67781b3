"""Comparison of hashes on equal terms: which copies each finds where it mistakes as many different pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain, permutations
from typing import TYPE_CHECKING

from bench.quality.comparisons import CROPS, OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bench.quality.comparisons import Comparison, Hashed


@dataclass(frozen=True, slots=True)
class Sample:
    """Copies with their originals, by change; different pictures, by kind; such that were treated alike."""

    copies: Mapping[str, Sequence[tuple[Hashed, Hashed]]]
    different: Sequence[Sequence[Hashed]]
    treated: Sequence[Sequence[Hashed]]


@dataclass(frozen=True, slots=True)
class Column:
    """A comparison with the most differing bits of a match, and the shares of pairs that match, by row."""

    name: str
    most: int
    shares: Mapping[str, float]


def comparison_table(sample: Sample) -> Iterator[str]:
    """Yield the lines of a table: what each comparison mistakes and finds, as usual and at equal false pairs."""
    columns = list(comparisons(sample))
    yield f"{'photographs and portraits, %':41}" + "".join(f"{column.name:>17}" for column in columns)
    yield f"  {'most differing bits of a match':39}" + "".join(f"{column.most:>17}" for column in columns)
    for row in columns[0].shares:
        form = "{:.2%}" if row.startswith("different") else "{:.0%}"
        yield f"  {row:39}" + "".join(f"{form.format(column.shares[row]):>17}" for column in columns)
    yield ""


def comparisons(sample: Sample) -> Iterator[Column]:
    """Yield the product's comparison, and each other one as it is usual and at no more false pairs than the product."""
    allowed = sum(1 for bits in _bits(CROPS, _pairs(sample.different)) if bits <= CROPS.most)
    yield _column("crops", CROPS, CROPS.most, sample)
    for other in OTHERS:
        yield _column(other.name, other, other.most, sample)
        equal = most_bits(_bits(other, _pairs(sample.different)), allowed)
        yield _column(f"{other.name}, equal", other, equal, sample)


def most_bits(false_pairs: Iterable[int], allowed: int) -> int:
    """Return the most differing bits at which no more than `allowed` false pairs match; -1: there is no such number."""
    counts, most = Counter(false_pairs), -1
    while sum(number for bits, number in counts.items() if bits <= most + 1) <= allowed and most < max(
        counts, default=-1
    ):
        most += 1
    return most


def _column(name: str, comparison: Comparison, most: int, sample: Sample) -> Column:
    copies = {change: list(_bits(comparison, pairs)) for change, pairs in sample.copies.items()}
    bits = {
        "different pictures": list(_bits(comparison, _pairs(sample.different))),
        "different pictures treated alike": list(_bits(comparison, _pairs(sample.treated))),
        **copies,
        "all changes": list(chain.from_iterable(copies.values())),
    }
    return Column(
        name, most, {row: sum(each <= most for each in found) / max(len(found), 1) for row, found in bits.items()}
    )


def _bits(comparison: Comparison, pairs: Iterable[tuple[Hashed, Hashed]]) -> Iterator[int]:
    return (comparison.differing_bits(*pair) for pair in pairs)


def _pairs(kinds: Iterable[Sequence[Hashed]]) -> Iterator[tuple[Hashed, Hashed]]:
    return chain.from_iterable(permutations(kind, 2) for kind in kinds)
