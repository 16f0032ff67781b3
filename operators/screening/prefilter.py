"""Prefilter over batches of messages: finds a superset of those that any matcher could hit, in a few passes.

A dropped message is certainly valid and without a hit (FA-6, FA-11); a candidate has to be decoded and matched exactly.
The whole batch is normalised to symbols (`operators.text.alphabet`) and searched by one Aho-Corasick automaton.
"""

from __future__ import annotations

from itertools import compress
from operator import not_
from typing import TYPE_CHECKING

import numpy as np
from ahocorasick_rs import BytesAhoCorasick

from operators.screening.detectors import SHORTEST_CARD
from operators.text.accents import normalise_accents
from operators.text.alphabet import BOUNDARY, DIGITS, IRREGULAR, TEXT_SEPARATOR, Alphabet
from schemas.message_columns import texts_of
from schemas.validation import LAST_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from operators.screening.matcher import Matcher
    from schemas.records import MessageSent

    Column = NDArray[np.int64]

_NONE = np.empty(0, dtype=np.int64)


class Prefilter:
    """Searches for what any of some matchers could hit. Immutable; takes some milliseconds to build."""

    def __init__(self, screens: Iterable[Matcher], *, all_groups: bool = False, all_pairs: bool = False) -> None:
        listed, self._all_groups, self._all_pairs = tuple(screens), all_groups, all_pairs
        patterns = {pattern for screen in listed for pattern in screen.patterns}
        self.size_bytes = sum(screen.size_bytes for screen in listed)
        patterns |= {normalise_accents(host) for screen in listed for host in screen.hosts}
        self._numbers = any(screen.numbers for screen in listed)
        self._alphabet = Alphabet(sorted(patterns))
        self._automaton = BytesAhoCorasick([self._alphabet.encode_pattern(pattern) for pattern in sorted(patterns)])

    def candidates(self, buffer: bytes, starts: Column, ends: Column, times_ms: Column) -> Column:
        """Return the indexes of the messages to keep, ascending. A message's bytes are `buffer[start:end]`.

        `times_ms` are the transport's times, between which the policies of the matchers are in force. Besides possible
        hits it keeps invalid messages, and messages of a time before the first of `times_ms` or after their own, as
        other policies may be in force then. With `all_groups` it keeps all group messages, with `all_pairs` all
        one-to-one messages.
        """
        texts = texts_of(buffer, starts, ends)
        kept = texts.odd | (texts.at_ms > times_ms) | (texts.at_ms < times_ms.min(initial=LAST_MS))
        if self._all_groups:
            kept |= texts.grouped
        if self._all_pairs:
            kept |= ~texts.grouped
        plain = np.flatnonzero(~kept)
        spans = zip(texts.starts[plain].tolist(), texts.ends[plain].tolist(), strict=True)
        kept[plain[self.candidate_texts([buffer[start:end] for start, end in spans])]] = True
        return np.flatnonzero(kept)

    def droppable(self, messages: Iterable[MessageSent]) -> Sequence[bool]:
        """Return for each of some valid messages whether `candidates` would drop it."""
        listed = tuple(messages)
        kept = np.array([self._all_pairs if message.group_id is None else self._all_groups for message in listed])
        kept[self.candidate_texts([message.text.encode() for message in listed])] = True
        return (~kept).tolist()  # type: ignore[no-any-return]

    def candidate_texts(self, texts: Sequence[bytes]) -> Column:
        """Return the indexes of texts that a matcher might hit or that are not UTF-8, unsorted."""
        is_ascii = list(map(bytes.isascii, texts))
        if all(is_ascii):
            return self._hits(self._alphabet.encode_ascii(texts))
        others = list(map(not_, is_ascii))
        places = np.arange(len(texts))
        plain = places[is_ascii][self._hits(self._alphabet.encode_ascii(compress(texts, is_ascii)))]
        return np.concatenate((plain, places[others][self._candidates_of_any(list(compress(texts, others)))]))

    def _candidates_of_any(self, texts: Sequence[bytes]) -> Column:
        """Return the indexes of the candidates among texts that are not ASCII."""
        try:
            joined = TEXT_SEPARATOR.encode().join(texts).decode()
        except UnicodeDecodeError:
            return self._candidates_one_by_one(texts)
        if joined.count(TEXT_SEPARATOR) >= len(texts):
            return self._candidates_one_by_one(texts)
        return self._hits(self._alphabet.encode_any(joined))

    def _candidates_one_by_one(self, texts: Sequence[bytes]) -> Column:
        """Return the candidates where a text does not decode or contains the separator: such texts are candidates."""
        regular = np.array([_is_regular(text) for text in texts])
        joined = TEXT_SEPARATOR.join(text.decode() for text in compress(texts, regular))
        hits = np.flatnonzero(regular)[self._hits(self._alphabet.encode_any(joined))]
        return np.concatenate((np.flatnonzero(~regular), hits))

    def _hits(self, symbols: bytes) -> Column:
        """Return the indexes of the texts with a hit; `symbols` are the texts with boundaries between them."""
        seen = np.frombuffer(symbols, dtype=np.uint8)
        found = [start for _, start, _ in self._automaton.find_matches_as_indexes(symbols)]
        places = np.concatenate(
            (np.array(found, dtype=np.int64), np.flatnonzero(seen == IRREGULAR), self._digit_runs(seen))
        )
        if places.size == 0:
            return _NONE
        return np.unique(np.searchsorted(np.flatnonzero(seen == BOUNDARY), places))

    def _digit_runs(self, seen: NDArray[np.uint8]) -> Column:
        """Return the positions where enough digits for a number are adjacent (separators are removed)."""
        digits = np.flatnonzero(seen - DIGITS.start < len(DIGITS)) if self._numbers else _NONE
        first, last = digits[: 1 - SHORTEST_CARD], digits[SHORTEST_CARD - 1 :]
        return first[last - first == SHORTEST_CARD - 1] if last.size else _NONE


def _is_regular(text: bytes) -> bool:
    try:
        return TEXT_SEPARATOR not in text.decode()
    except UnicodeDecodeError:
        return False
