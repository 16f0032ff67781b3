"""What is decided otherwise under another policy? Key: what decided, about whom, for which cause.

Two decisions are the same question answered twice when everything agrees that an id is made of but the policy's
version (C-10). It flips when the outcome is another, or when one side decides nothing.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from operators.friendship_age.bands import band_in_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.records import Decision

AGAINST: Final = 0
NEW: Final = 1
MAX_FULL_DECISIONS: Final = 10_000
"""Decisions held with their evidence while they wait for the other side's. Of more, only what is counted is held."""

ComparisonKey = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class DifferenceKind:
    """What flips are counted by; an outcome is None where that side decides nothing, a band where there is no age."""

    rule: str
    outcome_against: str | None
    outcome_new: str | None
    band: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One question that the two sides answer differently."""

    against: Decision | None
    new: Decision | None

    @property
    def either(self) -> Decision:
        """A side that decided."""
        decision = self.against or self.new
        if decision is None:
            raise LookupError("no side has decided")
        return decision

    @property
    def kind(self) -> DifferenceKind:
        """What it is counted by. The band is that of the old side, so that both are counted by one table."""
        either = self.either
        outcomes = (_outcome(self.against), _outcome(self.new))
        return DifferenceKind(either.rule, *outcomes, band_in_evidence(either))


@dataclass(slots=True)
class DecisionDiff:
    """Pairs up what the two sides decide, as they decide it, and counts where they differ."""

    examples_each: int
    decided: Counter[int] = field(default_factory=Counter)
    by_kind: Counter[DifferenceKind] = field(default_factory=Counter)
    other_actions: int = 0
    accounts: set[str] = field(default_factory=set)
    per_unit: Counter[str] = field(default_factory=Counter)
    _open: tuple[dict[ComparisonKey, list[Decision]], ...] = field(default_factory=lambda: ({}, {}))
    _waiting: int = 0
    _examples: dict[DifferenceKind, list[Difference]] = field(default_factory=lambda: defaultdict(list))

    def add(self, side: int, decision: Decision) -> None:
        """Take a decision of one side; if the other side has answered the question already, compare them."""
        self.decided[side] += 1
        asked, others = comparison_key(decision), self._open[1 - side]
        if asked not in others:
            self._open[side].setdefault(asked, []).append(self._held(decision))
            return
        other = others[asked].pop(0)
        if not others[asked]:
            del others[asked]
        self._waiting -= 1
        self._compare(Difference(decision, other) if side == AGAINST else Difference(other, decision))

    def finish(self) -> None:
        """Count what only one side has decided."""
        against, new = (chain.from_iterable(waiting.values()) for waiting in self._open)
        for decision in against:
            self._count(Difference(decision, None))
        for decision in new:
            self._count(Difference(None, decision))

    def examples(self) -> Iterator[Difference]:
        """Yield examples of as many kinds as there are, the most frequent first; then further ones of each."""
        rows = (self._examples[kind] for kind, _ in self.by_kind.most_common())
        return (flip for turn in zip_longest(*rows) for flip in turn if flip is not None)

    def _held(self, decision: Decision) -> Decision:
        self._waiting += 1
        if self._waiting <= MAX_FULL_DECISIONS:
            return decision
        band = band_in_evidence(decision)
        return replace(decision, evidence="{}" if band is None else json.dumps({"friendship": {"band": band}}))

    def _compare(self, flip: Difference) -> None:
        against, new = flip.against, flip.new
        if against is None or new is None or against.outcome != new.outcome:
            self._count(flip)
        elif against.actions != new.actions:
            self.other_actions += 1

    def _count(self, flip: Difference) -> None:
        self.by_kind[flip.kind] += 1
        self.per_unit[unit_of(flip.either)] += 1
        self.accounts |= {id_ for id_ in (flip.either.subject_id, flip.either.other_id) if id_ is not None}
        if len(self._examples[flip.kind]) < self.examples_each:
            self._examples[flip.kind].append(flip)


def comparison_key(decision: Decision) -> ComparisonKey:
    """Return what makes two decisions answers to one question: all that an id is made of but the version (C-10)."""
    about = (decision.subject_id, decision.group_id, decision.incident_id, decision.cause_event_id)
    if decision.rule == "identification":  # its other account is a part of the answer: the best match
        return (decision.rule, *about)
    step = f"{decision.rule}/{decision.outcome}" if decision.rule == "event-group" else decision.rule
    return (step, *about, decision.other_id)


def unit_of(decision: Decision) -> str:
    """Return whose memory a decision comes from: a group's, an incident's or the protected account's."""
    return decision.group_id or decision.incident_id or decision.other_id or decision.subject_id


def _outcome(decision: Decision | None) -> str | None:
    return None if decision is None else decision.outcome


IMMEDIATE_RULES: Final = frozenset({"friendship-age", "avatar-impersonation", "invite-forest"})
"""Rules of which every decision has one in the shadow, wherever a policy is there and decides the same."""
