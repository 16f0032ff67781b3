"""Measurement of which letters everyday messages have beside each other, for `operators/text/everyday_grams.txt`.

Run with `python -m bench.quality.everyday_grams`: it counts in how many of the harmless messages of `corpus/` each gram
is, in the language that has most of them.
"""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import ROOT
from operators.text.accents import normalise_accents
from operators.text.everyday_grams import FILE, present_grams
from operators.text.normalisation import is_unspaced
from operators.text.skeleton import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CORPUS: Final = ROOT / "corpus"
_SPACED, _UNSPACED = 1 / 100, 1 / 200
"""The share of messages from which on a gram is listed."""
_HEADER: Final = """\
# Grams of everyday messages: two letters of scripts without spaces, three of others, of skeletons (FA-67).
# One of 2 to the power of N messages, or more, has the grams behind N, in the language that has most of them.
# Counted in corpus/ by `python -m bench.quality.everyday_grams`.
"""


def shares(languages: Iterable[Iterable[str]]) -> Mapping[str, float]:
    """Return the share of messages that have each gram, in the language where it is greatest."""
    greatest: dict[str, float] = {}
    for messages in languages:
        listed = [skeleton(normalise_accents(message)) for message in messages]
        counted = Counter(gram for each in listed for gram in set(present_grams(each)))
        for gram, count in counted.items():
            share = count / len(listed)
            if share >= (_UNSPACED if is_unspaced(gram[0]) else _SPACED):
                greatest[gram] = max(greatest.get(gram, 0.0), share)
    return greatest


def table(greatest: Mapping[str, float]) -> str:
    """Return the file."""
    by_bits: dict[int, list[str]] = {}
    for gram, share in greatest.items():
        by_bits.setdefault(round(-log2(share)), []).append(gram)
    lines = (f"{bits} {' '.join(sorted(grams))}\n" for bits, grams in sorted(by_bits.items()))
    return _HEADER + "".join(lines)


def _harmless() -> Iterable[Iterable[str]]:
    for file in sorted(CORPUS.glob("*.tsv")):
        rows = (line.split("\t") for line in file.read_text("utf-8").splitlines())
        yield [row[-1] for row in rows if row[0] == "benign"]


if __name__ == "__main__":
    (ROOT / "operators" / "text" / FILE).write_text(table(shares(_harmless())), "utf-8")
