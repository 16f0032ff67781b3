"""Flips between the live decisions of a run and those of each policy version in the shadow.

Both decide about the same events. But a shadow sets no timer, and only the live policy ends what is open (C-19, C-21):
a decision of the live policy alone is a flip only where its rule judges the current event, and only between the first
and the last decision of the shadow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Final

from jobs.replay.output_files import SHADOW_DECISIONS_FILE, decisions_of
from jobs.runtime.decision_diff import AGAINST, IMMEDIATE_RULES, NEW, DecisionDiff, Flip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.runtime.decision_diff import FlipKind
    from schemas.records import Decision


_EXAMPLES: Final = 5
_VERSIONS_AT_MOST: Final = 20


@dataclass(slots=True)
class ShadowDiff:
    """The decisions of one version in the shadow, compared with the live ones."""

    first_ms: int
    last_ms: int
    flips: DecisionDiff = field(default_factory=lambda: DecisionDiff(_EXAMPLES))

    def flip_counts(self) -> list[tuple[FlipKind, int]]:
        """Return the kinds of flips with their counts, the most frequent first."""
        return [(kind, count) for kind, count in self.flips.by_kind.most_common() if _is_flip(kind)]

    def examples(self) -> Iterator[Flip]:
        """Yield examples of flips, one of each kind first."""
        return islice((flip for flip in self.flips.examples() if _is_flip(flip.kind)), _EXAMPLES)


def shadow_diffs(directory: Path) -> dict[str, ShadowDiff]:
    """Return the comparison of every version in the shadow of a run. Raises `BadInput` for an unreadable file."""
    diffs: dict[str, ShadowDiff] = {}
    file = directory / SHADOW_DECISIONS_FILE
    for decision in decisions_of(file) if file.exists() else ():
        if decision.policy_version in diffs or len(diffs) < _VERSIONS_AT_MOST:
            diff = diffs.setdefault(decision.policy_version, ShadowDiff(decision.at_ms, decision.at_ms))
            diff.first_ms, diff.last_ms = min(diff.first_ms, decision.at_ms), max(diff.last_ms, decision.at_ms)
    if diffs:
        _compare(diffs, directory)
    return diffs


def _compare(diffs: dict[str, ShadowDiff], directory: Path) -> None:
    decisions = (_decisions(AGAINST, directory / "decisions.jsonl"), _decisions(NEW, directory / SHADOW_DECISIONS_FILE))
    for side, decision in merge(*decisions, key=lambda pair: pair[1].at_ms):
        for version, diff in diffs.items():
            is_there = diff.first_ms <= decision.at_ms <= diff.last_ms
            if decision.policy_version == version if side == NEW else is_there:
                diff.flips.add(side, decision)
    for diff in diffs.values():
        diff.flips.finish()


def _decisions(side: int, file: Path) -> Iterator[tuple[int, Decision]]:
    for decision in decisions_of(file):
        yield side, decision


def _is_flip(kind: FlipKind) -> bool:
    return kind.outcome_new is not None or kind.rule in IMMEDIATE_RULES
