"""Bands of friendship age: the age of a friendship, the policy's operation for it, and the band in the evidence."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from operators.decision import Conditions
from operators.policy.action import Operation
from operators.policy.durations import format_duration
from operators.policy.friendship_age import Band, FriendshipAgePolicy, Outcome
from schemas.records import Decision, Span
from state.entries.relationship import Friendship

AGE_UNKNOWN, MILD = "age_unknown", "mild"
_CACHED_NAMES = 256  # cached names of bands: a policy has a few, and they hardly ever change


class AgeVerdict(Struct, frozen=True):
    """Outcome and operation for a message by the age of its friendship; `age_ms` None: the age is unknown."""

    outcome: Outcome
    operation: Operation
    tags: frozenset[str]
    age_ms: int | None
    band: Band


def age_of(friendship: Friendship, at_ms: int) -> int | None:
    """Return a friendship's age at `at_ms`, in ms: 0 for a negative one, None for an unknown one (FA-16)."""
    return None if friendship.since_ms is None else max(at_ms - friendship.since_ms, 0)


def evaluate_age(
    friendship: Friendship, spans: Sequence[Span], at_ms: int, section: FriendshipAgePolicy, conditions: Conditions
) -> AgeVerdict:
    """Return outcome and operation of the age's band, or the middle operation if only mild detectors hit (FA-15).

    Without spans the conversation is the hit, which is not mild (FA-86).
    """
    age_ms = age_of(friendship, at_ms)
    is_known = conditions.check("age_known", age_ms is not None)
    band = section.band_of_unknown_age if age_ms is None else _band_at(age_ms, section, conditions)
    tags = frozenset() if is_known else frozenset({AGE_UNKNOWN})
    if spans and conditions.check("only_mild_detectors", section.are_mild(spans)):
        outcome = Outcome.VERIFY if section.middle_operation.verify else Outcome.MIDDLE
        return AgeVerdict(outcome, section.middle_operation, tags | {MILD}, age_ms, band)
    return AgeVerdict(band.outcome, band.operation, tags, age_ms, band)


def _band_at(age_ms: int, section: FriendshipAgePolicy, conditions: Conditions) -> Band:
    """Return the first band whose end the age has not reached; the last band has no end (FA-20)."""
    for band in section.bands:
        if band.to_ms is None or conditions.compare("age_ms", age_ms, "<", band.to_ms):
            return band
    return section.bands[-1]


def age_evidence(friendship: Friendship, verdict: AgeVerdict) -> dict[str, object]:
    """Return the evidence about a friendship: its start or that it is unknown, its age, its band (C-13)."""
    known: dict[str, object] = {} if verdict.age_ms is None else {"age_ms": verdict.age_ms}
    named = {"since_ms": friendship.since_ms, "known": friendship.since_ms is not None, "band": band_name(verdict.band)}
    return known | named


class _FriendshipEvidence(Struct):  # decoded for every decision of the job: the other members are skipped
    friendship: Any = None


_FRIENDSHIP: Final = Decoder(_FriendshipEvidence)


def band_in_evidence(decision: Decision) -> str | None:
    """Return the band of friendship age in a decision's evidence, such as `[3d, 30d)`."""
    if '"friendship"' not in decision.evidence:
        return None
    try:
        friendship = _FRIENDSHIP.decode(decision.evidence).friendship
    except (DecodeError, UnicodeError):
        friendship = _of_other_origin(decision.evidence)
    band = friendship.get("band") if isinstance(friendship, dict) else None
    return band if isinstance(band, str) else None


def _of_other_origin(evidence: str) -> object:
    """Return the friendship in evidence that is not ours; it may be JSON that only the standard library accepts."""
    try:
        found = json.loads(evidence)
    except ValueError:
        return None
    return found.get("friendship") if isinstance(found, dict) else None


def band_name(band: Band) -> str:
    """Return a band as text, such as `[3d, 30d)`."""
    return _format_band(band.from_ms, band.to_ms)


@lru_cache(maxsize=_CACHED_NAMES)
def _format_band(from_ms: int, to_ms: int | None) -> str:
    return f"[{format_duration(from_ms)}, {'inf' if to_ms is None else format_duration(to_ms)})"
