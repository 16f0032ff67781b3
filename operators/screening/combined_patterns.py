"""The patterns of the prefilter: those that suffice alone, and the leading parts of combinations (FA-78)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick, Implementation

from operators.screening.phrase import rarity
from operators.text.alphabet import Alphabet
from operators.text.skeleton import is_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    Parts = tuple[frozenset[str], ...]


class CombinedPatterns:
    """Patterns: first those that suffice alone, then those of one part of each combination, its rarest.

    The alphabet is also that of what is searched for `beside` them.
    """

    def __init__(self, alone: AbstractSet[str], combined: Collection[Parts], beside: Sequence[str] = ()) -> None:
        led: dict[str, set[Parts]] = {}
        for parts in combined:
            lead = max(parts, key=rarity)
            for anchor in lead.difference(alone):
                led.setdefault(anchor, set()).add(tuple(part for part in parts if part is not lead))
        others = {part for needed in led.values() for parts in needed for part in parts}
        self.patterns: Sequence[str] = [*sorted(alone), *sorted(led)]
        self.alone = len(alone)
        self.alphabet = Alphabet([*self.patterns, *beside, *sorted(anchor for part in others for anchor in part)])
        shared = {part: _Part(part, self.alphabet) for part in others}
        self._needed = [
            [[shared[part] for part in sorted(parts, key=len)] for parts in needed] for _, needed in sorted(led.items())
        ]

    def may_be_complete(self, patterns: Iterable[int], searched: bytes) -> bool:
        """Return whether a text with leading parts, in the symbols that are searched, may have all others of one."""
        needed = (parts for pattern in patterns for parts in self._needed[pattern - self.alone])
        return any(all(part.may_be_in(searched) for part in parts) for parts in needed)


class _Part:
    """The phrases of a part. Few parts are ever looked for: each is compiled when it first is."""

    def __init__(self, anchors: Collection[str], alphabet: Alphabet) -> None:
        self._anchors, self._alphabet = sorted(anchors), alphabet
        self._has_numbers = any(map(is_number, anchors))  # which symbols of letters do not show

    @cached_property
    def _automaton(self) -> BytesAhoCorasick:
        encoded = list(map(self._alphabet.encode_skeleton, self._anchors))
        return BytesAhoCorasick(encoded, implementation=Implementation.ContiguousNFA)

    def may_be_in(self, searched: bytes) -> bool:
        return self._has_numbers or bool(self._automaton.find_matches_as_indexes(searched))
