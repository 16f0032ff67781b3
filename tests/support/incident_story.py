"""Builder of stories about incidents: follows, locations, reports, answers.

Plays them through the replay, like `tests.support.story`. Times are relative to `START_MS`; the incident is at 0, 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from operators.policy.event_group import EventGroupPolicy
from operators.policy.model import Policy
from schemas.records import (
    Feature,
    FeatureKind,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    FollowScope,
    IdentificationRequested,
    IncidentAudited,
    IncidentClosed,
    IncidentReported,
    IncidentWithdrawn,
    JoinAnswered,
    JoinVia,
    LocationUpdated,
    MemberJoined,
    ObjectInformationChanged,
    OrganisationRegistered,
    PromptToJoin,
)
from tests.support.story import START_MS, Story, StoryResult

if TYPE_CHECKING:
    from schemas.records import Decision, Record

USER = "user"
INCIDENT = "inc"
TIMEOUT = 30 * 60_000
LIFE = 24 * 3_600_000
NEAR, FAR = 0.001, 1.0
H0, H10, H11 = (bytes.fromhex(text) for text in ("f0f0f0f0f0f0f0f0", "f0f0f0f0f0f0f30f", "f0f0f0f0f0f0f70f"))


def event_group_policy(**changes: Any) -> Policy:
    """The default policy with some keys of its section `event_group` changed."""
    return replace(Policy(), event_group=replace(EventGroupPolicy(), **changes))


def picture_of(value: bytes) -> Feature:
    return Feature(kind=FeatureKind.IMAGE_HASH, value=value)


class IncidentStory(Story):
    """A story about an incident; events arrive in the order in which they are added."""

    def follow(
        self, follower: str, of: str, at: int = -10_000, *, accepted: bool | None = True, scope: str = "ALL"
    ) -> Self:
        self._add(FollowRequested, at, follower_id=follower, object_id=of)
        if accepted is not None:
            pair = {"follower_id": follower, "object_id": of}
            self._add(FollowAnswered, at + 1, **pair, accepted=accepted, scope=FollowScope(scope))
        return self

    def invited(self, account: str, inviter: str, at: int) -> Self:
        """Let one account bring another into a group of the messenger."""
        group = {"group_id": "g", "account_id": account, "inviter_id": inviter}
        return self._add(MemberJoined, at, **group, via=JoinVia.INVITE)

    def revoked(self, follower: str, of: str, at: int) -> Self:
        return self._add(FollowRevoked, at, follower_id=follower, object_id=of, revoked_by=of)

    def located(self, account: str, latitude: float = NEAR, longitude: float = 0.0, at: int = -1) -> Self:
        return self._add(LocationUpdated, at, account_id=account, latitude=latitude, longitude=longitude)

    def organisation(
        self, account: str, *kinds: str, latitude: float = NEAR, radius: float = 5_000, at: int = -20_000
    ) -> Self:
        return self._add(
            OrganisationRegistered,
            at,
            organisation_id=account,
            latitude=latitude,
            longitude=0.0,
            radius_m=radius,
            incident_kinds=kinds or ("accident",),
        )

    def informed(self, of: str, *features: Feature, at: int = -9_000) -> Self:
        return self._add(ObjectInformationChanged, at, object_id=of, features=features)

    def reported(self, at: int = 0, incident: str = INCIDENT, **fields: object) -> Self:
        known: dict[str, object] = {
            "incident_id": incident,
            "reporter_id": USER,
            "latitude": 0.0,
            "longitude": 0.0,
            "kind": "accident",
            "object_ids": (),
        }
        return self._add(IncidentReported, at, **(known | fields))

    def audited(self, at: int = 0, incident: str = INCIDENT, *, approved: bool = True, **fields: object) -> Self:
        return self._add(IncidentAudited, at, incident_id=incident, auditor_id="auditor", approved=approved, **fields)

    def created(self, *objects: str, at: int = 0) -> Self:
        """Report and approve an incident at the same time."""
        return self.reported(at, object_ids=objects).audited(at)

    def joined(self, *accounts: str, at: int = 1_000, accepted: bool = True, incident: str = INCIDENT) -> Self:
        for account in accounts:
            self._add(JoinAnswered, at, incident_id=incident, account_id=account, accepted=accepted)
        return self

    def withdrawn(self, account: str, at: int, incident: str = INCIDENT) -> Self:
        return self._add(IncidentWithdrawn, at, incident_id=incident, account_id=account)

    def closed(self, at: int, incident: str = INCIDENT) -> Self:
        return self._add(IncidentClosed, at, incident_id=incident)

    def asked(self, requester: str, *features: Feature, at: int = 2_000, request: str = "r1", **fields: object) -> Self:
        known: dict[str, object] = {"incident_id": INCIDENT, "request_id": request, "image": None}
        return self._add(IdentificationRequested, at, requester_id=requester, features=features, **(known | fields))

    def play_in_order(self) -> IncidentResult:
        """Return the result if the events arrive in event-time order."""
        self.events.sort(key=lambda event: event.at_ms)  # type: ignore[attr-defined]
        return self.play_as_listed()

    def play_as_listed(self) -> IncidentResult:
        """Return the result if the events arrive in the order in which they were added, late ones late."""
        told = self.play()
        return IncidentResult(told.outputs, told.counts)


class IncidentResult(StoryResult):
    """The outputs of a story, by incident."""

    def one(self, outcome: str, about: str | None = None, incident: str | None = None) -> Decision:
        found = [
            one
            for one in self.decisions
            if one.outcome == outcome and about in (None, one.other_id) and incident in (None, one.incident_id)
        ]
        assert len(found) == 1, [(one.outcome, one.other_id, one.incident_id) for one in self.decisions]
        return found[0]

    def steps(self, incident: str = INCIDENT) -> list[tuple[int, str]]:
        return [(one.at_ms - START_MS, one.outcome) for one in self.decisions if one.incident_id == incident]

    def outcomes_of(self, incident: str = INCIDENT) -> list[str]:
        return [outcome for _, outcome in self.steps(incident)]

    def sent(self, kind: type[Any], incident: str | None = None) -> list[Any]:
        return [
            one
            for one in self.commands
            if isinstance(one, kind) and incident in (None, getattr(one, "incident_id", None))
        ]

    @property
    def prompted(self) -> dict[str, tuple[str, ...]]:
        prompts: list[Record] = self.sent(PromptToJoin)
        return {one.account_id: tuple(map(str, one.roles)) for one in prompts if isinstance(one, PromptToJoin)}
