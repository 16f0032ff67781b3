"""The words of a name, which is the form in which names are stored (FA-91)."""

from __future__ import annotations

import unicodedata
from typing import Final

from operators.text.normalisation import clusters, is_separator, normalise

_BREAKS: Final = "ZPS"
"""General categories that separate words: spaces, punctuation, symbols. What is invisible does not."""


def words_of(name: str) -> str:
    """Return the normalised words of a name between single spaces; of one without letters what can be seen of it."""
    spaced = "".join(" " if _is_break(cluster) else cluster for cluster in clusters(name))
    words = " ".join(filter(None, map(normalise, spaced.split())))
    if words:
        return words
    return "".join(char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char)[0] in "PS")


def _is_break(cluster: str) -> bool:
    return len(cluster) == 1 and is_separator(cluster) and unicodedata.category(cluster)[0] in _BREAKS
