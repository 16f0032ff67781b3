"""Recall of copied pictures, and different pictures mistaken for copies, by threshold.

The comparison is that of a message: whether the sender's picture matches a contact's, with all that suppresses a match
except how common a picture is. The pictures are those of `bench.quality.pictures`, or of a folder, copied by
`bench.quality.changes`. Other hashes are compared by `bench.quality.equal_terms`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from typing import TYPE_CHECKING, Final

from bench.quality import pictures
from bench.quality.changes import BEYOND, CHANGES, TREATMENTS, as_file
from bench.quality.comparisons import CROPS, DEFAULT, SUPPRESSED, Hashed, hash_file
from bench.quality.drawings import GRADIENTS
from bench.quality.equal_terms import Sample, comparison_table
from operators.likeness.perceptual_hash import max_differing_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from PIL import Image

THRESHOLDS: Final = tuple(Fraction(percent, 100) for percent in (80, 82, 84, 86, 88, 90, 92, 94, 96, 98))
PHOTOGRAPHS, PORTRAITS, DRAWINGS = "photographs", "portraits", "drawings"

Counts = dict[str, Counter[int]]
"""Counts of each sort, by the number of differing bits."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of photographs (four pictures each), portraits, and drawings of each kind; or a folder instead.

    In the folder `pictures` each folder is a kind of pictures.
    """

    photographs: int = len(pictures.PHOTOGRAPHS)
    portraits: int = pictures.PORTRAITS
    drawings: int = 40
    pictures: str = ""


QUICK: Final = Sizes(photographs=1, portraits=4, drawings=1)


@dataclass(frozen=True, slots=True)
class Original:
    """A picture, its kind, and the sort that its copies are counted under."""

    kind: str
    sort: str
    image: Image.Image
    hashed: Hashed


@dataclass(frozen=True, slots=True)
class Copy:
    """A transformed copy of an original."""

    original: Original
    change: str
    hashed: Hashed


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Copy and compare pictures; yield all tables for the default policy, and the comparison with other hashes."""
    shown = list(originals(sizes))
    say(f"copying {len(shown)} pictures in {len(CHANGES)} ways")
    made = list(copies(shown, CHANGES))
    treated = dict(treated_alike(shown))
    for sort in dict.fromkeys(each.sort for each in shown):
        say(f"looking for copies of {sort}")
        found = copy_distances(copy for copy in made if copy.original.sort == sort)
        yield from table(f"copies of {sort}, % found", found, "{:.0%}")
    yield from table("copies beyond those, % found", copy_distances(copies(of_people(shown), BEYOND)), "{:.0%}")
    say(f"comparing {len(shown)} pictures with each other")
    yield from mistaken_tables(shown)
    say(f"comparing pictures treated alike in {len(TREATMENTS)} ways")
    yield from table("pairs of different pictures treated alike", treated_distances(treated), "{:.2%}")
    say("comparing all of them by other hashes")
    yield from comparison_table(sample(shown, made, treated))


def originals(sizes: Sizes) -> Iterator[Original]:
    """Yield the pictures to copy and compare. Gradients have too little content to count as drawings."""
    shipped: Iterable[tuple[str, str, Image.Image]] = (
        *((PHOTOGRAPHS, PHOTOGRAPHS, image) for image in pictures.quarters(sizes.photographs)),
        *((PORTRAITS, PORTRAITS, image) for image in pictures.portraits(sizes.portraits)),
        *((kind, kind if kind == GRADIENTS else DRAWINGS, image) for kind, image in pictures.drawings(sizes.drawings)),
    )
    given = ((kind, kind, image) for kind, image in pictures.in_folder(sizes.pictures))
    for kind, sort, image in given if sizes.pictures else shipped:
        yield Original(kind, sort, image, hash_file(as_file(image, "PNG")))


def of_people(shown: Iterable[Original]) -> list[Original]:
    """Return the photographs and the portraits, which people show of themselves."""
    return [each for each in shown if each.sort in (PHOTOGRAPHS, PORTRAITS)]


