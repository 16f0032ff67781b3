"""How does an incident end, and when is it forgotten? Key: a shard of kinds of incident."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from operators.attention.geometry import cell_of
from operators.decision import Conditions
from operators.event_group.commands import cancel_prompt, close_group
from operators.event_group.incident import (
    CANCELLED,
    CLOSED,
    DECLINED,
    OPEN,
    PROMPTED,
    Affair,
    Cause,
    is_event_user,
    remind,
)
from operators.event_group.roles import keeps_the_group
from schemas.records import EventRole
from state.catalog.entry_key import joint
from state.catalog.event_group import INCIDENTS, MENTIONED_IN, PEOPLE, PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from state.entries.event_group import Person

GONE = "gone"
WITHDRAWN = "WITHDRAWN"


def close(
    affair: Affair,
    cause: Cause,
    reason: str,
    shown: Mapping[str, object] | None = None,
    conditions: Conditions | None = None,
) -> Iterator[Any]:
    """End an incident; if it has a group, close that, take open questions back and sum up (EG-41, EG-42)."""
    had_group = affair.incident.status == OPEN
    asked = [name for name, person in affair.people() if person.status == PROMPTED] if had_group else []
    reasons = (reason,) if reason else ()
    summary = {"summary": summed_up(affair), "taken_back": len(asked)} if had_group else {}
    evidence = {"reason": reason or CLOSED} | summary | dict(shown or {})
    decision = affair.decide(CLOSED, cause, evidence, reasons=reasons, conditions=conditions)
    yield decision
    if had_group:
        yield close_group(decision, affair)
        for account_id in asked:
            yield cancel_prompt(affair, account_id, decision.decision_id, cause)
    settle(affair, CLOSED, cause.at_ms)


def settle(affair: Affair, status: str, at_ms: int) -> None:
    """Remember for a while that an incident has ended, without its description (C-14, EG-42)."""
    affair.change(status=status, description=None)
    incident, places = affair.incident, affair.ctx[PLACES]
    entry = joint(incident.kind, cell_of(incident.latitude, incident.longitude))
    left = tuple(one for one in places.get(entry) or () if one != affair.incident_id)
    if left:
        places.put(entry, left)
    else:
        places.remove(entry)
    remind(affair.ctx, at_ms + affair.section.keep_after_close_ms, GONE, affair.incident_id)


def forget(affair: Affair) -> None:
    """Forget an incident that has ended long ago."""
    incident, ctx = affair.known, affair.ctx
    if incident is None:
        return
    for account_id in {incident.reporter_id, *incident.named, *incident.selected, *incident.people} - {""}:
        ctx[PEOPLE].remove(joint(affair.incident_id, account_id))
        left = tuple(one for one in ctx[MENTIONED_IN].get(account_id) or () if one != affair.incident_id)
        if left:
            ctx[MENTIONED_IN].put(account_id, left)
        else:
            ctx[MENTIONED_IN].remove(account_id)
    ctx[INCIDENTS].remove(affair.incident_id)


def close_if_left(affair: Affair, cause: Cause) -> Iterator[Any]:
    """Close a group that nobody keeps: no event user, no organisation, no follower is in it (EG-43)."""
    members, conditions = [person for _, person in affair.members()], Conditions()
    keepers = sum(keeps_the_group(person.roles) for person in members)
    if conditions.compare("event_users", sum(map(is_event_user, members)), ">", 0):
        return
    if not conditions.compare("organisations_and_followers", keepers, ">", 0):
        yield from close(affair, cause, WITHDRAWN, {"members": len(members)}, conditions)


def summed_up(affair: Affair) -> dict[str, dict[str, int]]:
    """Return per role how many were asked, joined, refused and silent (EG-42). Who has several roles counts in each."""
    counts: dict[str, Counter[str]] = {}
    for _, person in affair.people():
        for role in person.roles if person.prompts and person.status != CANCELLED else ():
            counts.setdefault(role, Counter()).update(("prompted", _answer(person)))
    order = ("prompted", "joined", "refused", "silent")
    return {role: {name: counts[role][name] for name in order} for role in EventRole if role in counts}


def _answer(person: Person) -> str:
    if person.joined:
        return "joined"
    return "refused" if person.status == DECLINED else "silent"
