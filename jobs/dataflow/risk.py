"""The dataflow graph of the risk job: its sources, the edges between its steps, its sinks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.dataflow.event_group import EventGroupInputs, add_event_group
from jobs.dataflow.graph import Edge, Graph, Stream, shadow_of
from jobs.dataflow.keys import (
    author,
    charged_account,
    concerned_group,
    correspondents,
    ended_reason,
    every_pair,
    every_restraint,
    group_of,
    member,
    name,
    other_account,
    owner,
    pair,
    picture,
    protected_account,
    protected_other,
    requester,
    restraint,
    sender,
    subject,
    suspect,
    target,
    without_evidence,
    writer,
)
from operators.accounts.account import Account
from operators.accounts.avatar import Avatar
from operators.accounts.namesakes import Namesakes
from operators.accounts.popularity import Popularity
from operators.avatar_impersonation.impersonation import Impersonation
from operators.avatar_impersonation.popular_picture import PopularPicture
from operators.enforcement.enforced_operator import EnforcedOperator
from operators.enforcement.limit import Limit
from operators.enforcement.risk_window import RiskWindow
from operators.erasure.acquaintance import Acquaintance, stranger_shard, without_text
from operators.erasure.encounter import Encounter, pair_shards
from operators.friend_gate.gate import Gate
from operators.invite_forest.group import GroupForest
from operators.invite_forest.standing import Standing, mentioned_accounts
from operators.relationship.relationship import Relationship
from operators.reviews.review import Review
from operators.screening.late_screening import LateScreening
from schemas.topics import COMMANDS, DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Sequence


def risk_graph() -> Graph:
    """Return the graph of the whole job."""
    job = Graph("risk")
    messages, relations, profiles, groups = map(job.source, ("messages", "relations", "profiles", "groups"))
    verifications, erasures = map(job.source, ("verifications", "erasures"))
    follows, locations, incidents, reviews = map(job.source, ("attention", "locations", "incidents", "reviews"))

    screened = (messages, job.process(LateScreening(), messages.key_by(writer, drops_repeats=False)))
    acquaintance = add_acquaintance(job, messages, (relations, follows), erasures)
    erased = (acquaintance.key_by(owner), erasures.key_by(owner))
    review = job.process(Review(), reviews.key_by(subject), erasures.key_by(owner))
    counted = add_counts(job, profiles, relations, erasures)
    account = job.process(
        Account(),
        *(stream.key_by(sender) for stream in screened),
        *(stream.key_by(owner) for stream in counted),
        *(profiles.key_by(owner), relations.key_by(requester), groups.key_by(member)),
        *erased,
    )
    relationship = job.process(
        EnforcedOperator(Relationship()),
        *(stream.key_by(correspondents) for stream in screened),
        *(account.key_by(protected_account), relations.key_by(target), groups.key_by(member)),
        *(profiles.key_by(owner), verifications.key_by(owner), review.key_by(protected_other), *erased),
    )
    encounter = job.process(Encounter(), relationship.key_by(pair_shards), erasures.key_by(every_pair))
    forgotten = (encounter.key_by(owner), *erased)
    judged = (relationship.key_by(subject), review.key_by(subject))
    gate = job.process(EnforcedOperator(Gate()), *judged, *forgotten)
    impersonation = job.process(
        EnforcedOperator(Impersonation()),
        *(gate.key_by(owner), *judged, relations.key_by(other_account), *forgotten),
    )
    popular_picture = job.process(EnforcedOperator(PopularPicture()), impersonation.key_by(picture))
    protecting = (relationship, gate, impersonation, popular_picture)
    group = add_invite_forest(job, screened, protecting, GroupInputs(groups, review, erasures))
    event_groups = add_event_group(job, EventGroupInputs(acquaintance, follows, locations, incidents, groups, erasures))

    endings = (relations.key_by(ended_reason), groups.key_by(ended_reason), review.key_by(every_restraint))
    add_outputs(job, (*protecting, group, *event_groups), endings, erasures)
    return job


def add_acquaintance(job: Graph, messages: Stream, relations: Sequence[Stream], erasures: Stream) -> Stream:
    """Add the step that knows the pairs of related accounts, and of those of whom one may be blocked as a stranger."""
    related = (stream.key_by(pair, drops_repeats=False) for stream in relations)
    blocking = messages.key_by(stranger_shard, drops_repeats=False, form=without_text)
    return job.process(Acquaintance(), *related, blocking, erasures.key_by(every_pair))


def add_counts(job: Graph, profiles: Stream, relations: Stream, erasures: Stream) -> tuple[Stream, Stream]:
    """Add the steps that count who shows a picture and who bears a name, and return the last two."""
    avatar = job.process(Avatar(), profiles.key_by(owner), relations.key_by(requester), erasures.key_by(owner))
    return job.process(Popularity(), avatar.key_by(picture)), job.process(Namesakes(), avatar.key_by(name))


@dataclass(frozen=True, slots=True)
class GroupInputs:
    """The streams about groups besides messages and decisions; `review` emits which decisions people overturned."""

    groups: Stream
    review: Stream
    erasures: Stream


def add_invite_forest(
    job: Graph, screened: Sequence[Stream], protecting: Sequence[Stream], inputs: GroupInputs
) -> Stream:
    """Add the steps from group messages and group events to the decisions about a group, and return the last one."""
    groups = inputs.groups
    standing = job.process(
        Standing(),
        *(stream.key_by(author) for stream in screened),
        *(stream.key_by(charged_account) for stream in protecting),
        groups.key_by(mentioned_accounts, drops_repeats=False),
        *(inputs.review.key_by(subject), inputs.erasures.key_by(owner)),
    )
    return job.process(
        EnforcedOperator(GroupForest()),
        *(standing.key_by(group_of), groups.key_by(group_of), inputs.review.key_by(concerned_group)),
    )


def add_outputs(job: Graph, deciding: Sequence[Stream], endings: Sequence[Edge], erasures: Stream) -> None:
    """Add limits, risk windows and sinks for the decisions of the given steps; `endings` give up what waits."""
    withheld = (stream.key_by(restraint) for stream in deciding)
    limit = job.process(Limit(), *withheld, *endings, erasures.key_by(every_restraint))
    concluding = (*deciding, limit)
    risks = (stream.key_by(suspect, form=without_evidence) for stream in concluding)
    windows = job.process(RiskWindow(), *risks, erasures.key_by(owner))

    job.sink(DECISIONS, *concluding)
    job.sink(COMMANDS, *concluding)
    job.sink(SHADOW_DECISIONS, *map(shadow_of, concluding))
    job.sink("risk-windows", windows)
