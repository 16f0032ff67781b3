"""A text in the forms that detectors search, each made once, when the first detector asks for it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from operators.text.accents import accentless_view
from operators.text.lookalikes import lookalikes, with_signs
from operators.text.normalisation import Neighbours, compatible_view
from operators.text.signs import has_sign_letters
from operators.text.skeleton import Reading, reading
from operators.text.words import word_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from operators.text.normalisation import View

Made = TypeVar("Made")

_DIGITS = re.compile("[0-9]+")


class Views:
    """A text and its normalised forms."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._made: dict[Callable[[Views], object], object] = {}

    def once(self, make: Callable[[Views], Made]) -> Made:
        """Return what a function makes of the text, made once however many detectors ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("Made", self._made[make])

    @cached_property
    def longest_word(self) -> int:
        """The length of the longest stretch without white space."""
        return max(map(len, self.text.split()), default=0)

    @cached_property
    def accentless(self) -> View:
        """Without separators, case and accents: for words (FA-11)."""
        return accentless_view(self.text)

    @cached_property
    def compatible(self) -> View:
        """NFKC with everything in its place: for numbers and hosts (FA-13)."""
        return compatible_view(self.text)

    @cached_property
    def readings(self) -> Sequence[Reading]:
        """As it may be read, where letters stand for others (FA-67): once more where signs may stand for letters."""
        tables = (lookalikes(), with_signs()) if has_sign_letters(self.text) else (lookalikes(),)
        return [reading(self.text, self.accentless, table) for table in tables]

    @cached_property
    def around(self) -> Neighbours:
        """The characters around a place."""
        return Neighbours(self.text)

    @cached_property
    def words(self) -> Sequence[tuple[int, int]]:
        """Where the words are."""
        return word_spans(self.text)

    @cached_property
    def _starts(self) -> Sequence[int]:
        return [start for start, _ in self.words]

    def word_at(self, offset: int) -> int:
        """Return the index of the last word that begins at an offset or before it; -1 for none."""
        return bisect_right(self._starts, offset) - 1

    @cached_property
    def digits_in_a_row(self) -> int:
        """The most digits that stand side by side once separators are removed."""
        return max(map(len, _DIGITS.findall(self.accentless.text)), default=0)
