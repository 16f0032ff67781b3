"""Random streams of events around incidents: few accounts and places, times at the policy's limits."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from msgspec import structs

from operators.policy.event_group import Widening
from schemas.records import (
    AccountErased,
    Feature,
    FeatureKind,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    FollowScope,
    IdentificationRequested,
    IncidentAudited,
    IncidentClosed,
    IncidentReported,
    IncidentWithdrawn,
    JoinAnswered,
    JoinVia,
    LocationUpdated,
    MemberJoined,
    ObjectInformationChanged,
    OrganisationRegistered,
    Record,
)
from tests.support.streams import BASE_MS, LATENESS_MS, SECOND_MS
from tests.support.streams import policy as usual_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from operators.policy.model import Policy

TTL_MS, AUDIT_MS, PROMPT_MS, LIFE_MS = 20 * SECOND_MS, 10 * SECOND_MS, 15 * SECOND_MS, 60 * SECOND_MS
SAME_MS, PENDING_MS, KEEP_MS, TELL_MS = 12 * SECOND_MS, 25 * SECOND_MS, 90 * SECOND_MS, 7 * SECOND_MS
PEOPLE = ("ann", "bob", "cy", "dee")
INCIDENTS = ("i1", "i2", "i3", "i4")
KINDS = ("accident", "fire")
PLACES = ((0.0, 0.0), (0.004, 0.0), (0.0, 0.017986), (0.0, 0.018), (0.5, 179.9999), (0.5, -179.9999), (-30.0, 60.0))
HASHES = tuple(bytes.fromhex(text) for text in ("f0f0f0f0f0f0f0f0", "f0f0f0f0f0f0f30f"))
STEPS_MS = (0, 0, 0, 0, 1, 1, 1, 1, SECOND_MS, SECOND_MS, SECOND_MS, 2 * SECOND_MS)
LONG_STEPS_MS = (TELL_MS, AUDIT_MS, PROMPT_MS, PROMPT_MS + 1, TTL_MS, LIFE_MS)


def policy(**changes: object) -> Policy:
    """Return a policy with short periods only, so that a short stream reaches the end of all of them."""
    usual = usual_policy()
    rules = replace(
        usual.event_group,
        location_ttl_ms=TTL_MS,
        audit_timeout_ms=AUDIT_MS,
        tell_followers_after_ms=TELL_MS,
        found_again_limit=2,
        widen=(Widening(8 * SECOND_MS, 2_001, 1), Widening(20 * SECOND_MS, 2_500, 3)),
        prompt_timeout_ms=PROMPT_MS,
        group_life_ms=LIFE_MS,
        same_incident_ms=SAME_MS,
        follow_pending_ms=PENDING_MS,
        keep_after_close_ms=KEEP_MS,
        emergency_kinds=frozenset({"fire"}),
        nearby_at_most=2,
        reports_per_day=2,
        rejections_limit=1,
        identifications_per_member=2,
    )
    return replace(usual, event_group=replace(rules, **changes))  # type: ignore[arg-type]


def story(rng: random.Random, length: int) -> list[Record]:
    """Return `length` events in event-time order, at distances that hit the policy's limits exactly."""
    at_ms, events = BASE_MS, list[Record]()
    for number in range(length):
        at_ms += rng.choice(STEPS_MS if rng.random() < _SHORT else LONG_STEPS_MS)
        made = rng.choices(_KINDS, _WEIGHTS)[0](rng, f"e{number}", at_ms)
        events.append(_fitting(rng, made, events))
    return events


def stories(most: int = 40) -> st.SearchStrategy[list[Record]]:
    """Return `story` as a Hypothesis strategy."""
    seeds, lengths = st.integers(0, 2**32), st.integers(1, most)
    return st.builds(lambda seed, length: story(random.Random(seed), length), seeds, lengths)


def delayed(events: list[Record], rng: random.Random) -> list[Record]:
    """Return the events shuffled so that none is late."""
    delays = {id(event): rng.uniform(0, LATENESS_MS) for event in events}
    return sorted(events, key=lambda event: event.at_ms + delays[id(event)])  # type: ignore[attr-defined]


def _fitting(rng: random.Random, made: Record, events: list[Record]) -> Record:
    """Return an event that mostly refers to an earlier one: otherwise answers would rarely match prompts."""
    reports = [event for event in events if isinstance(event, IncidentReported)]
    requests = [event for event in events if isinstance(event, FollowRequested)]
    if rng.random() > _FITS:
        return made
    if isinstance(made, FollowAnswered) and requests:
        return structs.replace(made, follower_id=requests[-1].follower_id, object_id=requests[-1].object_id)
    if isinstance(made, IncidentAudited | JoinAnswered | IncidentWithdrawn) and reports:
        return structs.replace(made, incident_id=reports[-1].incident_id)
    if isinstance(made, IdentificationRequested) and reports:
        return structs.replace(made, incident_id=reports[-1].incident_id, requester_id=reports[-1].reporter_id)
    return made


