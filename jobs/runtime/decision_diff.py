"""Diff of the decisions under two policies, or live and in shadow mode.

Decisions of the two sides are compared when they agree in everything that a decision id is made of except the policy's
version (C-10). A flip is another outcome, or a decision on one side only.
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
    from collections.abc import Callable, Iterator

from operators.policy.model import RULES
from operators.policy.section import Judged
from schemas.records import Decision

AGAINST: Final = 0
NEW: Final = 1
MAX_FULL_DECISIONS: Final = 10_000
"""Unmatched decisions that are held with their whole evidence. Of further ones only the counted fields are held."""

IMMEDIATE_RULES: Final = frozenset(rule.name for rule in RULES.values() if rule.judged is Judged.MESSAGE)
"""Rules that decide at once: a shadow policy that agrees has a decision for each of the live ones."""

ComparisonKey = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class FlipKind:
    """The key of a flip's counter. An outcome is None if that side has no decision, a band if there is no age."""

    rule: str
    outcome_against: str | None
    outcome_new: str | None
    band: str | None


@dataclass(frozen=True, slots=True)
class Flip:
    """A pair of decisions with different outcomes, or a decision that only one side has."""

    against: Decision | None
    new: Decision | None

    @property
    def either(self) -> Decision:
        """The decision of a side that has one."""
        decision = self.against or self.new
        if decision is None:
            raise LookupError("a flip needs a decision")
        return decision

    @property
    def kind(self) -> FlipKind:
        """What it is counted by. The band is that of the old side if it decided, so that both use one set of bands."""
        either = self.either
        outcomes = (_outcome(self.against), _outcome(self.new))
        return FlipKind(either.rule, *outcomes, band_in_evidence(either))


@dataclass(slots=True)
class DecisionDiff:
    """Matches the decisions of two sides as they come, and counts the flips."""

    examples_each: int
    decided: Counter[int] = field(default_factory=Counter)
    by_kind: Counter[FlipKind] = field(default_factory=Counter)
    other_actions: int = 0
    accounts: set[str] = field(default_factory=set)
    per_unit: Counter[str] = field(default_factory=Counter)
    on_flip: Callable[[Flip], None] | None = None
    """Called with each flip; its evidence may be cut."""
    _unmatched: tuple[dict[ComparisonKey, list[Decision]], ...] = field(default_factory=lambda: ({}, {}))
    _held: int = 0
    _examples: dict[FlipKind, list[Flip]] = field(default_factory=lambda: defaultdict(list))

    def add(self, side: int, decision: Decision) -> None:
        """Add a decision of one side, and compare it if the other side's has come already."""
        self.decided[side] += 1
        key, others = comparison_key(decision), self._unmatched[1 - side]
        if key not in others:
            self._unmatched[side].setdefault(key, []).append(self._trim(decision))
            return
        other = others[key].pop(0)
        if not others[key]:
            del others[key]
        self._held -= 1
        self._compare(Flip(decision, other) if side == AGAINST else Flip(other, decision))

    def finish(self) -> None:
        """Count the decisions that only one side has."""
        against, new = (chain.from_iterable(decisions.values()) for decisions in self._unmatched)
        for decision in against:
            self._count(Flip(decision, None))
        for decision in new:
            self._count(Flip(None, decision))

    def examples(self) -> Iterator[Flip]:
        """Yield the examples: one of each kind, the most frequent kind first, then a second one of each, and so on."""
        rows = (self._examples[kind] for kind, _ in self.by_kind.most_common())
        return (flip for turn in zip_longest(*rows) for flip in turn if flip is not None)

    def _trim(self, decision: Decision) -> Decision:
        self._held += 1
        if self._held <= MAX_FULL_DECISIONS:
            return decision
        band = band_in_evidence(decision)
        return replace(decision, evidence="{}" if band is None else json.dumps({"friendship": {"band": band}}))

    def _compare(self, flip: Flip) -> None:
        against, new = flip.against, flip.new
        if against is None or new is None or against.outcome != new.outcome:
            self._count(flip)
        elif against.actions != new.actions:
            self.other_actions += 1

    def _count(self, flip: Flip) -> None:
        self.by_kind[flip.kind] += 1
        if self.on_flip is not None:
            self.on_flip(flip)
        self.per_unit[unit_of(flip.either)] += 1
        self.accounts |= {id_ for id_ in (flip.either.subject_id, flip.either.other_id) if id_ is not None}
        if len(self._examples[flip.kind]) < self.examples_each:
            self._examples[flip.kind].append(flip)


def comparison_key(decision: Decision) -> ComparisonKey:
    """Return the key by which decisions are matched: all that a decision id is made of except the version (C-10)."""
    about = (decision.subject_id, decision.group_id, decision.incident_id, decision.cause_event_id)
    if decision.rule == "identification":  # the other account is part of the outcome: the best match
        return (decision.rule, *about)
    step = f"{decision.rule}/{decision.outcome}" if decision.rule == "event-group" else decision.rule
    return (step, *about, decision.other_id)


def unit_of(decision: Decision) -> str:
    """Return the unit whose state a decision comes from: a group, an incident or the protected account."""
    return decision.group_id or decision.incident_id or decision.other_id or decision.subject_id


def _outcome(decision: Decision | None) -> str | None:
    return None if decision is None else decision.outcome
