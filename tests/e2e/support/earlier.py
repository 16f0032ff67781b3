"""The risk job as it was when friendship age was all that it could do.

Its operators are today's, without what the other capabilities have brought: they find nothing in a state that was not
there yet, and what they would remember in it is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.dataflow.graph import Graph
from jobs.dataflow.keys import (
    every_pair,
    owner,
    pair,
    protected_account,
    requester,
    sender,
    target,
    writer,
)
from jobs.dataflow.risk import add_outputs
from operators.accounts.account import Account
from operators.enforcement.enforced_operator import EnforcedOperator
from operators.erasure.acquaintance import Acquaintance
from operators.relationship.relationship import Relationship
from operators.screening.late_screening import LateScreening
from schemas.records import (
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountChanged,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    FriendAdded,
    FriendRemoved,
    MessageScreened,
    MessageSent,
    PolicyPublished,
    Record,
    SuspicionRaised,
    VerificationAnswered,
)
from state.catalog.accounts import ASKED, AUDIENCE, LEFT_AUDIENCE, LINKS, REMOVED_LINKS
from state.catalog.erasure import ERASED
from state.catalog.relationship import ALERT_NUMBER, BLOCKS, FRIENDS, PAIRS, REMOVED_FRIENDS, VERIFICATIONS
from state.stores.memory import MemoryStore
from state.stores.store import Rows
from tests.e2e.support.other_release import OtherRelease

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operators.operator import Context, Handler
    from state.spec import K, MapCell, MapSpec, V

_FACTS = (FriendAdded, FriendRemoved, AccountUnblocked, AlertNumberSet, AccountErased, VerificationAnswered)
_LINKS = (AlternateAccountLinked, AlternateAccountUnlinked)
_INNER = (MessageScreened, SuspicionRaised, AlternateAccountChanged, AccountForgotten)
_STATES = frozenset(
    spec.name
    for spec in (
        *(AUDIENCE, LEFT_AUDIENCE, LINKS, REMOVED_LINKS, ASKED, ERASED),
        *(FRIENDS, REMOVED_FRIENDS, ALERT_NUMBER, BLOCKS, PAIRS, VERIFICATIONS),
    )
)


class Earlier(OtherRelease):
    """An operator that knew of friendship age alone."""

    @property
    def states(self) -> tuple[MapSpec[Any, Any], ...]:  # type: ignore[override]
        return tuple(spec for spec in self.today.states if spec.name in _STATES)

    @property
    def handles(self) -> Mapping[type, Handler]:
        known = {*_FACTS, *_LINKS, *_INNER}
        return {kind: handler for kind, handler in super().handles.items() if kind in known}

    def open_cell(self, spec: MapSpec[K, V], ctx: Context) -> MapCell[K, V]:
        if spec.name in _STATES:
            return ctx[spec]
        return spec.cell(Rows(MemoryStore(), b"", textual=spec.entry_key is str))


def earlier() -> Graph:
    """Return the risk job of an earlier release."""
    job = Graph("risk")
    messages, relations, profiles = map(job.source, ("messages", "relations", "profiles"))
    verifications, erasures = map(job.source, ("verifications", "erasures"))
    screened = (messages, job.process(LateScreening(), messages.key_by(writer)))
    acquaintance = job.process(Acquaintance(), relations.key_by(pair), erasures.key_by(every_pair))
    erased = (acquaintance.key_by(owner), erasures.key_by(owner))
    account = job.process(
        Earlier(Account()),
        *(stream.key_by(sender) for stream in screened),
        *(profiles.key_by(owner), relations.key_by(requester), *erased),
    )
    relationship = job.process(
        EnforcedOperator(Earlier(Relationship())),
        *(
            account.key_by(protected_account),
            relations.key_by(target),
            profiles.key_by(owner),
            verifications.key_by(owner),
            *erased,
        ),
    )
    add_outputs(job, (relationship,), (), erasures)
    return job


def is_known(event: Record) -> bool:
    """Return whether an event is one that the earlier job made something of."""
    if isinstance(event, MessageSent):
        return event.recipient_id is not None
    return isinstance(event, (*_FACTS, *_LINKS, PolicyPublished))
