"""Keywords of everyday language: how many of the everyday messages that ship a keyword would hit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from operators.policy.keywords import Keyword, ScreenRules
from operators.screening.matcher import Matcher
from operators.text.normalisation import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LARGE_SHARE: Final = Fraction(3, 200)
"""Share of the everyday messages of one language from which on a keyword is no sign of anything."""
_FEWEST: Final = 2  # hits: a word that happens to be in one message is not everyday for that
_LANGUAGE: Final = "# language: "


@dataclass(frozen=True, slots=True)
class EverydayKeyword:
    """A keyword that hits everyday messages; `index` is its place among the given ones."""

    index: int
    language: str
    hits: int
    messages: int
    is_one_character: bool

    def __str__(self) -> str:
        """Return what is wrong with it, without the keyword."""
        kind = "is one character, and " if self.is_one_character else ""
        return (
            f"{kind}hits {self.hits} of {self.messages} everyday messages in {self.language}: "
            "choose a phrase that only the fraud has"
        )


def everyday_keywords(keywords: Sequence[Keyword]) -> Iterator[EverydayKeyword]:
    """Yield the keywords that hit a large share of the messages of a language, or are a single character, in order."""
    numbered = tuple(replace(keyword, id=str(index)) for index, keyword in enumerate(keywords))
    matcher = Matcher(ScreenRules(numbered, frozenset({"keyword"}), ()))
    hits = {name: _hits(matcher, messages) for name, messages in everyday_messages().items()}
    for index, keyword in enumerate(keywords):
        language = max(hits, key=lambda name: Fraction(hits[name][index], len(everyday_messages()[name])))
        count, messages = hits[language][index], len(everyday_messages()[language])
        is_one_character = len(normalise(keyword.text)) == 1
        if is_one_character or (count >= _FEWEST and Fraction(count, messages) >= LARGE_SHARE):
            yield EverydayKeyword(index, language, count, messages, is_one_character)


@cache
def everyday_messages() -> Mapping[str, tuple[str, ...]]:
    """Return the everyday messages that ship, by language."""
    messages: dict[str, list[str]] = {}
    language = ""
    for line in files("jobs.policy").joinpath("everyday.txt").read_text("utf-8").splitlines():
        if line.startswith(_LANGUAGE):
            language = line.removeprefix(_LANGUAGE)
        elif line and not line.startswith("#"):
            messages.setdefault(language, []).append(line)
    return {name: tuple(lines) for name, lines in messages.items()}


def _hits(matcher: Matcher, messages: Sequence[str]) -> Counter[int]:
    """Return in how many messages each keyword is found."""
    found: Counter[int] = Counter()
    for message in messages:
        found.update({int(span.keyword or 0) for span in matcher.find(message)})
    return found
