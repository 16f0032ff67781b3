"""How old is a friendship, and what does the policy say for that age? Key: none."""

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
_NAMES_KEPT = 256  # names of bands: a policy has a few, and all of them are long-lived


class AgeVerdict(Struct, frozen=True):
    """What is to be done about a message for its friendship's age; `age_ms` None: nobody knows the age."""

    outcome: Outcome
    operation: Operation
    tags: frozenset[str]
    age_ms: int | None
    band: Band


def age_of(friendship: Friendship, at_ms: int) -> int | None:
    """Return a friendship's age, in ms, at a time; a negative one counts as 0, an unknown one is None (FA-16)."""
    return None if friendship.since_ms is None else max(at_ms - friendship.since_ms, 0)


def evaluate_age(
    friendship: Friendship, spans: Sequence[Span], at_ms: int, section: FriendshipAgePolicy, conditions: Conditions
) -> AgeVerdict:
    """Return the operation of the age's band, or the middle one where only mild detectors hit (FA-15)."""
    age_ms = age_of(friendship, at_ms)
    is_known = conditions.check("age_known", age_ms is not None)
    band = section.band_of_unknown_age if age_ms is None else _band_at(age_ms, section, conditions)
    tags = frozenset() if is_known else frozenset({AGE_UNKNOWN})
    if conditions.check("only_mild_detectors", all(span.detector in section.mild_detectors for span in spans)):
        outcome = Outcome.VERIFY if section.middle_operation.verify else Outcome.MIDDLE
        return AgeVerdict(outcome, section.middle_operation, tags | {MILD}, age_ms, band)
    return AgeVerdict(band.outcome, band.operation, tags, age_ms, band)


def _band_at(age_ms: int, section: FriendshipAgePolicy, conditions: Conditions) -> Band:
    """Return the first band whose end the age has not reached; the last one has none (FA-20)."""
    for band in section.bands:
        if band.to_ms is None or conditions.compare("age_ms", age_ms, "<", band.to_ms):
            return band
    return section.bands[-1]


def age_evidence(friendship: Friendship, verdict: AgeVerdict) -> dict[str, object]:
    """Return what evidence says of a friendship: its start or that it is unknown, its age, its band (C-13)."""
    known: dict[str, object] = {} if verdict.age_ms is None else {"age_ms": verdict.age_ms}
    named = {"since_ms": friendship.since_ms, "known": friendship.since_ms is not None, "band": band_name(verdict.band)}
    return known | named


class _FriendshipEvidence(Struct):  # of each decision that the job makes it is asked: the rest is not taken apart
    friendship: Any = None


_FRIENDSHIP: Final = Decoder(_FriendshipEvidence)


def band_in_evidence(decision: Decision) -> str | None:
    """Return the band of friendship age in a decision's evidence, such as `[3d, 30d)`."""
    if '"friendship"' not in decision.evidence:
        return None
    try:
        friendship = _FRIENDSHIP.decode(decision.evidence).friendship
    except (DecodeError, UnicodeError):  # what is not of our own making may be what only the other one reads
        friendship = json.loads(decision.evidence).get("friendship")
    band = friendship.get("band") if isinstance(friendship, dict) else None
    return band if isinstance(band, str) else None


def band_name(band: Band) -> str:
    """Return a band as people write it, such as `[3d, 30d)`."""
    return _format_band(band.from_ms, band.to_ms)


@lru_cache(maxsize=_NAMES_KEPT)
def _format_band(from_ms: int, to_ms: int | None) -> str:
    return f"[{format_duration(from_ms)}, {'inf' if to_ms is None else format_duration(to_ms)})"
