"""Key functions of the edges: which keys a record is sent to on its way to a step; several, one or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.enforcement.delay import delay_shard as delay_shard_of
from operators.enforcement.enforced_operator import withheld_decision
from operators.enforcement.limit import COUNTER_KEY, LIMIT_KEYS
from operators.enforcement.risk_window import is_risk_decision
from operators.erasure.acquaintance import PAIR_SHARDS, accounts_of, pair_shard
from operators.friendship_age.verification import GENUINE
from operators.invite_forest.standing import is_charge
from operators.policy.friendship_age import VERIFICATION
from schemas.records import (
    AccountUnblocked,
    CommandDeferred,
    CommandsWithheld,
    Decision,
    FriendRemoved,
    MemberJoined,
    MemberLeft,
    SanctionLifted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def writer(message: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a message, one-to-one or in a group, by its sender."""
    return (message.sender_id,)


def correspondents(approach: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by both accounts of a message: each remembers who wrote first."""
    return (approach.sender_id, approach.recipient_id)


def sender(message: Any) -> Iterable[str]:  # noqa: ANN401 - any record of the stream
    """Key a one-to-one message by its sender."""
    return (message.sender_id,) if message.recipient_id is not None else ()


def author(message: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a group message by its sender."""
    return (message.sender_id,) if message.group_id is not None else ()


def group_of(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the group that the record is of."""
    return (event.group_id,)


def protected_account(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the protected account: the recipient of a message, or the account whose state the record concerns."""
    return (event.recipient_id if hasattr(event, "recipient_id") else event.account_id,)


def owner(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account that the record is of."""
    return (event.account_id,)


def subject(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the subject: the account that the record is about."""
    return (event.subject_id,)


def charged_account(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a decision that charges an account by that account, also while its commands are withheld."""
    decision = withheld_decision(event) if isinstance(event, CommandsWithheld) else event
    return (decision.subject_id,) if decision is not None and is_charge(decision) else ()


def suspect(decision: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a decision about risk by its subject."""
    return (decision.subject_id,) if is_risk_decision(decision) else ()


def without_evidence(record: Any) -> Any:  # noqa: ANN401
    """Return a decision without its evidence, most of its bytes."""
    return replace(record, evidence="") if type(record) is Decision else record


def requester(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a friend request by its requester, any other relation by both accounts: both keep it in state."""
    return (event.requester_id,) if hasattr(event, "requester_id") else accounts_of(event)


def target(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a request or its answer by its target, a contact by its owner, a friendship by both accounts."""
    if hasattr(event, "target_id"):
        return (event.target_id,)
    return (event.account_id,) if hasattr(event, "contact_id") else accounts_of(event)


def member(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key who joins or leaves a group by that account."""
    return (event.account_id,) if isinstance(event, MemberJoined | MemberLeft) else ()


def other_account(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the other account of the record."""
    return (event.other_id,)


def protected_other(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key what people do not uphold by the account that the decision protected, if it names one."""
    return () if event.other_id is None else (event.other_id,)


def concerned_group(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key what people do not uphold by the group that the decision was about, if it names one."""
    return () if event.group_id is None else (event.group_id,)


def picture(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the picture."""
    return (event.picture,)


def name(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the hash of the name."""
    return (event.name,)


def pair(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a relation by the shard of its pair of accounts."""
    return (pair_shard(*accounts_of(event)),)


def every_pair(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure to all shards of pairs, for the account may be in a pair of each."""
    return PAIR_SHARDS


def restraint(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key withheld commands by the key of the limit's counters, deferred ones by the shard of whom they are about."""
    if isinstance(event, Decision):
        return (COUNTER_KEY, delay_shard_of(event.subject_id)) if _ends_suspicion(event) else ()
    return (delay_shard_of(event.about_id) if isinstance(event, CommandDeferred) else COUNTER_KEY,)


def _ends_suspicion(decision: Decision) -> bool:
    return decision.rule == VERIFICATION and decision.outcome == GENUINE


def ended_reason(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key what ends the reason of deferred commands by all keys at which they may wait."""
    match event:
        case AccountUnblocked():
            return COUNTER_KEY, delay_shard_of(event.other_id)
        case SanctionLifted():
            return COUNTER_KEY, delay_shard_of(event.account_id)
        case FriendRemoved():
            return COUNTER_KEY, delay_shard_of(event.friend_id)
        case _:
            return ()


def every_restraint(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure, or a decision overturned, to all keys at which a command that it concerns may be deferred."""
    return LIMIT_KEYS
