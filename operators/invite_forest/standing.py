"""Adds the latest finding against the author to each of the author's group messages (IF-19).

Keyed by the account. Emits `ContentSuspected` to the step `group`. It also stores which groups mention the account: an
erasure names the account only, and is forwarded to those groups as `MemberForgotten` (C-18).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from operators.enforcement.enforced_operator import withheld_decision
from operators.erasure.markers import erased_after, forget_entry, forget_older, mark_erased, remove_expired_markers
from operators.operator import ERASED_METRIC, Context, Handler, Operator
from operators.policy.invite_forest import INVITE_FOREST
from operators.retention import remove_expired, set_cleanup_timer
from schemas.records import (
    AccountErased,
    CommandsWithheld,
    ContentSuspected,
    Decision,
    DecisionOverturned,
    MemberForgotten,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MessageScreened,
    RoleChanged,
    SanctionLifted,
)
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.catalog.invite_forest import CHARGES, GROUPS
from state.entries.invite_forest import Charge

Mention = MemberJoined | MemberLeft | RoleChanged | MemberReported | SanctionLifted

_CHARGES: Final = frozenset({("friend-gate", "REFUSED_DENIED"), ("avatar-impersonation", "RISK_USER")})
"""Rule and outcome of the findings that may turn an account's group messages into hits."""

_NO_CHARGE: Final = frozenset({"ALREADY_BLOCKED", "weak", "SENDER_FIRST"})
"""Reasons of a finding that says little of the account: a block (FA-65), the denial of a namesake (FA-61), a picture
that it showed before the lookalike did (AI-39)."""


class Standing(Operator):
    """Keeps the latest finding against one account, and the groups that mention it."""

    uid = "standing"
    states = (GROUPS, CHARGES, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            MessageScreened: on_message_screened,
            Decision: on_decision,
            CommandsWithheld: on_commands_withheld,
            DecisionOverturned: on_overturned,
            MemberJoined: on_mention,
            MemberLeft: on_mention,
            RoleChanged: on_mention,
            MemberReported: on_mention,
            SanctionLifted: on_mention,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove an expired finding and expired erasure markers."""
        life_ms = ctx.policy.invite_forest.condition.finding_for_ms
        remove_expired(ctx, CHARGES, at_ms, lambda charge: charge.at_ms + life_ms)
        remove_expired_markers(ctx, at_ms)
        yield from ()


def is_charge(decision: Decision) -> bool:
    """Return whether a decision is a finding that may turn its subject's group messages into hits."""
    return (decision.rule, decision.outcome) in _CHARGES and _NO_CHARGE.isdisjoint(decision.reasons)


def mentioned_accounts(event: Mention) -> Sequence[str]:
    """Return the accounts that a group stores because of an event."""
    others = (getattr(event, "inviter_id", None), getattr(event, "reporter_id", None))
    return tuple(dict.fromkeys((event.account_id, *(other for other in others if other is not None))))


def on_mention(event: Mention, ctx: Context) -> Iterator[Any]:
    """Index a group that mentions the account; of an account erased since, notify the group again."""
    yield from _index_group(event.group_id, event.event_id, event.at_ms, ctx)


def on_message_screened(message: MessageScreened, ctx: Context) -> Iterator[Any]:
    """Forward a group message, with the latest finding against its author before its time."""
    if message.group_id is None or not any(finding.rule == INVITE_FOREST for finding in message.findings):
        return
    if erased_after(ctx, message.at_ms) is not None:
        yield ERASED_METRIC
        return
    yield from _index_group(message.group_id, message.event_id, message.at_ms, ctx)
    charge = ctx[CHARGES].get(SELF)
    counts = charge is not None and charge.at_ms < message.at_ms
    yield ContentSuspected(
        event_id=message.event_id,
        at_ms=message.at_ms,
        sender_id=message.sender_id,
        group_id=message.group_id,
        screened=message.screened,
        findings=message.findings,
        charged_ms=charge.at_ms if charge and counts else None,
        charge_id=charge.decision_id if charge and counts else None,
        late=ctx.late,
    )


def on_commands_withheld(event: CommandsWithheld, ctx: Context) -> Iterator[Any]:
    """Handle a decision whose commands are withheld for the limits."""
    decision = withheld_decision(event)
    if decision is not None:
        yield from on_decision(decision, ctx)


def on_decision(decision: Decision, ctx: Context) -> Iterator[Any]:
    """Store the latest finding against the account."""
    if not is_charge(decision) or erased_after(ctx, decision.at_ms) is not None:
        return
    known = ctx[CHARGES].get(SELF)
    if known is None or known.at_ms <= decision.at_ms:
        ctx[CHARGES].put(SELF, Charge(decision.at_ms, decision.decision_id))
        set_cleanup_timer(ctx, decision.at_ms + ctx.policy.invite_forest.condition.finding_for_ms)
    yield from ()


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[Any]:
    """Forget a finding that people do not uphold: it makes no message a hit any more (RV-18)."""
    charge = ctx[CHARGES].get(SELF)
    if charge is not None and charge.decision_id == event.decision_id:
        ctx[CHARGES].remove(SELF)
    yield from ()


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Notify every group that mentions the account, and delete what is older than the erasure."""
    for group_id, _ in sorted(ctx[GROUPS].items()):
        yield _member_forgotten(event.event_id, event.at_ms, group_id, ctx)
    forget_older(ctx, GROUPS, event.at_ms, int)
    forget_entry(ctx, CHARGES, SELF, event.at_ms, lambda charge: charge.at_ms)
    mark_erased(ctx, event.at_ms)


def _index_group(group_id: str, event_id: str, at_ms: int, ctx: Context) -> Iterator[Any]:
    erased_ms = erased_after(ctx, at_ms)
    if erased_ms is not None:
        yield _member_forgotten(event_id, erased_ms, group_id, ctx)
    else:
        ctx[GROUPS].put(group_id, max(at_ms, ctx[GROUPS].get(group_id) or at_ms))


def _member_forgotten(event_id: str, at_ms: int, group_id: str, ctx: Context) -> MemberForgotten:
    return MemberForgotten(event_id=event_id, at_ms=at_ms, group_id=group_id, account_id=ctx.key)
