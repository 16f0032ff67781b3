"""Labelled texts to learn from: `corpus/`, and public collections where they lie beside the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import numpy as np

from jobs.deploy.installation import ROOT
from operators.recogniser.grams import buckets
from operators.recogniser.symbols import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CORPUS: Final = ROOT / "corpus"
_DATA: Final = ROOT.parent / "shared" / "data"
COLLECTIONS: Final = {
    "mendeley": _DATA / "texts" / "mendeley-sms-phishing.tsv",
    "kdconv": _DATA / "texts" / "kdconv-zh.tsv",
    "tencent": _DATA / "texts" / "tencent-zh.tsv",
    "chatterbot": _DATA / "texts" / "chatterbot.tsv",
}
_SMS: Final = _DATA / "sms.tsv"
_SMS_LABELS: Final = {"ham": "benign", "spam": "ad"}
_EVERYDAY: Final = frozenset(
    {"birthday", "feelings", "food-weather", "football", "joke", "kids", "plans", "smalltalk", "sport-film", "weather"}
)
"""Kinds of harmless lines of `corpus/` that speak of nothing that fraud speaks of."""
_CHATS: Final = frozenset({"kdconv", "mendeley", "sms", "tencent"})
_RESERVED: Final = re.compile(r"\.example\b")
_ENDINGS: Final = (
    "app",
    "cc",
    "club",
    "co",
    "com",
    "info",
    "live",
    "me",
    "net",
    "online",
    "org",
    "shop",
    "site",
    "top",
    "vip",
    "xyz",
)
"""What stands for `.example` in links of `corpus/`, or that would be learned instead of the fraud."""
_NOTICE: Final = re.compile(r"https?:|www\.|[Pp]ress \*")
HELD_OUT: Final = 8
"""Of so many lines one is never learned from, so that what was learned can be measured."""


class Line(NamedTuple):
    """A text, its label (`scam`, `ad` or `benign`), and where it is from."""

    source: str
    label: str
    language: str
    kind: str
    text: str

    @property
    def is_harmless(self) -> bool:
        """Whether it is no fraud, nor an advertisement."""
        return self.label == "benign"

    @property
    def is_everyday(self) -> bool:
        """Whether it is harmless, and not about what fraud is about."""
        return self.is_harmless and (self.source != "corpus" or self.kind in _EVERYDAY)

    @property
    def is_chat(self) -> bool:
        """Whether it is what people really wrote to each other: no sentences from books, and no notices of services."""
        return self.is_harmless and self.source in _CHATS and not _NOTICE.search(self.text)

    @property
    def is_hard(self) -> bool:
        """Whether it is harmless, though it is about money, codes, links or the like."""
        return self.is_harmless and not self.is_everyday


def all_lines(corpus: Path = CORPUS) -> list[Line]:
    """Return the lines of all sources that are there, each text once."""
    found: dict[str, Line] = {}
    for line in (*_corpus(corpus), *_collections(), *_messages()):
        found.setdefault(line.text, line)
    return list(found.values())


def _corpus(folder: Path) -> Iterator[Line]:
    for file in sorted(folder.glob("*.tsv")):
        yield from _table("corpus", file)


def _collections() -> Iterator[Line]:
    for source, file in COLLECTIONS.items():
        if file.exists():
            yield from _table(source, file)


def _table(source: str, file: Path) -> Iterator[Line]:
    for row in _rows(file):
        label, language, kind, text = row.split("\t")
        yield Line(source, label, language, kind, with_real_endings(text))


def with_real_endings(text: str) -> str:
    """Return a text with another ending in place of the reserved one: which, is derived from the text."""
    return _RESERVED.sub("." + _ENDINGS[crc32(text.encode()) % len(_ENDINGS)], text)


def _messages() -> Iterator[Line]:
    for row in _rows(_SMS) if _SMS.exists() else ():
        label, text = row.split("\t", 1)
        yield Line("sms", _SMS_LABELS[label], "en", label, text)


def _rows(file: Path) -> Iterator[str]:
    return (row for row in file.read_text("utf-8").split("\n") if row)


def families(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return a number for each text; texts that have most of their n-grams in common mostly have the same (MinHash)."""
    symbols = read(texts)
    *_, longest = buckets(symbols.codes)
    return np.minimum.reduceat(longest[: symbols.end], symbols.starts)


def held_out(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which of some texts, at least one, are never learned from."""
    return _mixed(families(texts)) % HELD_OUT == 0


def _mixed(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (numbers * np.uint32(0x85EBCA6B)) >> np.uint32(16)
