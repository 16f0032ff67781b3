"""A text in the forms that detectors search, each made once, when the first detector asks for it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from operators.text.accents import accentless_view
from operators.text.normalisation import compatible_view

if TYPE_CHECKING:
    from operators.text.normalisation import View

_DIGITS = re.compile("[0-9]+")


class Views:
    """A text and its normalised forms."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def accentless(self) -> View:
        """Without separators, case and accents: for words (FA-11)."""
        return accentless_view(self.text)

    @cached_property
    def compatible(self) -> View:
        """NFKC with everything in its place: for numbers and hosts (FA-13)."""
        return compatible_view(self.text)

    @cached_property
    def digits_in_a_row(self) -> int:
        """The most digits that stand side by side once separators are removed."""
        return max(map(len, _DIGITS.findall(self.accentless.text)), default=0)
