"""Which policy is in force when: versions by their effective time (C-19)."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operators.policy import Policy

_BEGINNING_MS = -(1 << 62)


@dataclass(frozen=True, slots=True, order=True)
class Edition:
    """One published policy: from when it is in force, when it was published, and by which event."""

    effective_ms: int
    published_ms: int
    event_id: str
    policy: Policy = field(compare=False)


class PolicyBook:
    """The versions known so far. The first one is in force from the beginning of time."""

    def __init__(self, first: Policy) -> None:
        self._editions = [Edition(_BEGINNING_MS, _BEGINNING_MS, "", first)]
        self._by_version = {first.version: self._editions[0]}

    def add(self, edition: Edition) -> bool:
        """Take a version in; False where the version is known already: the first with its name stays."""
        if edition.policy.version in self._by_version:
            return False
        self._by_version[edition.policy.version] = edition
        insort(self._editions, edition)
        return True

    def in_force(self, at_ms: int) -> Policy:
        """Return the policy for events at `at_ms`: of those in effect by then, the one with the latest effect."""
        return self._editions[self._place(at_ms)].policy

    def between(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies in force at some time from `first_ms` to `last_ms`, both included."""
        return [edition.policy for edition in self._editions[self._place(first_ms) : self._place(last_ms) + 1]]

    def of(self, version: str) -> Policy:
        """Return a version by its name; one that was never published here was an earlier run's first: the first."""
        return self._by_version.get(version, self._editions[0]).policy

    def _place(self, at_ms: int) -> int:
        return bisect_right(self._editions, at_ms, key=lambda edition: edition.effective_ms) - 1