def copies(shown: Iterable[Original], changes: Mapping[str, Callable[[Image.Image], bytes]]) -> Iterator[Copy]:
    """Yield a copy of each picture by each change."""
    for each, (name, change) in product(shown, changes.items()):
        yield Copy(each, name, hash_file(change(each.image)))


def copy_distances(made: Iterable[Copy]) -> Counts:
    """Return the differing bits of copies from their originals, by change."""
    counts: Counts = defaultdict(Counter)
    for copy in made:
        counts[copy.change][CROPS.differing_bits(copy.hashed, copy.original.hashed)] += 1
    if len(counts) > 1:
        counts["all changes"] = sum(counts.values(), Counter())
    return counts


def mistaken_tables(shown: Sequence[Original]) -> Iterator[str]:
    """Yield tables of false positives: pairs of different pictures, and pictures that match any other."""
    pairs: Counts = defaultdict(Counter)
    nearest: Counts = defaultdict(Counter)
    for mine in shown:
        bits: dict[str, list[int]] = defaultdict(list)
        for other in shown:
            if other is not mine:
                bits[other.kind].append(CROPS.differing_bits(mine.hashed, other.hashed))
        for kind, differing in bits.items():
            pairs[f"{kind} among themselves" if kind == mine.kind else "pictures of two kinds"].update(differing)
        nearest[mine.kind].update([min(bits[mine.kind], default=SUPPRESSED)])
    yield from table("pairs of different pictures, % copies", pairs, "{:.2%}")
    yield from table("like one of all others of the kind", nearest, "{:.0%}")


def treated_alike(shown: Sequence[Original]) -> Iterator[tuple[str, list[Hashed]]]:
    """Yield the photographs and the portraits after each treatment, with a name."""
    for sort, (name, treat) in product((PHOTOGRAPHS, PORTRAITS), TREATMENTS.items()):
        yield f"{sort}, {name}", [hash_file(treat(each.image)) for each in shown if each.sort == sort]


def treated_distances(treated: Mapping[str, Sequence[Hashed]]) -> Counts:
    """Return the differing bits of different pictures that were treated alike, by treatment."""
    return {
        name: Counter(CROPS.differing_bits(*pair) for pair in permutations(hashed, 2))
        for name, hashed in treated.items()
    }


def sample(shown: Sequence[Original], made: Iterable[Copy], treated: Mapping[str, Sequence[Hashed]]) -> Sample:
    """Return the photographs and portraits in the form in which other hashes compare them."""
    pairs: dict[str, list[tuple[Hashed, Hashed]]] = defaultdict(list)
    for copy in made:
        if copy.original.sort in (PHOTOGRAPHS, PORTRAITS):
            pairs[copy.change].append((copy.hashed, copy.original.hashed))
    kinds = ([each.hashed for each in shown if each.sort == sort] for sort in (PHOTOGRAPHS, PORTRAITS))
    return Sample(pairs, list(kinds), list(treated.values()))


def table(title: str, counts: Counts, form: str) -> Iterator[str]:
    """Yield the lines of a table of shares above each threshold; the default threshold has a star."""
    heads = (f"{float(each):.2f}{'*' if each == DEFAULT.threshold else ''}" for each in THRESHOLDS)
    yield f"{title:41} {'number':>8}" + "".join(f"{head:>8}" for head in heads)
    for sort, bits in counts.items():
        shares = (share_above(bits, threshold) for threshold in THRESHOLDS)
        yield f"  {sort:39} {bits.total():>8,}" + "".join(f"{form.format(share):>8}" for share in shares)
    yield ""


def share_above(bits: Counter[int], threshold: Fraction) -> float:
    """Return the share of a count above a threshold of similarity; 0 of nothing."""
    most = max_differing_bits(threshold)
    return sum(number for differing, number in bits.items() if differing <= most) / max(bits.total(), 1)
