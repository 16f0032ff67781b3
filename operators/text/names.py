"""The words of a name, which is the form in which names are stored (FA-91)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from operators.text.normalisation import clusters, normalise
from operators.text.signs import SIGNS, pictured

_BREAKS: Final = "ZPS"
"""General categories that separate words: spaces, punctuation, symbols. What is invisible does not."""


_SIGN: Final = re.compile(r"(?<=[^\W\d_])[@$€£!](?=[^\W\d_])")
"""Signs that are read as letters between letters."""
_FLAGS: Final = range(0x1F1E6, 0x1F200)


@cache
def _letter_signs() -> dict[int, str]:
    """Return a map from emoji that show a letter to the letter, except those that flags consist of."""
    return {code: letter for code, letter in pictured().items() if code not in _FLAGS}


def words_of(name: str) -> str:
    """Return the normalised words of a name between single spaces; of one without letters what can be seen of it."""
    read = _SIGN.sub(lambda sign: SIGNS[sign[0]][0], name.translate(_letter_signs()))
    spaced = "".join(" " if _is_break(cluster) else cluster for cluster in clusters(read))
    # A mark that a sign becomes is behind a space in NFKC, which is gone then: it belongs to the letter before.
    words = unicodedata.normalize("NFC", " ".join(filter(None, map(normalise, spaced.split()))))
    if words:
        return words
    return "".join(char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char)[0] in "PS")


def _is_break(cluster: str) -> bool:
    return len(cluster) == 1 and unicodedata.category(cluster)[0] in _BREAKS and not normalise(cluster)
