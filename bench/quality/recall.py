"""Recall of copied pictures, and different pictures mistaken for copies, by threshold.

The comparison is that of a message: whether the sender's picture matches a contact's, with all that suppresses a match
except how common a picture is. The pictures are those of `bench.quality.pictures`, copied by `bench.quality.changes`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations, product
from typing import TYPE_CHECKING, Final

from bench.quality import pictures
from bench.quality.changes import CHANGES, TREATMENTS, as_file
from bench.quality.drawings import GRADIENTS
from operators.avatar_impersonation.lookalike import AvatarQuery
from operators.likeness.perceptual_hash import hash_picture, max_differing_bits
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind
from schemas.records import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from PIL import Image

THRESHOLDS: Final = tuple(Fraction(percent, 100) for percent in (80, 82, 84, 86, 88, 90, 92, 94, 96, 98))
PHOTOGRAPHS, PORTRAITS, DRAWINGS = "photographs", "portraits", "drawings"
SUPPRESSED: Final = 99
"""Differing bits of two pictures that are not comparable: more than any threshold allows."""

DEFAULT: Final = AvatarImpersonationPolicy()
WHOLE: Final = replace(DEFAULT, hash_kinds=frozenset({HashKind.PHASH, HashKind.PHASH_MIRRORED, HashKind.DHASH}))
"""Pictures compared as a whole, as up to 0.2.0."""

Counts = dict[str, Counter[int]]
"""Counts of each sort, by the number of differing bits."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of photographs (four pictures each), portraits, and drawings of each kind."""

    photographs: int = len(pictures.PHOTOGRAPHS)
    portraits: int = pictures.PORTRAITS
    drawings: int = 40


QUICK: Final = Sizes(photographs=1, portraits=4, drawings=1)


@dataclass(frozen=True, slots=True)
class Original:
    """A picture, its kind, and the sort that its copies are counted under."""

    kind: str
    sort: str
    image: Image.Image
    picture: Picture


@dataclass(frozen=True, slots=True)
class Copy:
    """A transformed copy of an original."""

    original: Original
    change: str
    picture: Picture


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Copy and compare pictures; yield all tables for the default policy, and for pictures compared as a whole."""
    shown = list(originals(sizes))
    say(f"copying {len(shown)} pictures in {len(CHANGES)} ways")
    made = [Copy(each, name, _picture(change(each.image))) for each, (name, change) in product(shown, CHANGES.items())]
    treated = list(treated_alike(shown))
    for section, compared in ((DEFAULT, "by crops"), (WHOLE, "as a whole, as before")):
        yield f"compared {compared}:\n"
        for sort in dict.fromkeys(each.sort for each in shown):
            say(f"looking for copies of {sort}, {compared}")
            yield from table(f"copies of {sort}, % found", copy_distances(made, sort, section), "{:.0%}")
        say(f"comparing {len(shown)} pictures with each other, {compared}")
        yield from mistaken_tables(shown, section)
        say(f"comparing pictures treated alike in {len(TREATMENTS)} ways, {compared}")
        yield from table("pairs of different pictures treated alike", treated_distances(treated, section), "{:.2%}")


def originals(sizes: Sizes) -> Iterator[Original]:
    """Yield the pictures to copy and compare. Gradients have too little content to count as drawings."""
    pictured: Iterable[tuple[str, str, Image.Image]] = (
        *((PHOTOGRAPHS, PHOTOGRAPHS, image) for image in pictures.quarters(sizes.photographs)),
        *((PORTRAITS, PORTRAITS, image) for image in pictures.portraits(sizes.portraits)),
        *((kind, kind if kind == GRADIENTS else DRAWINGS, image) for kind, image in pictures.drawings(sizes.drawings)),
    )
    for kind, sort, image in pictured:
        yield Original(kind, sort, image, _picture(as_file(image, "PNG")))


def copy_distances(made: Iterable[Copy], sort: str, section: AvatarImpersonationPolicy) -> Counts:
    """Return the differing bits of copies from their originals, by change."""
    counts: Counts = defaultdict(Counter)
    for copy in made:
        if copy.original.sort == sort:
            counts[copy.change][differing_bits(copy.picture, copy.original.picture, section)] += 1
    if len(counts) > 1:
        counts["all changes"] = sum(counts.values(), Counter())
    return counts


def mistaken_tables(shown: Sequence[Original], section: AvatarImpersonationPolicy) -> Iterator[str]:
    """Yield tables of false positives: pairs of different pictures, and pictures that match any other."""
    pairs: Counts = defaultdict(Counter)
    nearest: Counts = defaultdict(Counter)
    for mine in shown:
        bits: dict[str, list[int]] = defaultdict(list)
        for other in shown:
            if other is not mine:
                bits[other.kind].append(differing_bits(mine.picture, other.picture, section))
        for kind, differing in bits.items():
            pairs[f"{kind} among themselves" if kind == mine.kind else "pictures of two kinds"].update(differing)
        nearest[mine.kind].update([min(bits[mine.kind], default=SUPPRESSED)])
    yield from table("pairs of different pictures, % copies", pairs, "{:.2%}")
    yield from table("like one of all others of the kind", nearest, "{:.0%}")


def treated_alike(shown: Sequence[Original]) -> Iterator[tuple[str, list[Picture]]]:
    """Yield the photographs and the portraits after each treatment, with a name."""
    for sort, (name, treat) in product((PHOTOGRAPHS, PORTRAITS), TREATMENTS.items()):
        yield f"{sort}, {name}", [_picture(treat(each.image)) for each in shown if each.sort == sort]


def treated_distances(treated: Iterable[tuple[str, list[Picture]]], section: AvatarImpersonationPolicy) -> Counts:
    """Return the differing bits of different pictures that were treated alike, by treatment."""
    return {
        name: Counter(differing_bits(*pair, section) for pair in permutations(pictured, 2))
        for name, pictured in treated
    }


def differing_bits(mine: Picture, other: Picture, section: AvatarImpersonationPolicy) -> int:
    """Return the fewest differing bits of two pictures, over the usable hashes."""
    at_all = replace(section, threshold=Fraction(0))
    matches = AvatarQuery(mine, other.set_ms, at_all).matches([other])
    return matches[0].likeness.differing_bits if matches and matches[0].exclusion_reason is None else SUPPRESSED


def table(title: str, counts: Counts, form: str) -> Iterator[str]:
    """Yield the lines of a table of shares above each threshold; the default threshold has a star."""
    heads = (f"{float(each):.2f}{'*' if each == DEFAULT.threshold else ''}" for each in THRESHOLDS)
    yield f"{title:38} {'number':>8}" + "".join(f"{head:>8}" for head in heads)
    for sort, bits in counts.items():
        shares = (share_above(bits, threshold) for threshold in THRESHOLDS)
        yield f"  {sort:36} {bits.total():>8,}" + "".join(f"{form.format(share):>8}" for share in shares)
    yield ""


def share_above(bits: Counter[int], threshold: Fraction) -> float:
    """Return the share of a count above a threshold of similarity."""
    most = max_differing_bits(threshold)
    return sum(number for differing, number in bits.items() if differing <= most) / bits.total()


def _picture(file: bytes) -> Picture:
    return Picture(version="", set_ms=0, hashes=hash_picture(file, DEFAULT))
