"""The risk job, drawn in code: which streams meet where, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.dataflow.event_group import Streams, help_for_incidents
from jobs.dataflow.graph import Graph, Stream, shadow_of
from jobs.dataflow.keys import (
    asked,
    asking,
    author,
    charged,
    every_pair,
    every_restraint,
    group_of,
    other,
    owner,
    pair,
    picture,
    protected,
    restraint,
    sender,
    subject,
    suspect,
    writer,
)
from operators.accounts.account import Account
from operators.accounts.avatar import Avatar
from operators.accounts.popularity import Popularity
from operators.avatar_impersonation.impersonation import Impersonation
from operators.avatar_impersonation.popular_picture import PopularPicture
from operators.enforcement.enforced import Enforced
from operators.enforcement.limit import Limit
from operators.enforcement.risk_window import RiskWindow
from operators.erasure.acquaintance import Acquaintance
from operators.erasure.encounter import Encounter, shards_of
from operators.friend_gate.gate import Gate
from operators.invite_forest.group import Group
from operators.invite_forest.standing import Standing, mentioned
from operators.relationship.relationship import Relationship
from operators.screening.late_screening import LateScreening
from schemas.topics import COMMANDS, DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Sequence


def risk() -> Graph:
    """Return the whole job."""
    job = Graph("risk")
    messages, relations, profiles, groups = map(job.source, ("messages", "relations", "profiles", "groups"))
    verifications, erasures = map(job.source, ("verifications", "erasures"))
    follows, locations, incidents = map(job.source, ("attention", "locations", "incidents"))

    screened = (messages, job.keyed(LateScreening(), messages.by(writer)))
    acquaintance = job.keyed(Acquaintance(), relations.by(pair), follows.by(pair), erasures.by(every_pair))
    erased = (acquaintance.by(owner), erasures.by(owner))

    avatar = job.keyed(Avatar(), profiles.by(owner), erasures.by(owner))
    popularity = job.keyed(Popularity(), avatar.by(picture))
    account = job.keyed(
        Account(),
        *(stream.by(sender) for stream in screened),
        *(popularity.by(owner), profiles.by(owner), relations.by(asking), *erased),
    )
    relationship = job.keyed(
        Enforced(Relationship()),
        *(account.by(protected), relations.by(asked), profiles.by(owner), verifications.by(owner), *erased),
    )
    encounter = job.keyed(Encounter(), relationship.by(shards_of), erasures.by(every_pair))
    forgotten = (encounter.by(owner), *erased)
    gate = job.keyed(Enforced(Gate()), relationship.by(subject), *forgotten)
    impersonation = job.keyed(
        Enforced(Impersonation()), gate.by(owner), relationship.by(subject), relations.by(other), *forgotten
    )
    popular_picture = job.keyed(Enforced(PopularPicture()), impersonation.by(picture))
    protecting = (relationship, gate, impersonation, popular_picture)

    standing = job.keyed(
        Standing(),
        *(stream.by(author) for stream in screened),
        *(stream.by(charged) for stream in protecting),
        *(groups.by(mentioned), erasures.by(owner)),
    )
    group = job.keyed(Enforced(Group()), standing.by(group_of), groups.by(group_of))
    event_group = help_for_incidents(job, Streams(acquaintance, follows, locations, incidents, erasures))

    conclude(job, (*protecting, group, event_group), erasures)
    return job


def conclude(job: Graph, deciding: Sequence[Stream], erasures: Stream) -> None:
    """Draw what becomes of the decisions, whichever step makes them."""
    limit = job.keyed(Limit(), *(stream.by(restraint) for stream in deciding), erasures.by(every_restraint))
    concluding = (*deciding, limit)
    windows = job.keyed(RiskWindow(), *(stream.by(suspect) for stream in concluding), erasures.by(owner))

    job.sink(DECISIONS, *concluding)
    job.sink(COMMANDS, *concluding)
    job.sink(SHADOW_DECISIONS, *map(shadow_of, concluding))
    job.sink("risk-windows", windows)
