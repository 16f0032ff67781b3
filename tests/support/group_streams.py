"""Random events of a group: the same few accounts join, leave, post and report each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from operators.policy.action import Action
from operators.policy.invite_forest import InviteForestPolicy, Response, Sanction
from schemas.records import (
    JoinVia,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MemberRole,
    MessageSent,
    Record,
    RoleChanged,
    SanctionLifted,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

GROUP = "g"
MEMBERS = ("ann", "bob", "cy", "dee")
WINDOW_MS, HOLD_MS = 10_000, 40_000
NEAR = (Sanction(Action.PRE_MODERATE, HOLD_MS),)
CASE = Response((Sanction(Action.REMOVE), Sanction(Action.BAN, HOLD_MS)), NEAR, (Sanction(Action.WATCH, HOLD_MS),))


def short() -> InviteForestPolicy:
    """Return a section with short periods only."""
    usual = InviteForestPolicy()
    condition = replace(
        usual.condition,
        reports_needed=1,
        reports_suffice=2,
        suffice_alone=frozenset({"keywords"}),
        reports_within_ms=30_000,
        findings=True,
        hits_needed=1,
        hits_within_ms=30_000,
    )
    return replace(
        usual,
        condition=condition,
        first=CASE,
        case_window_ms=WINDOW_MS,
        repeat_within_ms=2 * HOLD_MS,
        ban_on_rejoin=True,
        all_incarnations=True,
        mass_limit=2,
    )


def _joining(rng: random.Random, event_id: str, at_ms: int) -> Record:
    account_id, other_id = rng.sample(MEMBERS, 2)
    inviter_id = other_id if rng.random() < 0.9 else None
    role = rng.choice([None, None, MemberRole.MEMBER, MemberRole.ADMIN]) if inviter_id else None
    via = rng.choice([JoinVia.INVITE, JoinVia.INVITE, JoinVia.LINK, JoinVia.FOUNDING])
    if via is JoinVia.LINK and at_ms % 2:
        via = JoinVia.APPROVAL
    given = {"inviter_id": inviter_id, "inviter_role": role, "via": via}
    return MemberJoined(**_group(event_id, at_ms), account_id=account_id, **given)


def _leaving(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return MemberLeft(**_group(event_id, at_ms), account_id=rng.choice(MEMBERS))


def _role(rng: random.Random, event_id: str, at_ms: int) -> Record:
    role = rng.choice([MemberRole.ADMIN, MemberRole.MEMBER, MemberRole.MEMBER])
    return RoleChanged(**_group(event_id, at_ms), account_id=rng.choice(MEMBERS), role=role)


def _post(rng: random.Random, event_id: str, at_ms: int) -> Record:
    text = rng.choice(["send the payment", "hello there"])
    return MessageSent(**_group(event_id, at_ms), sender_id=rng.choice(MEMBERS), text=text)


def _report(rng: random.Random, event_id: str, at_ms: int) -> Record:
    account_id, reporter_id = rng.sample(MEMBERS, 2)
    return MemberReported(**_group(event_id, at_ms), account_id=account_id, reporter_id=reporter_id, reason="spam")


def _lift(rng: random.Random, event_id: str, at_ms: int) -> Record:
    return SanctionLifted(**_group(event_id, at_ms), account_id=rng.choice(MEMBERS))


def _group(event_id: str, at_ms: int) -> dict[str, Any]:
    return {"event_id": event_id, "at_ms": at_ms, "group_id": GROUP}


GROUP_KINDS: Mapping[Callable[[random.Random, str, int], Record], int] = {
    _joining: 14,
    _leaving: 4,
    _role: 2,
    _post: 10,
    _report: 6,
    _lift: 2,
}
"""The factory of each kind of event, and its weight."""
