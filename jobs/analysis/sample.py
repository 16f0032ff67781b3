"""Cluster sampling of recorded events, with a confidence interval for counts in all of them.

A unit of the sample is a recipient's or a group's messages, and what that recipient wrote to others, so that the state
of a unit is complete: whom somebody wrote to first is no stranger (ST-10). All facts are kept. A hash of the unit
selects it (Poisson sampling), so that the same share of the same events is always the same.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput
from jobs.runtime.decision_diff import unit_of
from jobs.share import parse_share
from operators.ids import identify
from operators.policy.model import rule_of
from operators.policy.section import Judged
from schemas.records import MemberReported, MessageSent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.records import Decision, Record

_MESSAGE: Final = re.compile(rb'"type"\s*:\s*"MessageSent"')
_PARTY: Final = re.compile(rb'"(?:sender_id|recipient_id|group_id)"\s*:\s*("(?:[^"\\]|\\.)*")')
_PARTIES: Final = 2
_HASHES: Final = 1 << 32
_NONE_SEEN: Final = 3
"""Upper bound of a Poisson mean with 95 % confidence after no observation (the rule of three): ln 20, rounded up."""

_TWO_SIDED: Final = Fraction(196, 100)
"""The 97.5 % quantile of the normal distribution: standard errors to either side of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated total with its 95 % confidence interval."""

    count: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample of a share of all units, more than 0 and at most 1."""

    share: Fraction

    def includes_unit(self, unit: str) -> bool:
        """Return whether a unit is in the sample."""
        return int(identify("sample", unit)[:8], 16) * self.share.denominator < self.share.numerator * _HASHES

    def includes(self, event: Record) -> bool:
        """Return whether an event is in the sample: every fact is."""
        if isinstance(event, MessageSent):
            is_to_unit = self.includes_unit(event.recipient_id or event.group_id or "")
            return is_to_unit or (event.recipient_id is not None and self.includes_unit(event.sender_id))
        return not isinstance(event, MemberReported) or self.includes_unit(event.group_id)

    def may_include_line(self, line: bytes) -> bool:
        """Return False for a line that is a message between others than those of the sample, and need not be parsed."""
        if not _MESSAGE.search(line):
            return True
        parties = [_text(found) for found in _PARTY.findall(line)]
        return len(parties) != _PARTIES or any(map(self.includes_unit, parties))

    def includes_decision(self, decision: Decision) -> bool:
        """Return whether a decision is of a unit in the sample, or of a rule about events kept in full."""
        return rule_of(decision.rule).judged is Judged.OTHER or self.includes_unit(unit_of(decision))

    def estimate(self, per_unit: Mapping[str, int], seen_whole: int) -> Estimate:
        """Return the estimated total over all units, from the count of each sampled unit and the count kept in full.

        Units are selected independently with equal probability, so the total is the sum divided by the share, and the
        estimate of its variance is the sum of squares times (1 - share) / share^2: the estimator of Horvitz and
        Thompson (1952), "A Generalization of Sampling Without Replacement from a Finite Universe". The interval is the
        normal approximation, and never below the count seen.
        """
        seen = sum(per_unit.values())
        total = seen / self.share
        if not seen:
            most = 0 if self.share == 1 else _NONE_SEEN / self.share
            return Estimate(seen_whole, seen_whole, seen_whole + round(most))
        squares = sum(count * count for count in per_unit.values())
        variance = squares * (1 - self.share) / self.share**2
        error = _TWO_SIDED * isqrt(round(variance * 10_000)) / 100
        low, high = max(total - error, Fraction(seen)), total + error
        return Estimate(*(seen_whole + round(number) for number in (total, low, high)))


def parse_sample(text: str) -> Sample:
    """Return the sample for a share such as `0.05` or `5%`. Raises `BadInput` for anything else."""
    share = parse_share("--sample", text)
    if not share:
        raise BadInput(f"--sample {text}", "must be more than 0 and at most 1 (100%)")
    return Sample(share)


def _text(found: bytes) -> str:
    try:
        return str(json.loads(found)) if b"\\" in found else found[1:-1].decode()
    except ValueError:
        return ""
