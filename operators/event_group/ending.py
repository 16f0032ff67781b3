"""Closing of incidents and groups, retention and deletion.

Keyed by a shard of incident kinds; runs inside the step `event-group`. Emits the decision that ends an incident and its
commands.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from operators.decision import Conditions, Trigger
from operators.event_group.commands import cancel_prompt, close_group, tell_ended
from operators.event_group.incident import (
    CANCELLED,
    CLOSED,
    EXPIRED,
    OPEN,
    PROMPTED,
    REFUSED,
    IncidentContext,
    is_event_user,
    mentions_in,
)
from operators.event_group.roles import keeps_group
from operators.event_group.same_incident import remove_place
from operators.event_group.timers import RETENTION, schedule
from schemas.records import EventRole
from state.catalog.entry_key import join_ids
from state.catalog.event_group import INCIDENTS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from state.entries.event_group import Person

WITHDRAWN = "WITHDRAWN"


def close(
    context: IncidentContext,
    trigger: Trigger,
    reason: str,
    shown: Mapping[str, object] | None = None,
    conditions: Conditions | None = None,
) -> Iterator[Any]:
    """End an incident. If it has a group, close it, tell all who were asked, and summarise (EG-41, EG-42, EG-49)."""
    had_group = context.incident.status == OPEN
    people = context.people() if had_group else []
    asked = [name for name, person in people if person.status == PROMPTED]
    reasons = (reason,) if reason else ()
    summary = {"summary": summary_by_role(context), **_count_people(people), "taken_back": len(asked)}
    evidence = {"reason": reason or CLOSED} | (summary if had_group else {}) | dict(shown or {})
    decision = context.decide(CLOSED, trigger, evidence, reasons=reasons, conditions=conditions)
    yield decision
    if had_group:
        yield close_group(decision, context)
        for account_id in asked:
            yield cancel_prompt(context, account_id, decision.decision_id, trigger)
        for account_id, person in people:
            if person.prompts and person.status in (EXPIRED, *REFUSED):
                yield tell_ended(decision, context, account_id)
    mark_ended(context, CLOSED, trigger.at_ms)


def mark_ended(context: IncidentContext, status: str, at_ms: int) -> None:
    """Mark an incident as ended and delete its description; keep the rest for the retention (C-14, EG-42)."""
    context.update(status=status, description=None)
    remove_place(context)
    schedule(context.ctx, at_ms + context.section.keep_after_close_ms, RETENTION, context.incident_id)


def delete_incident(context: IncidentContext) -> None:
    """Delete an ended incident and the index entries of its people, at the end of the retention."""
    incident, ctx = context.stored, context.ctx
    if incident is None:
        return
    for account_id in {incident.reporter_id, *incident.named, *incident.selected, *incident.people} - {""}:
        ctx[PEOPLE].remove(join_ids(context.incident_id, account_id))
        mentions_in(ctx).discard(account_id, context.incident_id)
    ctx[INCIDENTS].remove(context.incident_id)


def close_if_abandoned(context: IncidentContext, trigger: Trigger) -> Iterator[Any]:
    """Close a group without event user, organisation and follower among its members (EG-43)."""
    members, conditions = [person for _, person in context.members()], Conditions()
    keepers = sum(keeps_group(person.roles) for person in members)
    if conditions.compare("event_users", sum(map(is_event_user, members)), ">", 0):
        return
    if not conditions.compare("organisations_and_followers", keepers, ">", 0):
        yield from close(context, trigger, WITHDRAWN, {"members": len(members)}, conditions)


def summary_by_role(context: IncidentContext) -> dict[str, dict[str, int]]:
    """Return per role the number prompted, joined, refused and silent (EG-42). Several roles count in each."""
    counts: dict[str, Counter[str]] = {}
    for _, person in context.people():
        for role in person.roles if person.prompts and person.status != CANCELLED else ():
            counts.setdefault(role, Counter()).update(("prompted", _answer_of(person)))
    order = ("prompted", "joined", "refused", "silent")
    return {role: {name: counts[role][name] for name in order} for role in EventRole if role in counts}


def _count_people(people: Iterable[tuple[str, Person]]) -> dict[str, object]:
    """Return how many people were asked, and of these how many have confirmed and declined (EG-49)."""
    asked = [person for _, person in people if person.prompts and person.status != CANCELLED]
    answers = Counter(map(_answer_of, asked))
    return {"people": {"prompted": len(asked), "confirmed": answers["joined"], "declined": answers["refused"]}}


def _answer_of(person: Person) -> str:
    if person.joined:
        return "joined"
    return "refused" if person.status in REFUSED else "silent"
