"""Words of a text as it is written, and their inflected forms: words with the same Snowball stem (FA-77)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from snowballstemmer.arabic_stemmer import ArabicStemmer
from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.french_stemmer import FrenchStemmer
from snowballstemmer.german_stemmer import GermanStemmer
from snowballstemmer.hindi_stemmer import HindiStemmer
from snowballstemmer.indonesian_stemmer import IndonesianStemmer
from snowballstemmer.italian_stemmer import ItalianStemmer
from snowballstemmer.portuguese_stemmer import PortugueseStemmer
from snowballstemmer.russian_stemmer import RussianStemmer
from snowballstemmer.spanish_stemmer import SpanishStemmer

from operators.text.accents import normalise_accents
from operators.text.normalisation import marks, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

# The library's own `stemmer(...)` takes another implementation where one is installed: results must not depend on that.
_STEMMERS: Final = {
    "ar": ArabicStemmer,
    "de": GermanStemmer,
    "en": EnglishStemmer,
    "es": SpanishStemmer,
    "fr": FrenchStemmer,
    "hi": HindiStemmer,
    "id": IndonesianStemmer,
    "it": ItalianStemmer,
    "pt": PortugueseStemmer,
    "ru": RussianStemmer,
}
STEMMED: Final = frozenset(_STEMMERS)
"""Languages whose inflected forms are known."""
PREFIXING: Final = frozenset({"ar"})
"""Those of them that inflect at a word's beginning, too."""
_BY_SCRIPT: Final = {"LATIN": "en", "CYRILLIC": "ru", "ARABIC": "ar", "DEVANAGARI": "hi"}
LONGEST_WORD: Final = 40
"""Characters of the longest word that is compared by its stem."""


def language_by_script(text: str) -> str | None:
    """Return the language whose forms a text of unknown language has: by the script of its first letter."""
    letter = next(filter(str.isalpha, text), "")
    return _BY_SCRIPT.get(unicodedata.name(letter, "").partition(" ")[0]) if letter else None


@cache
def _word() -> re.Pattern[str]:
    return re.compile(f"[^\\W_](?:[^\\W_]|[{''.join(map(re.escape, sorted(marks())))}])*")


def word_spans(text: str) -> Sequence[tuple[int, int]]:
    """Return where the words of a text are: runs of letters and digits with their marks."""
    return [found.span() for found in _word().finditer(text)]


@lru_cache(65536)
def stems(language: str, word: str) -> frozenset[str]:
    """Return the stems of a word with and without its accents, as people leave them out; the stems have none.

    A stemmer keeps its place in the word, so each call has its own: threads may call at the same time.
    """
    written = {normalise(word), normalise_accents(word)}
    found = (normalise_accents(_STEMMERS[language]().stemWord(form)) for form in written)
    return frozenset(filter(None, found))
