"""Labelled texts to measure the screen with: `corpus/`, and public collections where they lie beside the project."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.quality.texts import SMS
from bench.recogniser.lines import held_out, with_real_endings
from jobs.deploy.installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CORPUS: Final = ROOT / "corpus"
COLLECTIONS: Final = SMS.parent / "texts"
_EVERYDAY: Final = frozenset(
    {"birthday", "feelings", "food-weather", "football", "joke", "kids", "plans", "smalltalk", "sport-film", "weather"}
)
"""Kinds of harmless lines of the corpus that speak of nothing that fraud speaks of."""
_HARMLESS: Final = {"ham": "benign"}


class Line(NamedTuple):
    """A text with its label (`scam`, `ad`, `benign`), language and kind."""

    label: str
    language: str
    kind: str
    text: str
    is_everyday: bool
    """Whether it is harmless, and not about what fraud is about."""


def lines() -> Iterator[Line]:
    """Yield all labelled texts, each once."""
    yield from {line.text: line for line in (*_messages(SMS), *_tables(COLLECTIONS), *_tables(CORPUS))}.values()


def not_learned_from(labelled: Sequence[Line]) -> list[Line]:
    """Return the texts that the recogniser is never trained on."""
    return list(compress(labelled, held_out([line.text for line in labelled])))


def _tables(folder: Path) -> Iterator[Line]:
    for file in sorted(folder.glob("*.tsv")):
        for row in filter(None, file.read_text("utf-8").split("\n")):
            label, language, kind, text = row.split("\t")
            everyday = label == "benign" and (folder != CORPUS or kind in _EVERYDAY)
            yield Line(label, language, kind, with_real_endings(text) if folder == CORPUS else text, everyday)


def _messages(file: Path) -> Iterator[Line]:
    for row in filter(None, file.read_text("utf-8").split("\n") if file.exists() else ()):
        label, _, text = row.partition("\t")
        yield Line(_HARMLESS.get(label, "ad"), "en", label, text, label in _HARMLESS)
