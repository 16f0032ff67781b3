"""Whether and when a follower may be told of an incident.

Keyed by a shard of incident kinds; runs inside the step `event-group`. Whoever may choose the place of a report must
not learn from it who is there. So the followers of an object that was found by its live location alone wait until it
has confirmed, or has not answered for a while; only emergencies are told at once. Whoever has to do with the report is
never told of such an object (EG-44 to EG-46).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from operators.event_group.evidence import Candidate, Candidates
from operators.event_group.incident import MEMBER, PROMPTED, REFUSED, IncidentContext, is_event_user
from operators.event_group.reporter import inviter_hash
from operators.event_group.timers import SILENCE, schedule
from schemas.records import EventRole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from schemas.records import Watcher
    from state.entries.event_group import Person

Watched = dict[str, list["Watcher"]]
"""Objects, each with followers."""


def is_emergency(context: IncidentContext) -> bool:
    """Return whether the policy declares the kind of the incident an emergency."""
    return context.incident.kind in context.section.emergency_kinds


def follows_in_scope(context: IncidentContext, watched: Mapping[str, Iterable[Watcher]]) -> Watched:
    """Return the objects with those followers whom they let be told of an incident of this kind (EG-44)."""
    is_told = is_emergency(context)
    return {
        object_id: [follow for follow in follows if is_told or not follow.emergencies_only]
        for object_id, follows in watched.items()
    }


def add_located(context: IncidentContext, object_ids: Iterable[str]) -> None:
    """Store which objects were found by their live location alone: of them nobody has told (EG-45)."""
    incident = context.incident
    located = {*incident.located, *object_ids} - {incident.reporter_id, *incident.named}
    context.update(located=tuple(sorted(located)))


def remove_located(context: IncidentContext, object_ids: Iterable[str]) -> Candidates:
    """Store that objects concern the incident wherever they are, and return the followers who have waited (EG-45)."""
    located = {*context.incident.located}
    removed = located & {*object_ids}
    if not removed:
        return {}
    context.update(located=tuple(sorted(located - removed)))
    return pop_waiting(context, removed)


def split_follows(
    context: IncidentContext, watched: Mapping[str, Iterable[Watcher]], at_ms: int
) -> tuple[Watched, Watched]:
    """Return the follows whose followers may be told at a time, and those whose followers wait; by object.

    The first has every object. Followers who may never be told are in neither.
    """
    told, waiting = follows_in_scope(context, watched), Watched()
    for object_id in told.keys() & {*context.incident.located}:
        follows = [follow for follow in told[object_id] if not _is_involved(context, follow.follower_id)]
        told[object_id] = follows
        if follows and not _may_tell(context, object_id, at_ms - 1):  # an answer of this time is yet to come (C-2)
            told[object_id], waiting[object_id] = [], follows
    return told, waiting


def hold_back(context: IncidentContext, waiting: Watched, at_ms: int) -> None:
    """Store the followers who wait, until `pop_waiting` returns them, and set a timer for the silence of the object."""
    held: dict[str, dict[str, int]] = {}
    for object_id, follows in waiting.items():
        for follow in follows:
            held.setdefault(follow.follower_id, {})[object_id] = follow.version
    context.add_people(held)
    for follower_id, versions in held.items():
        person = context.person(follower_id)
        kept = {name: version for name, version in waits_of(person).items() if name not in person.follows}
        context.put_person(follower_id, with_waits(person, kept | versions))
    for object_id in waiting:
        end_ms = context.person(object_id).prompted_ms + context.section.tell_followers_after_ms
        if end_ms >= at_ms:
            schedule(context.ctx, end_ms, SILENCE, context.incident_id)


def waiting_as_evidence(context: IncidentContext, waiting: Watched) -> dict[str, object]:
    """Return how many followers wait, and for how long at most; nothing if nobody does."""
    followers = {follow.follower_id for follows in waiting.values() for follow in follows}
    after_ms = context.section.tell_followers_after_ms
    return {"followers_waiting": len(followers), "tell_followers_after_ms": after_ms} if followers else {}


def objects_to_tell_of(context: IncidentContext, at_ms: int) -> list[str]:
    """Return the objects of whom the followers may be told at a time."""
    return [object_id for object_id in context.incident.located if _may_tell(context, object_id, at_ms)]


def pop_waiting(context: IncidentContext, object_ids: Collection[str]) -> Candidates:
    """Return the followers who have waited for some objects, and do not let them wait any more.

    Whoever was asked as somebody nearby is asked again: that they are a follower is news (EG-45).
    """
    candidates: Candidates = {}
    for follower_id, person in context.people():
        follows = {name: version for name, version in waits_of(person).items() if name in object_ids}
        if follows and not _is_involved(context, follower_id):
            candidates[follower_id] = Candidate({EventRole.FOLLOWER}, follows)
            if person.status in (PROMPTED, *REFUSED) and EventRole.FOLLOWER not in person.roles:
                context.put_person(follower_id, replace(person, status=""))
    return candidates


def waits_of(person: Person) -> dict[str, int]:
    """Return the objects for which a follower waits, with the consent versions of the follows."""
    return dict(zip(person.waits, person.wait_versions, strict=True))


def with_waits(person: Person, waits: Mapping[str, int]) -> Person:
    """Return a person who waits for some objects and no others."""
    names = tuple(sorted(waits))
    return replace(person, waits=names, wait_versions=tuple(waits[name] for name in names))


def _may_tell(context: IncidentContext, object_id: str, at_ms: int) -> bool:
    """Return whether an object has confirmed, or is silent for so long that it may be unable to answer (EG-45)."""
    if is_emergency(context):
        return True
    person = context.person(object_id)
    if person.status == MEMBER:
        return True
    is_asked = person.prompted_ms >= 0 and person.status not in REFUSED
    return is_asked and person.prompted_ms + context.section.tell_followers_after_ms <= at_ms


def _is_involved(context: IncidentContext, account_id: str) -> bool:
    """Return whether an account has reported the incident, or has invited its reporter into a group (EG-46)."""
    incident = context.incident
    if account_id == incident.reporter_id or inviter_hash(incident.reporter_id, account_id) in incident.inviters:
        return True
    return is_event_user(context.person(account_id))
