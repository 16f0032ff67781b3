"""Prefilter over batches of messages: finds a superset of those that any matcher could hit, in a few passes.

A dropped message is certainly valid and without a hit (FA-6, FA-11); a candidate has to be decoded and matched exactly.
The whole batch is normalised to symbols (`operators.text.alphabet`) and searched at once.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, compress
from operator import not_
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from operators.detectors.detector import either
from operators.recogniser.model import TRIGGERS_NEEDED
from operators.screening.combined_patterns import Batch, CombinedPatterns, Patterns
from operators.screening.letters import searched_letters, without_separators
from operators.screening.symbol_search import NONE
from operators.screening.written import Written
from operators.text.alphabet import (
    ASCII_SEPARATOR,
    BOUNDARY,
    IRREGULAR,
    TEXT_SEPARATOR,
    code_points,
    encode_any,
    encode_ascii,
    is_digit,
    sign_places,
)
from operators.text.signs import sign_letters
from operators.text.views import Views
from operators.text.word_edges import Whole, word_edges
from schemas.message_columns import Texts, texts_of
from schemas.validation import LAST_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from operators.detectors.detector import Detector, Look
    from operators.recogniser.recogniser import Recogniser
    from operators.screening.letters import Letters, Matches
    from operators.screening.matcher import Matcher
    from operators.text.alphabet import Symbols
    from schemas.records import MessageSent

    Column = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_MANY: Final = 500
"""Texts of which those of ASCII are searched by themselves: that is faster by the text, but a pass takes its time."""
_SIGNS_AS_LETTERS = "".join(map(chr, range(128))).translate(sign_letters()).encode() + bytes(range(128, 256))


class Sought(NamedTuple):
    """What a prefilter looks for; `whole` says of each phrase at which ends it has to be at the edge of a word."""

    alone: AbstractSet[str]
    combinations: AbstractSet[tuple[frozenset[str], ...]]
    whole: Mapping[str, int]
    recogniser: Recogniser | None
    look: Look

    @property
    def triggers(self) -> tuple[str, ...]:
        """What the recogniser reads a text for, if it is asked."""
        return self.recogniser.triggers if self.recogniser else ()


class _Found(NamedTuple):
    """Indexes of texts: with a hit, with enough triggers of the recogniser, with a character that may be several."""

    hits: Column
    triggered: Column
    irregular: Column


class Prefilter:
    """Searches for what any of some matchers could hit. Immutable; takes half a second to build with all packs."""

    def __init__(self, screens: Iterable[Matcher], *, all_groups: bool = False, all_pairs: bool = False) -> None:
        listed, self.all_groups, self.all_pairs = tuple(screens), all_groups, all_pairs
        self.size_bytes = sum(screen.size_bytes for screen in listed)
        detectors = {detector for screen in listed for detector in screen.detectors}
        looks = [detector.look for detector in detectors]
        self._look = either(looks)
        self._of_words = [detector for detector in detectors if detector.look.word]
        self._of_names = [detector for detector in detectors if detector.look.link]
        alone = self._look.phrases.union(*(screen.keywords.alone for screen in listed))
        combined = self._look.combinations.union(*(screen.keywords.combinations for screen in listed))
        keywords = dict.fromkeys(screen.keywords for screen in listed)
        whole = _weakest(chain(*(each.whole for each in keywords), *(look.whole for look in looks)))
        recogniser = next((screen.recogniser for screen in listed if screen.recogniser), None)
        self.sought = Sought(alone, combined, whole, recogniser, self._look)
        self._patterns = CombinedPatterns(alone, combined, whole)
        self._triggers = _trigger_patterns(self.sought.triggers)

    def candidates(self, buffer: bytes, starts: Column, ends: Column, times_ms: Column) -> Column:
        """Return the indexes of the messages to keep, ascending. A message's bytes are `buffer[start:end]`.

        `times_ms` are the transport's times, between which the policies of the matchers are in force. Besides possible
        hits it keeps invalid messages, and messages of a time before the first of `times_ms` or after their own, as
        other policies may be in force then. With `all_groups` it keeps all group messages, with `all_pairs` all
        one-to-one messages.
        """
        return np.flatnonzero(self.kept(texts_of(buffer, starts, ends), buffer, times_ms))

    def kept(self, texts: Texts, buffer: bytes, times_ms: Column) -> Flags:
        """Return for each message of a batch whether `candidates` keeps it."""
        kept: Flags = texts.odd | (texts.at_ms > times_ms) | (texts.at_ms < times_ms.min(initial=LAST_MS))
        if self.all_groups:
            kept |= texts.grouped
        if self.all_pairs:
            kept |= ~texts.grouped
        plain = np.flatnonzero(~kept)
        spans = zip(texts.starts[plain].tolist(), texts.ends[plain].tolist(), strict=True)
        kept[plain[self.candidate_texts([buffer[start:end] for start, end in spans])]] = True
        return kept

    def droppable(self, messages: Iterable[MessageSent]) -> Sequence[bool]:
        """Return for each of some valid messages whether `candidates` would drop it."""
        listed = tuple(messages)
        kept = np.array([self.all_pairs if message.group_id is None else self.all_groups for message in listed])
        kept[self.candidate_texts([message.text.encode() for message in listed])] = True
        return (~kept).tolist()  # type: ignore[no-any-return]

    def candidate_texts(self, texts: Sequence[bytes]) -> Column:
        """Return the indexes of texts that a matcher might hit or that are not UTF-8, unsorted."""
        if 0 < len(texts) < _MANY:
            return self._candidates_of_any(texts)
        is_ascii = list(map(bytes.isascii, texts))
        if all(is_ascii):
            return self._candidates_of_ascii(texts)
        others = list(map(not_, is_ascii))
        places = np.arange(len(texts))
        plain = places[is_ascii][self._candidates_of_ascii(list(compress(texts, is_ascii)))]
        return np.concatenate((plain, places[others][self._candidates_of_any(list(compress(texts, others)))]))

    def _candidates_of_ascii(self, texts: Sequence[bytes]) -> Column:
        joined = ASCII_SEPARATOR.join(texts)
        codes = np.frombuffer(joined, dtype=np.uint8)
        symbols = encode_ascii(joined)
        signed = _signed(symbols)
        of_signed = ASCII_SEPARATOR.join([texts[place] for place in signed.tolist()])
        read = without_separators(
            encode_ascii(of_signed.translate(_SIGNS_AS_LETTERS)),
            word_edges(np.frombuffer(of_signed, dtype=np.uint8), ASCII_SEPARATOR[0]),
        )
        letters = without_separators(symbols, word_edges(codes, ASCII_SEPARATOR[0]))
        found = self._search(letters, signed, read)
        return self._with_recognised(self._with_confirmed(found.hits, Written(joined, codes), texts), found, texts)

    def _candidates_of_any(self, texts: Sequence[bytes]) -> Column:
        """Return the indexes of the candidates among texts that are not ASCII."""
        try:
            joined = TEXT_SEPARATOR.encode().join(texts).decode()
        except UnicodeDecodeError:
            return self._candidates_one_by_one(texts)
        if joined.count(TEXT_SEPARATOR) >= len(texts):
            return self._candidates_one_by_one(texts)
        return self._candidates_of_joined(joined, texts)

    def _candidates_of_joined(self, joined: str, texts: Sequence[bytes]) -> Column:
        codes = code_points(joined)
        symbols = encode_any(codes)
        signed = _signed(symbols)
        of_signed = TEXT_SEPARATOR.join([texts[place].decode() for place in signed.tolist()])
        read = without_separators(
            encode_any(code_points(of_signed.translate(sign_letters()))),
            word_edges(code_points(of_signed), ord(TEXT_SEPARATOR)),
        )
        letters = without_separators(symbols, word_edges(codes, ord(TEXT_SEPARATOR)))
        found = self._search(letters, signed, read)
        return self._with_recognised(self._with_confirmed(found.hits, Written(joined, codes), texts), found, texts)

    def _candidates_one_by_one(self, texts: Sequence[bytes]) -> Column:
        """Return the candidates where a text does not decode or contains the separator: such texts are candidates."""
        regular = np.array([_is_regular(text) for text in texts])
        valid = list(compress(texts, regular))
        hits = self._candidates_of_joined(TEXT_SEPARATOR.join(map(bytes.decode, valid)), valid)
        return np.concatenate((np.flatnonzero(~regular), np.flatnonzero(regular)[hits]))

    def _with_confirmed(self, hits: Column, written: Written, texts: Sequence[bytes]) -> Column:
        """Return the indexes of hits, and of those others that a detector of long words or host names does hit.

        Long words and dots between letters are more frequent than hits, so such texts are searched here.
        """
        confirmed = [hits]
        if self._of_words:
            confirmed.append(_confirmed(self._of_words, hits, written.with_long_words(self._look.word), texts))
        if self._of_names:
            confirmed.append(_confirmed(self._of_names, hits, written.with_names(), texts))
        return np.concatenate(confirmed)

    def _with_recognised(self, hits: Column, found: _Found, texts: Sequence[bytes]) -> Column:
        """Return the indexes of hits, and of the triggered texts of which the recogniser says something.

        It need not look at the other hits again, when the exact search asks for them next; but at irregular ones, in
        which triggers are not found here.
        """
        recogniser = self.sought.recogniser
        if recogniser is None:
            return hits
        untriggered = np.setdiff1d(hits, np.union1d(found.triggered, found.irregular))
        recogniser.pass_over(texts[place].decode() for place in untriggered.tolist())
        if not found.triggered.size:
            return hits
        said = recogniser.read_all([texts[place].decode() for place in found.triggered.tolist()])
        return np.union1d(hits, found.triggered[said])

    def _search(self, letters: Letters, signed: Column, read: Letters) -> _Found:
        """Search a batch. `signed` are the texts with signs that may be letters, `read` these with letters for them."""
        batch = Batch(searched_letters(letters), signed, searched_letters(read))
        triggered = _with_different(self._triggers.find(batch), TRIGGERS_NEEDED)
        irregular = letters.texts_at(np.flatnonzero(letters.symbols == IRREGULAR))
        numbers = letters.texts_at(self._digit_runs(letters.symbols))
        hits = np.union1d(self._patterns.find(batch), np.union1d(irregular, numbers))
        return _Found(hits, triggered, irregular)

    def _digit_runs(self, symbols: Symbols) -> Column:
        """Return the positions of digits behind which there are enough for a number (separators are removed)."""
        if not self._look.digits:
            return NONE
        digits, beyond = np.flatnonzero(is_digit(symbols)), self._look.digits - 1
        first, last = digits[: digits.size - beyond], digits[beyond:]
        return first[last - first == beyond] if last.size else NONE


def _weakest(needed: Iterable[tuple[str, Whole]]) -> Mapping[str, int]:
    """Return at which ends each phrase has to be at the edge of a word whatever it is looked for."""
    weakest: dict[str, int] = {}
    for phrase, whole in needed:
        weakest[phrase] = weakest.get(phrase, whole) & whole
    return weakest


@lru_cache(2)
def _trigger_patterns(triggers: tuple[str, ...]) -> Patterns:
    return Patterns(dict.fromkeys(triggers, int(Whole.NOWHERE)))


def _with_different(matches: Matches, least: int) -> Column:
    """Return the indexes of the texts with so many different patterns."""
    if not matches.texts.size:
        return NONE
    beyond = int(matches.patterns.max()) + 1
    return np.flatnonzero(np.bincount(np.unique(matches.texts * beyond + matches.patterns) // beyond) >= least)


def _signed(symbols: Symbols) -> Column:
    return np.unique(np.searchsorted(np.flatnonzero(symbols == BOUNDARY), sign_places(symbols)))


def _confirmed(detectors: Sequence[Detector], hits: Column, unsure: Column, texts: Sequence[bytes]) -> Column:
    """Return the indexes of the unsure texts that one of the detectors hits, and that are no hits yet."""
    others = np.setdiff1d(unsure, hits, assume_unique=True).tolist()
    views = ((place, Views(texts[place].decode())) for place in others)
    found = [place for place, view in views if any(True for detector in detectors for _ in detector.find(view))]
    return np.array(found, dtype=np.int64)


def _is_regular(text: bytes) -> bool:
    try:
        return TEXT_SEPARATOR not in text.decode()
    except UnicodeDecodeError:
        return False
