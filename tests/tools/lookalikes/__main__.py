"""Writes the table of lookalike letters: `python -m tests.tools.lookalikes`.

Source: Unicode's confusables (UTS 39), as the library confusable_homoglyphs ships them. Its rows for single letters of
other scripts stay, and small capitals. A small letter without a row gets that of its capital: `т` is a small `Т`.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARY: Final = "confusable_homoglyphs"
UNICODE: Final = "15.1"
TABLE: Final = ROOT / "operators" / "text" / "lookalikes.txt"
_SMALL_CAPITAL: Final = re.compile("LATIN LETTER SMALL CAPITAL ([A-Z])")
_ALSO: Final = {"n": "ηп", "u": "иц", "w": "ωшщ", "e": "єэ", "r": "я", "b": "б", "o": "θ", "d": "δ", "h": "ђћ"}
"""Letters that people write for others, though Unicode does not call them confusable."""
_HEAD: Final = """\
# Letters that look like a letter of another script, after the letter that they are read as. Written by
# `python -m tests.tools.lookalikes` from {library} {version}: confusables of Unicode {unicode} (UTS 39), which
# are under the UNICODE LICENSE V3, and a few that people use besides.
"""


def script(char: str) -> str:
    """Return the first word of a letter's Unicode name, which is its script."""
    return unicodedata.name(char, "").partition(" ")[0]


def is_letter(char: str) -> bool:
    """Return whether it is one letter or digit that NFKC leaves as it is."""
    return len(char) == 1 and char.isalnum() and not char.isascii() and unicodedata.normalize("NFKC", char) == char


def read_as(char: str, alike: list[str]) -> str | None:
    """Return the letter that a character is read as, of those that look like it."""
    letters = [other for other in alike if len(other) == 1 and other.isascii() and other.isalpha()]
    if letters:
        return min(letters, key=lambda letter: (letter == "I", letter)).lower()
    if script(char) != "KATAKANA":
        return None
    return min((other for other in alike if len(other) == 1 and script(other) == "CJK"), default=None)


def rows(confusables: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """Return each letter with the letter that it is read as."""
    alike = {char: [other["c"] for other in others] for char, others in confusables.items() if is_letter(char)}
    found = {char: letter for char, others in alike.items() if (letter := read_as(char, others))}
    found |= dict(_small_capitals())
    found |= {char: letter for letter, chars in _ALSO.items() for char in chars + chars.upper()}
    of_capitals = ((char.lower(), letter) for char, letter in found.items() if is_letter(char.lower()))
    return dict(of_capitals) | found


def _small_capitals() -> Iterator[tuple[str, str]]:
    for char in map(chr, range(0x80, 0x10000)):
        if found := _SMALL_CAPITAL.fullmatch(unicodedata.name(char, "")):
            yield char, found[1].lower()


def main() -> None:
    """Write the table."""
    found = rows(json.loads(files(LIBRARY).joinpath("confusables.json").read_text("utf-8")))
    letters: dict[str, str] = {}
    for char, letter in sorted(found.items()):
        letters[letter] = letters.get(letter, "") + char
    lines = (f"{letter}\t{chars}\n" for letter, chars in sorted(letters.items()))
    head = _HEAD.format(library=LIBRARY, version=version(LIBRARY), unicode=UNICODE)
    TABLE.write_text(head + "".join(lines), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
