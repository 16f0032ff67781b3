"""Triggers of the shipped model: they are found in texts of every language, also behind the prefilter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import pytest

from operators.recogniser.model import shipped_model
from operators.recogniser.recogniser import Recogniser
from operators.screening.matcher import Matcher
from operators.screening.prefilter import Prefilter
from operators.text.views import Views
from tests.architecture.source import ROOT
from tests.rules.recogniser.test_recogniser import SEMANTIC

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES: Final = sorted((ROOT / "corpus").glob("*.tsv"))
SCAMS: Final = 40


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: str(path.stem))
def test_a_scam_of_any_language_is_read_the_same_behind_the_prefilter__fa_79_fa_80(language: Path, form: str) -> None:
    texts = [normalize(form, text) for text in scams(language)[:SCAMS]]
    alone, behind = Recogniser(shipped_model()), Matcher(SEMANTIC)
    behind.recogniser = Recogniser(shipped_model())
    Prefilter((behind,)).candidate_texts([text.encode() for text in texts])
    expected = [alone.reading(Views(text)) for text in texts]
    assert [behind.recogniser.reading(Views(text)) for text in texts] == expected
    assert any(expected)


def scams(language: Path) -> list[str]:
    rows = (line.split("\t") for line in language.read_text("utf-8").splitlines())
    return [row[3] for row in rows if row[0] == "scam"]
