"""Verification of a file of decisions against those recomputed from events, matched by decision id.

Two copies of one decision count as one: ids exist so that a receiver recognises a repetition (C-12).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import fields

from schemas.records import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NOTHING: Final = object()


class Verdict(StrEnum):
    """Result of comparing a recorded decision with the recomputed one."""

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field, or a member of the evidence, that differs; `None`: absent on that side."""

    field: str
    recorded: str | None
    recomputed: str | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A decision that is not the same on both sides."""

    verdict: Verdict
    decision: Decision
    differences: tuple[FieldDifference, ...] = ()


class Recomputation:
    """Comparison of the recorded decisions with the recomputed ones, which arrive one by one."""

    def __init__(self, recorded: Iterable[Decision]) -> None:
        self._open: dict[str, list[Decision]] = {}
        self._recomputed: dict[str, list[Decision]] = {}
        self.counts: Counter[Verdict] = Counter()
        self._recorded_versions: set[str] = set()
        self._recomputed_versions: set[str] = set()
        for decision in recorded:
            self._recorded_versions.add(decision.policy_version)
            known = self._open.setdefault(decision.decision_id, [])
            if decision not in known:
                known.append(decision)

    @property
    def recomputed(self) -> int:
        """The number of recomputed decisions."""
        return sum(map(len, self._recomputed.values()))

    @property
    def other_versions(self) -> list[str]:
        """The policy versions of recorded decisions under which nothing was recomputed."""
        return sorted(self._recorded_versions - self._recomputed_versions)

    def compare(self, recomputed: Decision) -> Iterator[Mismatch]:
        """Compare a recomputed decision with the recorded ones; yield a mismatch where it is not among them."""
        self._recomputed_versions.add(recomputed.policy_version)
        known_copies = self._recomputed.setdefault(recomputed.decision_id, [])
        if recomputed in known_copies:
            return
        known_copies.append(recomputed)
        candidates = self._open.get(recomputed.decision_id, [])
        if recomputed in candidates:
            candidates.remove(recomputed)
            self.counts[Verdict.SAME] += 1
        elif candidates:
            yield self._mismatch(Verdict.DIFFERENT, recomputed, tuple(differences(candidates.pop(0), recomputed)))
        else:
            yield self._mismatch(Verdict.MISSING, recomputed)

    def unmatched(self) -> Iterator[Mismatch]:
        """Yield the recorded decisions that were not recomputed."""
        for decisions in self._open.values():
            for decision in decisions:
                yield self._mismatch(Verdict.EXTRA, decision)

    def _mismatch(self, verdict: Verdict, decision: Decision, differing: tuple[FieldDifference, ...] = ()) -> Mismatch:
        self.counts[verdict] += 1
        return Mismatch(verdict, decision, differing)


def differences(recorded: Decision, recomputed: Decision) -> Iterator[FieldDifference]:
    """Yield the fields in which two decisions differ; of the evidence the members."""
    for field in fields(Decision):
        mine, theirs = getattr(recorded, field.name), getattr(recomputed, field.name)
        if mine == theirs:
            continue
        if field.name == "evidence":
            yield from _member_differences("evidence", _parse(mine), _parse(theirs))
        else:
            yield FieldDifference(field.name, _json_text(mine), _json_text(theirs))


def _parse(evidence: str) -> Any:  # noqa: ANN401 - JSON of any form
    try:
        return json.loads(evidence)
    except ValueError:
        return evidence


def _member_differences(place: str, mine: Any, theirs: Any) -> Iterator[FieldDifference]:  # noqa: ANN401
    """Yield the differing members, as deep as both sides have the same form; a member of another form as a whole."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for name in sorted({*mine, *theirs}):
            if mine.get(name, _NOTHING) != theirs.get(name, _NOTHING):
                yield from _member_differences(f"{place}.{name}", mine.get(name, _NOTHING), theirs.get(name, _NOTHING))
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for number, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            if one != other:
                yield from _member_differences(f"{place}[{number}]", one, other)
    else:
        yield FieldDifference(place, _json_text(mine), _json_text(theirs))


def _json_text(value: Any) -> str | None:  # noqa: ANN401
    return None if value is _NOTHING else json.dumps(value, ensure_ascii=False)
