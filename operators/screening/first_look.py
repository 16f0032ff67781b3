"""Tables of the first look: what `TextLook.java` needs to tell texts in which certainly nothing can be found.

The first look keeps whatever the prefilter would keep, and more: what only the exact search can judge. So no result
depends on it. All numbers are big-endian; symbols are two bytes each.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from operators.detectors.hosts import ascii_endings
from operators.recogniser.model import TRIGGERS_NEEDED
from operators.recogniser.scripts import Script
from operators.recogniser.symbols import ascii_symbols
from operators.screening.phrase import rarity_of_any
from operators.text.alphabet import DIGITS, letters_of_digits, skeleton_symbols, symbol_table, written_symbols
from operators.text.skeleton import is_as_written
from operators.text.word_edges import LONG_WORD, Whole, letters_and_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from operators.recogniser.recogniser import Recogniser
    from operators.screening.prefilter import Sought

    Parts = tuple[frozenset[str], ...]

_ENOUGH: Final = -1
_MOST_LETTERS: Final = 500_000
"""Three times those of all packs."""
_NEVER: Final = (1 << 63) - 1
_LONG, _INT, _SHORT = struct.Struct(">q"), struct.Struct(">i"), struct.Struct(">h")
_PATTERN: Final = struct.Struct(">Bih")


class _Pattern(NamedTuple):
    """A pattern, at which ends it has to be at the edge of a word, and what it counts as: see `TextFindings.java`."""

    text: str
    whole: int
    counts_as: int


def is_too_large(sought: Sought) -> bool:
    """Return whether the tables would take too much memory of a task manager: some 200 bytes a letter."""
    phrases = (*sought.alone, *sought.triggers, *(phrase for part in _led_by(sought.combinations) for phrase in part))
    return sum(map(len, phrases)) > _MOST_LETTERS


def pack_tables(sought: Sought) -> bytes:
    """Return the tables for what a prefilter looks for."""
    led_by = _led_by(sought.combinations)
    numbers = {part: number for number, part in enumerate(led_by, len(sought.triggers))}
    leading = [
        *_patterns_alone(sought),
        *_patterns_of(sought, {part: numbers[part] for part in led_by if led_by[part]}),
    ]
    others = list(_patterns_of(sought, {part: numbers[part] for part in led_by if not led_by[part]}))
    look, triggers = sought.look, len(sought.triggers)
    return b"".join(
        (
            _constants(),
            struct.pack(">iii?", LONG_WORD, look.digits, look.word, look.link),
            _packed_names(sorted(ascii_endings())),
            _packed((each for each in (*leading, *others) if is_as_written(each.text)), written_symbols),
            _packed((each for each in leading if not is_as_written(each.text)), skeleton_symbols),
            _packed((each for each in others if not is_as_written(each.text)), skeleton_symbols),
            struct.pack(">iii", triggers, TRIGGERS_NEEDED, triggers + len(led_by)),
            bytes(_INT.size * triggers),
            *_packed_combinations(led_by, numbers),
            pack_recogniser(sought.recogniser),
        )
    )


def _led_by(combinations: Iterable[Parts]) -> Mapping[frozenset[str], Sequence[Parts]]:
    """Return for each part the combinations that it leads to, as the rarest part of each (FA-78)."""
    led_by: dict[frozenset[str], list[Parts]] = {}
    for combination in combinations:
        lead = max(combination, key=rarity_of_any)
        for part in combination:
            led_by.setdefault(part, [])
        led_by[lead].append(combination)
    return led_by


def _patterns_alone(sought: Sought) -> Iterator[_Pattern]:
    for number, trigger in enumerate(sought.triggers):
        yield _Pattern(trigger, Whole.NOWHERE, number)
    for phrase in sorted(sought.alone):
        yield _Pattern(phrase, sought.whole[phrase], _ENOUGH)


def _patterns_of(sought: Sought, parts: Mapping[frozenset[str], int]) -> Iterator[_Pattern]:
    for part, number in parts.items():
        for phrase in sorted(part):
            yield _Pattern(phrase, sought.whole[phrase], number)


def _packed(patterns: Iterable[_Pattern], spell: Callable[[str], Sequence[int]]) -> bytes:
    packed = [
        _PATTERN.pack(whole, counts_as, len(symbols)) + struct.pack(f">{len(symbols)}H", *symbols)
        for text, whole, counts_as in patterns
        for symbols in (spell(text),)
    ]
    return _INT.pack(len(packed)) + b"".join(packed)


def _packed_combinations(
    led_by: Mapping[frozenset[str], Sequence[Parts]], numbers: Mapping[frozenset[str], int]
) -> Iterator[bytes]:
    """Yield for each part the other parts of every combination that it leads to."""
    for lead, combinations in led_by.items():
        yield _INT.pack(len(combinations))
        for combination in combinations:
            others = [numbers[part] for part in combination if part is not lead]
            yield struct.pack(f">{len(others) + 1}i", len(others), *others)


@cache
def _constants() -> bytes:
    """Return the symbol of every code point, which are letters or digits, and the letter of each digit."""
    letters = np.packbits(letters_and_digits(), bitorder="little").tobytes()
    digits = struct.pack(">10H", *letters_of_digits()[DIGITS.start : DIGITS.stop].tolist())
    return symbol_table().astype(">u2").tobytes() + _sized(letters) + digits


def pack_recogniser(recogniser: Recogniser | None) -> bytes:
    """Return what `RecogniserLook.java` needs to tell how much a text of ASCII is like fraud; without one: nothing."""
    if recogniser is None:
        return _LONG.pack(_NEVER) + 2 * _sized(b"") + _packed_names(())
    model = recogniser.model
    levels = model.levels.get(Script.LATIN)
    floor = _LONG.pack(levels.floor if levels else _NEVER)
    return floor + _sized(ascii_symbols()) + _sized(model.weights.tobytes()) + _packed_names(model.words)


def _sized(packed: bytes) -> bytes:
    return _INT.pack(len(packed)) + packed


def _packed_names(names: Collection[str]) -> bytes:
    packed = map(str.encode, names)
    return _INT.pack(len(names)) + b"".join(_SHORT.pack(len(name)) + name for name in packed)
