"""Do recorded events give the decisions that a file has? Key: the decision's id.

Two copies of one decision are one: ids are there so that a receiver recognises a repetition (C-12).
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
    """How a decision of the file and what the events give compare."""

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, or one member of the evidence, that is not the same; `None`: it is absent on that side."""

    field: str
    recorded: str | None
    recomputed: str | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A decision that does not check."""

    verdict: Verdict
    decision: Decision
    differences: tuple[Difference, ...] = ()


class Recomputation:
    """The file's decisions, against those that are recomputed one by one."""

    def __init__(self, recorded: Iterable[Decision]) -> None:
        self._open: dict[str, list[Decision]] = {}
        self._recomputed: dict[str, list[Decision]] = {}
        self.counts: Counter[Verdict] = Counter()
        for decision in recorded:
            known = self._open.setdefault(decision.decision_id, [])
            if decision not in known:
                known.append(decision)

    @property
    def recomputed(self) -> int:
        """How many decisions the events gave."""
        return sum(map(len, self._recomputed.values()))

    def compare(self, recomputed: Decision) -> Iterator[Mismatch]:
        """Compare what the events give; yield a finding where it is not what the file has."""
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
        """Yield what the file has and the events did not give."""
        for decisions in self._open.values():
            for decision in decisions:
                yield self._mismatch(Verdict.EXTRA, decision)

    def _mismatch(self, verdict: Verdict, decision: Decision, differing: tuple[Difference, ...] = ()) -> Mismatch:
        self.counts[verdict] += 1
        return Mismatch(verdict, decision, differing)


def differences(recorded: Decision, recomputed: Decision) -> Iterator[Difference]:
    """Yield every field in which two decisions differ; of the evidence every member."""
    for field in fields(Decision):
        mine, theirs = getattr(recorded, field.name), getattr(recomputed, field.name)
        if mine == theirs:
            continue
        if field.name == "evidence":
            yield from _member_differences("evidence", _parse(mine), _parse(theirs))
        else:
            yield Difference(field.name, _json_text(mine), _json_text(theirs))


def _parse(evidence: str) -> Any:  # noqa: ANN401 - anything may stand in JSON
    try:
        return json.loads(evidence)
    except ValueError:
        return evidence


def _member_differences(place: str, mine: Any, theirs: Any) -> Iterator[Difference]:  # noqa: ANN401
    """Yield what differs, as deep as there are members of the same name; what differs in form alone is told whole."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for name in sorted({*mine, *theirs}):
            if mine.get(name, _NOTHING) != theirs.get(name, _NOTHING):
                yield from _member_differences(f"{place}.{name}", mine.get(name, _NOTHING), theirs.get(name, _NOTHING))
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for number, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            if one != other:
                yield from _member_differences(f"{place}[{number}]", one, other)
    else:
        yield Difference(place, _json_text(mine), _json_text(theirs))


def _json_text(value: Any) -> str | None:  # noqa: ANN401
    return None if value is _NOTHING else json.dumps(value, ensure_ascii=False)