def _pair(rng: random.Random) -> dict[str, str]:
    """Return a follow, mostly the same one: only a follow requested, answered and revoked reaches every state."""
    follower, watched = ("ann", "bob") if rng.random() < _SAME_PAIR else rng.sample(PEOPLE, 2)
    return {"follower_id": follower, "object_id": watched}


def _request(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return FollowRequested(event_id=event_id, at_ms=at_ms, **_pair(rng))


def _answer(rng: random.Random, event_id: str, at_ms: int) -> Record:
    accepted, scope = rng.random() < 0.9, rng.choice((FollowScope.ALL, FollowScope.ALL, FollowScope.EMERGENCIES))
    return FollowAnswered(event_id=event_id, at_ms=at_ms, accepted=accepted, scope=scope, **_pair(rng))


def _revocation(rng: random.Random, event_id: str, at_ms: int) -> Record:
    pair = _pair(rng)
    return FollowRevoked(event_id=event_id, at_ms=at_ms, revoked_by=rng.choice(list(pair.values())), **pair)


def _location(rng: random.Random, event_id: str, at_ms: int) -> Record:
    latitude, longitude = rng.choice(PLACES[:2] if rng.random() < _SAME_PAIR else PLACES)
    who = rng.choice(PEOPLE)
    return LocationUpdated(event_id=event_id, at_ms=at_ms, account_id=who, latitude=latitude, longitude=longitude)


def _organisation(rng: random.Random, event_id: str, at_ms: int) -> Record:
    latitude, longitude = rng.choice(PLACES)
    return OrganisationRegistered(
        event_id=event_id,
        at_ms=at_ms,
        organisation_id=rng.choice(("org", "dee")),
        latitude=latitude,
        longitude=longitude,
        radius_m=rng.choice((0.0, 2_000.0, 30_000.0)),
        incident_kinds=tuple(rng.sample(KINDS, rng.randint(1, 2))),
    )


def _information(rng: random.Random, event_id: str, at_ms: int) -> Record:
    features = (Feature(kind=FeatureKind.IMAGE_HASH, value=rng.choice(HASHES)),)
    return ObjectInformationChanged(event_id=event_id, at_ms=at_ms, object_id=rng.choice(PEOPLE), features=features)


def _report(rng: random.Random, event_id: str, at_ms: int) -> Record:
    latitude, longitude = rng.choice(PLACES[:2] if rng.random() < _SAME_PAIR else PLACES)
    return IncidentReported(
        event_id=event_id,
        at_ms=at_ms,
        incident_id=rng.choice(INCIDENTS),
        reporter_id=rng.choice(PEOPLE),
        latitude=latitude,
        longitude=longitude,
        kind=rng.choice(KINDS),
        object_ids=tuple(rng.sample(PEOPLE, rng.randint(0, 2))),
    )


def _audit(rng: random.Random, event_id: str, at_ms: int) -> Record:
    approved = rng.random() < 0.8
    return IncidentAudited(
        event_id=event_id, at_ms=at_ms, incident_id=rng.choice(INCIDENTS), auditor_id="auditor", approved=approved
    )


def _join(rng: random.Random, event_id: str, at_ms: int) -> Record:
    accepted, who = rng.random() < 0.7, rng.choice((*PEOPLE, "org"))
    return JoinAnswered(
        event_id=event_id, at_ms=at_ms, incident_id=rng.choice(INCIDENTS), account_id=who, accepted=accepted
    )


def _withdrawal(rng: random.Random, event_id: str, at_ms: int) -> Record:
    who = rng.choice(PEOPLE)
    return IncidentWithdrawn(event_id=event_id, at_ms=at_ms, incident_id=rng.choice(INCIDENTS), account_id=who)


def _closure(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return IncidentClosed(event_id=event_id, at_ms=at_ms, incident_id=rng.choice(INCIDENTS))


def _question(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return IdentificationRequested(
        event_id=event_id,
        at_ms=at_ms,
        incident_id=rng.choice(INCIDENTS),
        request_id=rng.choice(("r1", "r2", "r3", "r4", event_id)),
        requester_id=rng.choice(PEOPLE),
        features=(Feature(kind=FeatureKind.IMAGE_HASH, value=rng.choice(HASHES)),),
    )


def _invitation(rng: random.Random, event_id: str, at_ms: int) -> Record:
    invited, inviter = rng.sample(PEOPLE, 2)
    return MemberJoined(
        event_id=event_id, at_ms=at_ms, group_id="g", account_id=invited, inviter_id=inviter, via=JoinVia.INVITE
    )


def _erasure(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return AccountErased(event_id=event_id, at_ms=at_ms, account_id=rng.choice((*PEOPLE, "org")))


_SAME_PAIR, _FITS, _SHORT = 0.6, 0.8, 0.93
_KINDS: list[Callable[[random.Random, str, int], Record]] = [
    _request,
    _answer,
    _revocation,
    _location,
    _organisation,
    _information,
    _report,
    _audit,
    _join,
    _withdrawal,
    _closure,
    _question,
    _erasure,
    _invitation,
]
_WEIGHTS = [10, 12, 2, 14, 3, 8, 14, 14, 16, 2, 1, 14, 1, 1]
