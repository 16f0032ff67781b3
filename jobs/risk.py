"""The risk job, drawn in code: which streams meet where, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.graph import Graph, Stream
from jobs.incidents import Streams, help_for_incidents
from jobs.shadow import shadow_of
from operators.account import Account
from operators.acquaintance import SHARDS, Acquaintance, shard_of, sides_of
from operators.delay import shard_of as delay_shard_of
from operators.enforcement import Enforced
from operators.group import Group
from operators.late_screening import LateScreening
from operators.limit import COUNTER, KEYS, Limit
from operators.relationship import Relationship
from operators.risk_window import RiskWindow, is_risk
from operators.standing import Standing, is_charge, mentioned
from schemas.records import CommandDeferred

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def risk() -> Graph:
    """Return the whole job."""
    job = Graph("risk")

    messages, relations, profiles, verifications = map(
        job.source, ("messages", "relations", "profiles", "verifications")
    )
    follows, locations, incidents = map(job.source, ("attention", "locations", "incidents"))
    groups, erasures = map(job.source, ("groups", "erasures"))

    late_screening = job.keyed(LateScreening(), messages.by(writer))
    acquaintance = job.keyed(Acquaintance(), relations.by(pair), follows.by(pair), erasures.by(every_pair))
    account = job.keyed(
        Account(),
        *(stream.by(sender) for stream in (messages, late_screening)),
        *(stream.by(owner) for stream in (acquaintance, profiles, erasures)),
        relations.by(both_sides),
    )
    relationship = job.keyed(
        Enforced(Relationship()),
        account.by(protected),
        *(stream.by(owner) for stream in (acquaintance, profiles, verifications, erasures)),
        relations.by(both_sides),
    )
    standing = job.keyed(
        Standing(),
        *(stream.by(author) for stream in (messages, late_screening)),
        groups.by(mentioned),
        relationship.by(charged),
        erasures.by(owner),
    )
    group = job.keyed(Enforced(Group()), standing.by(group_of), groups.by(group_of))
    event_group = help_for_incidents(job, Streams(acquaintance, follows, locations, incidents, erasures))

    conclude(job, (relationship, group, event_group), erasures)
    return job


def conclude(job: Graph, deciding: Sequence[Stream], erasures: Stream) -> None:
    """Draw what becomes of the decisions, whichever step makes them."""
    limit = job.keyed(Limit(), *(stream.by(restraint) for stream in deciding), erasures.by(every_restraint))
    concluding = (*deciding, limit)
    windows = job.keyed(RiskWindow(), *(stream.by(subject) for stream in concluding), erasures.by(owner))

    job.sink("decisions", *concluding)
    job.sink("commands", *concluding)
    job.sink("shadow-decisions", *map(shadow_of, concluding))
    job.sink("risk-windows", windows)


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


def protected(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account that is protected: the recipient of a message, or the one whose memory is meant."""
    return (event.recipient_id if hasattr(event, "recipient_id") else event.account_id,)


def owner(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account whose record it is."""
    return (event.account_id,)


def charged(decision: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a decision that charges an account by that account."""
    return (decision.subject_id,) if is_charge(decision) else ()


def subject(decision: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a decision about risk by the account that it is about; a window has nothing to do with others."""
    return (decision.subject_id,) if is_risk(decision) else ()


def both_sides(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a relation by each of its two accounts, for both remember it."""
    return sides_of(event)


def pair(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a relation by the shard of its two accounts."""
    return (shard_of(event),)


def every_pair(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure to all shards, for the account may be in a pair of any."""
    return SHARDS


def restraint(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key what is held back: what is counted by the one key for it, a command that waits by its decision's shard."""
    return (delay_shard_of(event.decision_id) if isinstance(event, CommandDeferred) else COUNTER,)


def every_restraint(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure to wherever a command may wait that mentions the account."""
    return KEYS
