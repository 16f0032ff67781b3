"""By which key does a record go to a step? One function a way; a record can go to several keys, or to none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operators.enforcement.delay import delay_shard as delay_shard_of
from operators.enforcement.enforced_operator import withheld_decision
from operators.enforcement.limit import COUNTER_KEY, LIMIT_KEYS
from operators.enforcement.risk_window import is_risk_decision
from operators.erasure.acquaintance import PAIR_SHARDS, accounts_of, pair_shard
from operators.invite_forest.standing import is_charge
from schemas.records import CommandDeferred, CommandsWithheld

if TYPE_CHECKING:
    from collections.abc import Iterable


def writer(message: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a message by who wrote it, be it to one or to a group."""
    return (message.sender_id,)


def sender(message: Any) -> Iterable[str]:  # noqa: ANN401 - any record of the stream
    """Key a one-to-one message by who sent it."""
    return (message.sender_id,) if message.recipient_id is not None else ()


def author(message: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a group message by who wrote it."""
    return (message.sender_id,) if message.group_id is not None else ()


def group_of(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the group in which it happened."""
    return (event.group_id,)


def protected_account(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account that is protected: the recipient of a message, or the one whose memory is meant."""
    return (event.recipient_id if hasattr(event, "recipient_id") else event.account_id,)


def owner(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account whose record it is."""
    return (event.account_id,)


def subject(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account that it is about."""
    return (event.subject_id,)


def charged_account(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a decision that charges an account by that account, though its commands may be counted first."""
    decision = withheld_decision(event) if isinstance(event, CommandsWithheld) else event
    return (decision.subject_id,) if decision is not None and is_charge(decision) else ()


def suspect(decision: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a decision about risk by the account that it is about."""
    return (decision.subject_id,) if is_risk_decision(decision) else ()


def requester(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a relation by each of its two accounts, for both remember it; a request by who asks."""
    return (event.requester_id,) if hasattr(event, "requester_id") else accounts_of(event)


def target(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a friendship by each of its two accounts, a contact by whose it is, an answer by whose friend answers."""
    if hasattr(event, "target_id"):
        return (event.target_id,)
    return (event.account_id,) if hasattr(event, "contact_id") else accounts_of(event)


def other_account(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a statement about somebody by who that is."""
    return (event.other_id,)


def picture(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the picture that is meant."""
    return (event.picture,)


def pair(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a relation by the shard of its two accounts."""
    return (pair_shard(*accounts_of(event)),)


def every_pair(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure to all shards, for the account may be in a pair of any."""
    return PAIR_SHARDS


def restraint(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key what is held back: what is counted by the one key for it, a command that waits by its decision's shard."""
    return (delay_shard_of(event.decision_id) if isinstance(event, CommandDeferred) else COUNTER_KEY,)


def every_restraint(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure to wherever a command may wait that mentions the account."""
    return LIMIT_KEYS
