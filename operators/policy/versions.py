"""Policy versions by their effective time: which one is in force, which one is in shadow mode (C-19, C-21)."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from operators.policy.model import Enforcement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operators.policy.model import Policy

_BEGINNING_MS = -(1 << 62)


@dataclass(frozen=True, slots=True, order=True)
class PublishedPolicy:
    """A policy with its effective time, the time of its publication, and the id of the event that published it."""

    effective_ms: int
    published_ms: int
    event_id: str
    policy: Policy = field(compare=False)


class PolicyBook:
    """The policy versions read so far. The first one is in force from the beginning of time.

    Versions in shadow mode are kept apart; of these, too, the one with the latest effective time counts (C-21).
    """

    def __init__(self, first: Policy) -> None:
        self._editions = [PublishedPolicy(_BEGINNING_MS, _BEGINNING_MS, "", first)]
        self._by_version = {first.version: self._editions[0]}
        self._shadows: list[PublishedPolicy] = []

    def add(self, edition: PublishedPolicy) -> None:
        """Add a publication. A version that is published again is in force again."""
        self._by_version.setdefault(edition.policy.version, edition)
        insort(self._editions, edition)

    def add_shadow(self, edition: PublishedPolicy) -> None:
        """Add a version in shadow mode. It emits no commands, so its limits, delays and log-only are dropped."""
        insort(self._shadows, replace(edition, policy=replace(edition.policy, limits=(), enforcement=Enforcement())))

    def shadows(self, at_ms: int) -> tuple[Policy, ...]:
        """Return the policy in shadow mode at `at_ms`: at most one, and none that has gone live since.

        A version that was live and is no longer in force does not return to shadow mode.
        """
        place = bisect_right(self._shadows, at_ms, key=_effective_ms) - 1 if self._shadows else -1
        if place < 0 or self._is_live_by(at_ms, self._shadows[place]):
            return ()
        return (self._shadows[place].policy,)

    def shadow_by_version(self, version: str) -> Policy | None:
        """Return a version that is or was in shadow mode, by its name."""
        return next((known.policy for known in self._shadows if known.policy.version == version), None)

    def shadows_between(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies in shadow mode at some time from `first_ms` to `last_ms`, both included."""
        if not self._shadows:
            return []
        first, last = (bisect_right(self._shadows, at_ms, key=_effective_ms) for at_ms in (first_ms, last_ms))
        return _distinct(self._shadows[max(first - 1, 0) : last])

    def policies_at(self, at_ms: int) -> Sequence[Policy]:
        """Return the policies that screen a message; the one in force last, as it replaces a version read too late."""
        return [*self.shadows(at_ms), self.in_force(at_ms)]

    def in_force(self, at_ms: int) -> Policy:
        """Return the policy for events at `at_ms`: of those in effect by then, the one with the latest effect."""
        latest = self._editions[-1]
        return latest.policy if latest.effective_ms <= at_ms else self._editions[self._place(at_ms)].policy

    def in_force_between(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies in force at some time from `first_ms` to `last_ms`, both included."""
        latest = self._editions[-1]
        if latest.effective_ms <= first_ms:
            return [latest.policy]
        return _distinct(self._editions[self._place(first_ms) : self._place(last_ms) + 1])

    def by_version(self, version: str) -> Policy:
        """Return a version by its name. An unknown one was the first policy of an earlier run: return the first."""
        return self._by_version.get(version, self._editions[0]).policy

    def _is_live_by(self, at_ms: int, shadow: PublishedPolicy) -> bool:
        version, by_now = shadow.policy.version, self._editions[: self._place(at_ms) + 1]
        since = by_now[bisect_right(by_now, shadow) :]
        return version in {by_now[-1].policy.version, *(live.policy.version for live in since)}

    def _place(self, at_ms: int) -> int:
        return bisect_right(self._editions, at_ms, key=_effective_ms) - 1


def _distinct(editions: Sequence[PublishedPolicy]) -> Sequence[Policy]:
    return list({edition.policy.version: edition.policy for edition in editions}.values())


def _effective_ms(edition: PublishedPolicy) -> int:
    return edition.effective_ms
