"""What does a policy in the shadow decide otherwise than the live one did? Key: its version.

Both decide about the same events. But a shadow arms no timer, and what ends something that is open is live alone
(C-19, C-21): that only the live policy decides is a flip only where a rule judges what just came, and only between the
first and the last decision that the shadow made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Final

from jobs.replay.output_files import SHADOW_DECISIONS_FILE, decisions_of
from jobs.runtime.decision_diff import AGAINST, IMMEDIATE_RULES, NEW, DecisionDiff, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.runtime.decision_diff import DifferenceKind
    from schemas.records import Decision


_EXAMPLES: Final = 5
_VERSIONS_AT_MOST: Final = 20


@dataclass(slots=True)
class Shade:
    """What one version has decided in the shadow, beside what was decided live."""

    first_ms: int
    last_ms: int
    flips: DecisionDiff = field(default_factory=lambda: DecisionDiff(_EXAMPLES))

    def flipped(self) -> list[tuple[DifferenceKind, int]]:
        """Return the kinds of flips with their numbers, the most frequent first."""
        return [(kind, count) for kind, count in self.flips.by_kind.most_common() if _is_flip(kind)]

    def examples(self) -> Iterator[Difference]:
        """Yield examples of flips, of as many kinds as there are first."""
        return islice((flip for flip in self.flips.examples() if _is_flip(flip.kind)), _EXAMPLES)


def shades_of(directory: Path) -> dict[str, Shade]:
    """Return every version that has decided in the shadow. Raise BadInput where a file cannot be read."""
    shades: dict[str, Shade] = {}
    file = directory / SHADOW_DECISIONS_FILE
    for decision in decisions_of(file) if file.exists() else ():
        if decision.policy_version in shades or len(shades) < _VERSIONS_AT_MOST:
            shade = shades.setdefault(decision.policy_version, Shade(decision.at_ms, decision.at_ms))
            shade.first_ms, shade.last_ms = min(shade.first_ms, decision.at_ms), max(shade.last_ms, decision.at_ms)
    if shades:
        _take(shades, directory)
    return shades


def _take(shades: dict[str, Shade], directory: Path) -> None:
    told = (_told(AGAINST, directory / "decisions.jsonl"), _told(NEW, directory / SHADOW_DECISIONS_FILE))
    for side, decision in merge(*told, key=lambda pair: pair[1].at_ms):
        for version, shade in shades.items():
            is_there = shade.first_ms <= decision.at_ms <= shade.last_ms
            if decision.policy_version == version if side == NEW else is_there:
                shade.flips.add(side, decision)
    for shade in shades.values():
        shade.flips.finish()


def _told(side: int, file: Path) -> Iterator[tuple[int, Decision]]:
    for decision in decisions_of(file):
        yield side, decision


def _is_flip(kind: DifferenceKind) -> bool:
    return kind.outcome_new is not None or kind.rule in IMMEDIATE_RULES
