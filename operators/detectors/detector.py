"""What a detector is: its name, how it searches, and what the prefilter has to look for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from operators.text.word_edges import Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from operators.text.views import Views


class Hit(NamedTuple):
    """A place in the original text, in code points; `what` names what was found, where the detector tells several."""

    start: int
    end: int
    what: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a text must have for a detector to hit: at least one of these. Empty or 0: not looked for."""

    phrases: frozenset[str] = frozenset()
    """Normalised phrases, anywhere in the text (FA-11)."""
    combinations: frozenset[tuple[frozenset[str], ...]] = frozenset()
    """Sets of normalised phrases; the text has one of each set."""
    whole_words: frozenset[str] = frozenset()
    """Those of the phrases that count only where no letter or digit adjoins."""
    digits: int = 0
    """So many digits in a row, separators aside."""
    word: int = 0
    """So many letters and digits of ASCII in a row, as written."""
    link: bool = False
    """A dot between letters or digits, or in brackets."""

    @property
    def whole(self) -> Iterator[tuple[str, Whole]]:
        """Each phrase, with the ends at which it has to be at the edge of a word."""
        yield from ((phrase, Whole.NOWHERE) for phrase in self.phrases)
        for phrase in {phrase for parts in self.combinations for part in parts for phrase in part}:
            yield phrase, Whole.BOTH if phrase in self.whole_words else Whole.NOWHERE


def either(looks: Iterable[Look]) -> Look:
    """Return what a text must have to have what one of some looks asks for."""
    listed = tuple(looks)
    return Look(
        phrases=frozenset(phrase for look in listed for phrase in look.phrases),
        combinations=frozenset(parts for look in listed for parts in look.combinations),
        digits=min((look.digits for look in listed if look.digits), default=0),
        word=min((look.word for look in listed if look.word), default=0),
        link=any(look.link for look in listed),
    )


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector as a policy's rules configure it."""

    name: str
    find: Callable[[Views], Iterable[Hit]]
    look: Look


class UnusableRule(ValueError):
    """A screening rule that could never hit, or would hit everything. `key` is the policy key, such as `keywords`."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key
