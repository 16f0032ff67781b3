"""Skeletons (FA-67): texts in which letters that stand for one another are one letter, and repeated letters are one.

Texts with different skeletons are never disguises of one another. Whether two with the same skeleton are has to be
checked letter by letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from operators.text.accents import accentless_view
from operators.text.lookalikes import DIGITS, homophones, lookalikes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from operators.text.normalisation import View

_RUN: Final = re.compile(r"(.)\1*", re.DOTALL)
_AMBIGUOUS: Final = 6
_ONE: Final = {"l": "i"}
"""Letters that no text tells apart for certain."""


@cache
def representatives() -> Mapping[int, str]:
    """Return a map from normalised characters (code points) to another one that represents their class."""
    stand_for = {ord(digit): letters[0] for digit, letters in DIGITS.items()} | homophones() | lookalikes()
    one = {ord(letter): other for letter, other in _ONE.items()}
    return one | {code: letter.translate(one) for code, letter in stand_for.items()}


def skeleton(normalised: str) -> str:
    """Return the skeleton of a text that is normalised without accents."""
    return _without_repeats(normalised.translate(representatives()))


def _without_repeats(classes: str) -> str:
    for letter in set(classes):
        while letter * 2 in classes:
            classes = classes.replace(letter * 2, letter)
    return classes


def is_number(normalised: str) -> bool:
    """Return whether a text has ASCII digits only: letters do not stand for them."""
    return normalised.isascii() and normalised.isdecimal()


def is_ambiguous(normalised: str) -> bool:
    """Return whether a text is so short that its skeleton, with repeated letters gone, is that of too many others."""
    return len(normalised) < _AMBIGUOUS and len(skeleton(normalised)) < len(normalised)


def is_as_written(normalised: str) -> bool:
    """Return whether a phrase is looked for letter by letter, and not by its skeleton."""
    return is_number(normalised) or is_ambiguous(normalised)


def runs(normalised: str) -> Sequence[str]:
    """Return a normalised text cut where its skeleton has its letters."""
    classes = normalised.translate(representatives())
    return [normalised[run.start() : run.end()] for run in _RUN.finditer(classes)]


@dataclass(frozen=True)
class Reading:
    """A text as it is read by a table of letters that stand for others: its skeleton, and the way back to the text."""

    text: str
    table: Mapping[int, str]
    view: View
    is_plain: bool
    """Whether nothing is read as another letter."""

    @cached_property
    def classes(self) -> str:
        """The letters by their classes."""
        return self.view.text.translate(representatives())

    @cached_property
    def skeleton(self) -> str:
        """The skeleton."""
        return _without_repeats(self.classes)

    @cached_property
    def run_starts(self) -> Sequence[int]:
        """Where in the view each letter of the skeleton begins; the last one is the view's end."""
        classes = self.classes
        return [*(run.start() for run in _RUN.finditer(classes)), len(classes)]

    def written(self, at: int) -> str:
        """Return what is written where a character of the view is read."""
        return self.text[slice(*self.view.origin(at, at + 1))]


def reading(text: str, view: View, table: Mapping[int, str]) -> Reading:
    """Return the reading of a text with its accentless view; the table goes from code points to single characters."""
    read = text if table is lookalikes() and text.isascii() else text.translate(table)  # none of these is ASCII
    is_plain = read == text
    return Reading(text, table, view if is_plain else accentless_view(read), is_plain)
