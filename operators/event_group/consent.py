"""Who was asked into a group, and what did they answer? Key: a shard of kinds of incident.

Nobody is added before their own yes, and nobody waits for anybody else's (EG-28, EG-29).

| the person | yes | no | silence until the deadline |
|---|---|---|---|
| was asked | `MEMBER_ADDED` | `MEMBER_DECLINED` | `PROMPT_EXPIRED` |
| is a member | counted | `MEMBER_DECLINED`, leaves | – |
| has said no | `MEMBER_ADDED` | counted | – |
| was silent | counted | `MEMBER_DECLINED` | – |
| was never asked, or the question was taken back | counted | counted | – |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from operators.decision import Conditions
from operators.erasure.markers import erased_after
from operators.event_group.commands import add_member, cancel_prompt, prompt, remove_member
from operators.event_group.ending import close_if_left
from operators.event_group.evidence import membership_as_evidence
from operators.event_group.incident import (
    CANCELLED,
    DECLINED,
    EXPIRED,
    MEMBER,
    PROMPTED,
    Affair,
    Cause,
    caused_by,
    remind,
    timed_out,
)
from operators.event_group.roles import ranked
from operators.operator import Metric
from operators.policy.action import Action
from schemas.records import EventRole, IncidentAdvanced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from state.entries.event_group import Person

PROMPT = "prompt"
LATE_CONFIRMATION = "LATE_CONFIRMATION"
WITHDRAWN = "WITHDRAWN"


class Found(Protocol):
    """Why somebody is asked."""

    @property
    def roles(self) -> Collection[EventRole]:
        """The roles."""

    @property
    def follows(self) -> Mapping[str, int]:
        """The consent versions of the follows that make somebody a follower, by object."""


def widened(person: Person, found: Found) -> Person:
    """Return somebody with the roles and follows added in which they were found."""
    follows = dict(zip(person.follows, person.versions, strict=True)) | dict(found.follows)
    names = tuple(sorted(follows))
    roles = ranked((*person.roles, *found.roles))
    return replace(person, roles=roles, follows=names, versions=tuple(follows[name] for name in names))


def ask(affair: Affair, account_id: str, found: Found, decision_id: str, cause: Cause) -> Iterator[Any]:
    """Ask somebody who was found, once, with all roles; who is asked or has answered only gets the roles (EG-25)."""
    if erased_after(affair.ctx, cause.at_ms, account_id) is not None:
        yield Metric("erased")
        return
    person = widened(affair.person(account_id), found)
    if person.status in (PROMPTED, MEMBER, DECLINED):
        affair.keep(account_id, person)
        return
    deadline_ms = cause.at_ms + affair.section.prompt_timeout_ms
    person = replace(
        person,
        status=PROMPTED,
        found_ms=cause.at_ms,
        prompts=person.prompts + 1 if person.decision_id == decision_id else 1,
        prompted_ms=cause.at_ms,
        deadline_ms=deadline_ms,
        prompted_by=cause.event_id,
        decision_id=decision_id,
    )
    affair.keep(account_id, person)
    remind(affair.ctx, deadline_ms, PROMPT, affair.incident_id)
    yield prompt(affair, account_id, person)


def on_answered(affair: Affair, event: IncidentAdvanced) -> Iterator[Any]:
    """Take an answer; of several the one of the later time counts, as long as the group is open (EG-28 to EG-31)."""
    account_id, accepted = event.account_id or "", event.accepted
    if not affair.is_open:
        yield Metric(LATE_CONFIRMATION if accepted else "late-refusal")
        return
    person = affair.person(account_id)
    if person.status in ("", CANCELLED) or event.at_ms < person.prompted_ms:
        yield Metric("never-prompted")
    elif event.at_ms < person.answered_ms:
        yield Metric("outdated")
    elif accepted:
        yield from _accept(affair, account_id, person, event)
    elif person.status == DECLINED:
        affair.keep(account_id, replace(person, answered_ms=event.at_ms))
        yield Metric("declined-before")
    else:
        yield from _decline(affair, account_id, person, caused_by(event, affair.ctx))


def _accept(affair: Affair, account_id: str, person: Person, event: IncidentAdvanced) -> Iterator[Any]:
    if person.status == EXPIRED:
        yield Metric(LATE_CONFIRMATION)
        return
    was = person.status
    person = replace(person, status=MEMBER, answered_ms=event.at_ms, joined=True)
    affair.keep(account_id, person)
    if was == MEMBER:
        yield Metric("member-before")
        return
    conditions = Conditions()
    if was == PROMPTED:
        conditions.compare("answered_ms", event.at_ms, "<=", person.deadline_ms)
    else:
        conditions.check("group_open", affair.is_open)  # a refusal may be taken back for as long (EG-31)
    shown = membership_as_evidence(affair, person) | {"answer": event.event_id, "prompted": person.decision_id}
    cause = caused_by(event, affair.ctx)
    decision = affair.decide("MEMBER_ADDED", cause, shown, other_id=account_id, conditions=conditions)
    yield decision
    yield add_member(decision, affair, account_id, person)


def _decline(affair: Affair, account_id: str, person: Person, cause: Cause, *reasons: str) -> Iterator[Any]:
    """Take a no: before joining it is just that, afterwards it is leaving (EG-30, EG-31)."""
    is_member = person.status == MEMBER
    affair.keep(account_id, replace(person, status=DECLINED, answered_ms=cause.at_ms))
    shown: dict[str, object] = {"roles": ranked(person.roles), "answer": cause.event_id, "was": person.status}
    if person.decision_id:  # nobody has asked the event user
        shown |= {"prompted": person.decision_id, "deadline_ms": person.deadline_ms}
    actions = (Action.REMOVE,) if is_member else ()
    decision = affair.decide("MEMBER_DECLINED", cause, shown, other_id=account_id, reasons=reasons, actions=actions)
    yield decision
    if is_member:
        yield remove_member(decision, affair, account_id)
        yield from close_if_left(affair, cause)


def leave(affair: Affair, event: IncidentAdvanced) -> Iterator[Any]:
    """Let a member out who withdraws; nobody else leaves with them (EG-43)."""
    account_id = event.account_id or ""
    person = affair.person(account_id)
    if person.status != MEMBER or event.at_ms < person.answered_ms:
        yield Metric("withdrawal-without-effect")
    else:
        yield from _decline(affair, account_id, person, caused_by(event, affair.ctx), WITHDRAWN)


def expire(affair: Affair, at_ms: int) -> Iterator[Any]:
    """Conclude from silence for everybody whose deadline this is (EG-30)."""
    if not affair.is_open:
        return
    for account_id, person in affair.people():
        if person.status == PROMPTED and person.deadline_ms <= at_ms:
            affair.keep(account_id, replace(person, status=EXPIRED))
            cause = timed_out(person.prompted_by, PROMPT, at_ms)
            shown = {"roles": ranked(person.roles), "deadline_ms": person.deadline_ms, "prompted": person.decision_id}
            yield affair.decide("PROMPT_EXPIRED", cause, shown, other_id=account_id)


def drop_follow(affair: Affair, account_id: str, object_id: str, cause: Cause) -> Iterator[Any]:
    """Drop a role that rested on a follow: an open question is taken back, unless another role remains (EG-32)."""
    person = affair.person(account_id)
    if object_id not in person.follows:
        return
    kept = [pair for pair in zip(person.follows, person.versions, strict=True) if pair[0] != object_id]
    roles = [role for role in person.roles if kept or role != EventRole.FOLLOWER]
    person = replace(
        person, roles=ranked(roles), follows=tuple(one for one, _ in kept), versions=tuple(one for _, one in kept)
    )
    is_asked = person.status == PROMPTED
    if not roles and person.status != MEMBER:
        person = replace(person, status=CANCELLED)
    affair.keep(account_id, person)
    if person.status == MEMBER:
        yield from close_if_left(affair, cause)
    elif is_asked and person.status == CANCELLED:
        again = (str(person.prompts),) if person.prompts > 1 else ()
        yield cancel_prompt(affair, account_id, person.decision_id, cause, *again)
