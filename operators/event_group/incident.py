"""What is there of an incident, and how is a step of it written down? Key: a shard of kinds of incident.

All incidents of one kind share a key, for whether a second report gets a group of its own depends on whether the first
one's group is still open, and that on what its people answered (EG-15, EG-43).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct
from msgspec.structs import replace

from operators.decision import LATE, Basis, Conditions
from operators.ids import identify, timer_cause
from schemas.records import EventRole
from state.catalog.entry_key import joint
from state.catalog.event_group import INCIDENTS, MENTIONED_IN, PEOPLE
from state.entries.event_group import Incident, Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from operators.operator import Context
    from operators.policy.action import Action
    from operators.policy.event_group import EventGroupPolicy
    from schemas.records import Decision

RULE = "event-group"
REQUESTED, OPEN, REJECTED, CLOSED = "REQUESTED", "OPEN", "REJECTED", "CLOSED"
PROMPTED, MEMBER, DECLINED, EXPIRED, CANCELLED = "PROMPTED", "MEMBER", "DECLINED", "EXPIRED", "CANCELLED"


class Trigger(Struct, frozen=True):
    """What makes something happen: an event, or a timer that an event has armed."""

    event_id: str
    at_ms: int
    late: bool = False

    @property
    def reasons(self) -> frozenset[str]:
        """The reasons that lie in how it came."""
        return frozenset({LATE}) if self.late else frozenset()

    @classmethod
    def of_event(cls, event: Any, ctx: Context) -> Self:  # noqa: ANN401 - any record that came from another step
        """Return an event as the trigger."""
        return cls(event.event_id, event.at_ms, event.late or ctx.late)

    @classmethod
    def timeout(cls, event_id: str, timer: str, at_ms: int) -> Self:
        """Return a timer, which the event has set, as the trigger."""
        return cls(timer_cause(event_id, timer), at_ms)


class IncidentContext:
    """One incident at hand, while one event is handled: what is remembered of it, and its changes."""

    __slots__ = ("_incident", "ctx", "incident_id")

    def __init__(self, incident_id: str, ctx: Context) -> None:
        self.incident_id, self.ctx = incident_id, ctx
        self._incident: Incident | None = None  # read once, for some incidents have thousands of people

    @property
    def stored(self) -> Incident | None:
        """The incident, if it is remembered."""
        if self._incident is None:
            self._incident = self.ctx[INCIDENTS].get(self.incident_id)
        return self._incident

    @property
    def incident(self) -> Incident:
        """The incident, which is remembered."""
        incident = self.stored
        if incident is None:
            message = f"incident {self.incident_id} is not remembered"
            raise LookupError(message)
        return incident

    @property
    def is_open(self) -> bool:
        """Whether there is a group, and it is open."""
        incident = self.stored
        return incident is not None and incident.status == OPEN

    @property
    def section(self) -> EventGroupPolicy:
        """The rules that the incident began with (C-19)."""
        return self.ctx.policy_of(self.incident.policy_version).event_group

    @property
    def group_id(self) -> str:
        """The group's id (C-11)."""
        return identify(RULE, self.incident_id)

    def update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of an incident
        """Remember the incident with some fields changed."""
        self._incident = replace(self.incident, **changes)
        self.ctx[INCIDENTS].put(self.incident_id, self._incident)

    def person(self, account_id: str) -> Person:
        """Return how things stand with somebody; nothing yet, if nobody has found them."""
        return self.ctx[PEOPLE].get(joint(self.incident_id, account_id)) or Person()

    def put_person(self, account_id: str, person: Person) -> None:
        """Remember how things stand with somebody who is on the list."""
        self.ctx[PEOPLE].put(joint(self.incident_id, account_id), person)

    def add_people(self, account_ids: Iterable[str]) -> None:
        """Put people on the list of those who have to do with the incident: all at once, for it is written whole."""
        listed = set(self.incident.people)
        added = sorted({*account_ids} - listed)
        if added:
            self.update(people=tuple(sorted((*listed, *added))))
        for account_id in added:
            self.index_mention(account_id)

    def people(self) -> list[tuple[str, Person]]:
        """Return everybody who was found, by account id."""
        return [(account_id, self.person(account_id)) for account_id in self.incident.people]

    def members(self) -> list[tuple[str, Person]]:
        """Return who is in the group."""
        return [(account_id, person) for account_id, person in self.people() if person.status == MEMBER]

    def index_mention(self, account_id: str) -> None:
        """Remember that the incident knows an account, so that an erasure finds it."""
        known = self.ctx[MENTIONED_IN].get(account_id) or ()
        if self.incident_id not in known:
            self.ctx[MENTIONED_IN].put(account_id, (*known, self.incident_id))

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
        """Return the decision that completes a step of the incident. Its subject is the event user."""
        incident = self.incident
        basis = Basis(
            rule=RULE,
            step=outcome,
            subject_id=incident.reporter_id,
            other_id=other_id,
            group_id=self.group_id if incident.created_ms >= 0 else None,
            incident_id=self.incident_id,
            cause=trigger.event_id,
            at_ms=trigger.at_ms,
            policy_version=incident.policy_version,
            reasons=trigger.reasons,
            conditions=conditions or Conditions(),
        )
        return basis.decide(outcome, actions, {"kind": incident.kind} | dict(evidence or {}), reasons)


def is_event_user(person: Person) -> bool:
    """Return whether somebody has asked for the group."""
    return EventRole.EVENT_USER in person.roles
