"""State of one incident in the naive model of event groups, and the form of its outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import acos, cos, radians, sin
from typing import TYPE_CHECKING, Any

from schemas.records import EventRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.records import Record

Line = tuple[object, ...]
DAY_MS = 86_400_000
STRENGTH = ["ORGANISATION", "EVENT_USER", "FOLLOWER", "OBJECT", "NEARBY_USER"]


def metres(one: Sequence[float], other: Sequence[float]) -> int:
    """Return the great-circle distance by the law of cosines (on a plane for short ones): not the job's haversine."""
    north, south = radians(one[0]), radians(other[0])
    turn = radians((other[1] - one[1] + 540) % 360 - 180)
    arc = acos(max(-1, min(1, sin(north) * sin(south) + cos(north) * cos(south) * cos(turn))))
    if arc < 1e-3:
        arc = ((north - south) ** 2 + (turn * cos((north + south) / 2)) ** 2) ** 0.5
    return int(6_371_008.8 * arc + 0.5)


@dataclass
class Someone:
    """The state of a person in an incident."""

    status: str = ""
    roles: set[str] = field(default_factory=set)
    follows: set[str] = field(default_factory=set)
    deadline: int = 0
    answered: int = -1
    asked: int = 0
    prompted: int = -1
    found: int = -1
    waits: set[str] = field(default_factory=set)


@dataclass
class Case:
    """The state of an incident."""

    report: Any
    status: str = "REQUESTED"
    audit_open: bool = True
    reporter: str = ""
    named: set[str] = field(default_factory=set)
    selected: set[str] = field(default_factory=set)
    located: set[str] = field(default_factory=set)
    inviters: set[str] = field(default_factory=set)
    people: dict[str, Someone] = field(default_factory=dict)
    created: int = -1
    merged: Case | None = None  # the incident with the group


def place_of(thing: Any) -> tuple[float, float]:
    return thing.latitude, thing.longitude


def lines_of(outputs: Sequence[tuple[str, str, Record]]) -> list[Line]:
    """Return the job's outputs in the form of the model's lines."""
    found: list[Line] = []
    group_of = {one.group_id: one.incident_id for _, _, one in outputs if type(one).__name__ == "CreateEventGroup"}  # type: ignore[attr-defined]
    for topic, _, record in outputs:
        one: Any = record
        if topic == "decisions":
            found.append((one.at_ms, one.outcome, one.subject_id, one.other_id, one.incident_id, one.reasons))
        elif topic == "commands" and type(one).__name__ != "RequestReview":
            incident = getattr(one, "incident_id", None) or group_of[one.group_id]
            members = getattr(one, "members", ())
            account = members[0].account_id if members else getattr(one, "account_id", None)
            roles = members[0].roles if members else getattr(one, "roles", None)
            shown = None if roles is None else tuple(EventRole(role).value for role in roles)
            found.append((one.at_ms, type(one).__name__, incident, account, shown))
    return found
