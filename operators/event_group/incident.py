"""State of one incident and the people in it, and the decision that records a step of it.

Keyed by a shard of incident kinds: whether a second report gets a group of its own depends on whether the first one's
group is still open, and that on its members' answers, so all incidents of one kind share a key (EG-15, EG-43).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.decision import Basis, Conditions, Trigger
from operators.ids import identify
from operators.policy.event_group import EVENT_GROUP
from schemas.records import EventRole
from state.catalog.entry_key import join_ids
from state.catalog.event_group import INCIDENTS, MENTIONED_IN, MENTIONS, PEOPLE
from state.entries.event_group import Incident, Person
from state.linked_sets import LinkedSets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from operators.operator import Context
    from operators.policy.action import Action
    from operators.policy.event_group import EventGroupPolicy
    from schemas.records import Decision

REQUESTED, OPEN, REJECTED, CLOSED = "REQUESTED", "OPEN", "REJECTED", "CLOSED"
PROMPTED, MEMBER, DECLINED, EXPIRED, CANCELLED = "PROMPTED", "MEMBER", "DECLINED", "EXPIRED", "CANCELLED"
DECLINED_LATE = "DECLINED_LATE"
"""Refused after the prompt had expired: a confirmation would come too late as well (EG-31)."""
REFUSED = (DECLINED, DECLINED_LATE)


class IncidentContext:
    """One incident while one event or timer is handled: reads and writes its state, makes its decisions.

    A new `incident` is stored by the first `update` only: one that is refused leaves nothing behind.
    """

    __slots__ = ("_incident", "ctx", "incident_id")

    def __init__(self, incident_id: str, ctx: Context, incident: Incident | None = None) -> None:
        self.incident_id, self.ctx = incident_id, ctx
        self._incident = incident  # read once: some incidents have thousands of people

    @property
    def stored(self) -> Incident | None:
        """The incident; None if it is not stored."""
        if self._incident is None:
            self._incident = self.ctx[INCIDENTS].get(self.incident_id)
        return self._incident

    @property
    def incident(self) -> Incident:
        """The incident; LookupError if it is not stored."""
        incident = self.stored
        if incident is None:
            message = f"incident {self.incident_id} is not stored"
            raise LookupError(message)
        return incident

    @property
    def is_open(self) -> bool:
        """Whether the incident has a group and the group is open."""
        incident = self.stored
        return incident is not None and incident.status == OPEN

    @property
    def section(self) -> EventGroupPolicy:
        """The policy section that was in force when the incident was reported (C-19)."""
        return self.ctx.policy_of(self.incident.policy_version).event_group

    @property
    def group_id(self) -> str:
        """The group's id (C-11)."""
        return identify(EVENT_GROUP, self.incident_id)

    def update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of an incident
        """Store the incident with some fields changed."""
        self._incident = replace(self.incident, **changes)
        self.ctx[INCIDENTS].put(self.incident_id, self._incident)

    def person(self, account_id: str) -> Person:
        """Return the state of a person; an empty one if no search has found them."""
        return self.ctx[PEOPLE].get(join_ids(self.incident_id, account_id)) or Person()

    def put_person(self, account_id: str, person: Person) -> None:
        """Store the state of a person; `add_people` lists them."""
        self.ctx[PEOPLE].put(join_ids(self.incident_id, account_id), person)

    def add_people(self, account_ids: Iterable[str]) -> None:
        """Add people to the incident's list: all at once, because the list is written as a whole."""
        listed = set(self.incident.people)
        added = sorted({*account_ids} - listed)
        if added:
            self.update(people=tuple(sorted((*listed, *added))))
        for account_id in added:
            self.index_mention(account_id)

    def named_ms(self, account_id: str) -> int:
        """Return the time of the latest report that names an account; -1 if none does."""
        incident = self.incident
        return incident.merged_named.get(account_id, incident.reported_ms) if account_id in incident.named else -1

    def add_named(self, merged: Incident) -> None:
        """Add the accounts that the report of the same incident names which is merged into this one (EG-15)."""
        known = self.incident
        times = {name: max(merged.reported_ms, self.named_ms(name)) for name in merged.named}
        named = tuple(dict.fromkeys((*known.named, *merged.named)))
        self.update(named=named, merged_named={**known.merged_named, **times})
        for account_id in merged.named:
            self.index_mention(account_id)

    def people(self) -> list[tuple[str, Person]]:
        """Return all listed people, sorted by account id."""
        return [(account_id, self.person(account_id)) for account_id in self.incident.people]

    def members(self) -> list[tuple[str, Person]]:
        """Return the members of the group."""
        return [(account_id, person) for account_id, person in self.people() if person.status == MEMBER]

    def index_mention(self, account_id: str) -> None:
        """Index the incident under an account, so that an erasure of the account finds it."""
        mentions_in(self.ctx).add(account_id, self.incident_id)

    def decide(  # noqa: PLR0913 - a decision has as many parts
        self,
        outcome: str,
        trigger: Trigger,
        evidence: Mapping[str, object] | None = None,
        *,
        other_id: str = "",
        reasons: Iterable[str] = (),
        actions: Iterable[Action] = (),
        conditions: Conditions | None = None,
    ) -> Decision:
        """Return the decision of a step of the incident. Its subject is the event user."""
        incident = self.incident
        basis = Basis(
            rule=EVENT_GROUP,
            step=outcome,
            subject_id=incident.reporter_id,
            other_id=other_id,
            group_id=self.group_id if incident.created_ms >= 0 else None,
            incident_id=self.incident_id,
            trigger=trigger,
            policy_version=incident.policy_version,
            conditions=conditions or Conditions(),
        )
        return basis.decide(outcome, actions, {"kind": incident.kind} | dict(evidence or {}), reasons)


def is_event_user(person: Person) -> bool:
    """Return whether a person is an event user: reported the incident, or one that was merged into it."""
    return EventRole.EVENT_USER in person.roles


def mentions_in(ctx: Context) -> LinkedSets:
    """Return the incidents by the accounts that they hold."""
    return LinkedSets(ctx[MENTIONS], ctx[MENTIONED_IN])
