"""Builder of stories in groups: joins, posts, reports, sanctions. Times are relative to `START_MS`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any, Self

from operators.policy.invite_forest import InviteForestPolicy, TargetCondition
from operators.policy.model import Policy
from schemas.records import (
    Decision,
    JoinVia,
    ManageMember,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MemberRole,
    MessageSent,
    RequestReview,
    RoleChanged,
    SanctionLifted,
)
from tests.support.story import MINUTE, START_MS, SUSPICIOUS, Story, StoryResult, evidence

GROUP = "g"
BOSS = "boss"
"""An administrator about whom there are no events."""
WINDOW = 10 * MINUTE
EDGE = -START_MS % WINDOW
"""Start of the first whole window, relative to `START_MS`."""


STRICT = TargetCondition(
    reports_suffice=3,
    hits_needed=1,
    hits_within_ms=10 * MINUTE,
    suffice_alone=frozenset({"keywords", "patterns", "links", "trusted_reporters", "findings"}),
)
"""A condition of which any part suffices alone: most tests are about what follows once an offence is confirmed."""

ONE_KEYWORD = "condition: {hits_needed: 1, suffice_alone: [keywords]}"
"""The same for keywords, in a policy file."""


def forest_policy(condition: TargetCondition = STRICT, **changes: Any) -> Policy:
    """A policy with some keys of its section `invite_forest` changed; what one hit leads to by default is confirmed."""
    parts = {name: changes.pop(name) for name in list(changes) if name in TargetCondition.__dataclass_fields__}
    section = replace(InviteForestPolicy(), condition=replace(condition, **parts), **changes)
    return replace(Policy(), invite_forest=section)


class GroupStory(Story):
    """A story in the group `GROUP`, unless another one is passed; without a policy under `forest_policy()`."""

    def __init__(self, policy: Policy | None = None) -> None:
        super().__init__(policy or forest_policy())

    def joins(self, who: str, by: str | None = None, at: int = 0, **fields: object) -> Self:
        known = {"group_id": GROUP, "via": JoinVia.INVITE, "inviter_role": MemberRole.MEMBER if by else None}
        return self._add(MemberJoined, at, account_id=who, inviter_id=by, **(known | fields))

    def admitted(self, who: str, at: int = 0, by: str = BOSS, **fields: object) -> Self:
        return self.joins(who, by, at, inviter_role=MemberRole.ADMIN, **fields)

    def leaves(self, who: str, at: int, **fields: object) -> Self:
        return self._add(MemberLeft, at, account_id=who, **({"group_id": GROUP} | fields))

    def becomes(self, who: str, role: MemberRole, at: int, **fields: object) -> Self:
        return self._add(RoleChanged, at, account_id=who, role=role, **({"group_id": GROUP} | fields))

    def posts(self, who: str, at: int, text: str = SUSPICIOUS, **fields: object) -> Self:
        return self._add(MessageSent, at, sender_id=who, text=text, **({"group_id": GROUP} | fields))

    def reported(self, who: str, by: str, at: int, **fields: object) -> Self:
        return self._add(
            MemberReported, at, account_id=who, reporter_id=by, reason="spam", **({"group_id": GROUP} | fields)
        )

    def lifted(self, who: str, at: int, **fields: object) -> Self:
        return self._add(SanctionLifted, at, account_id=who, group_id=GROUP, **fields)

    def chain(self, *who: str, at: int = 0) -> Self:
        """Each account invites the next; the administrator admits the first."""
        self.admitted(who[0], at)
        for inviter, newcomer in pairwise(who):
            self.joins(newcomer, inviter, at := at + 1)
        return self


def tree(policy: Policy | None = None) -> GroupStory:
    """R invites A, A invites B and X, B invites C, C invites D."""
    return GroupStory(policy).chain("R", "A", "B", "C", "D").joins("X", "A", at=5)


def cases(ending: StoryResult) -> list[Decision]:
    """The decisions about offenders."""
    return [decision for decision in ending.decisions if decision.rule == "invite-forest"]


def associated(decision: Decision) -> dict[str, int]:
    """The associated members of a case, with their distances."""
    return {each["account_id"]: each["distance"] for each in evidence(decision)["associated"]}


def preview(decision: Decision) -> dict[str, Any]:
    found: dict[str, Any] = evidence(decision)["preview"]
    return found


def actions_by_member(ending: StoryResult, decision: Decision | None = None) -> dict[str, list[str]]:
    """The actions commanded for each member, by all decisions or by one, in the order of the commands."""
    found = defaultdict(list)
    for command in ending.commands if decision is None else ending.commands_of(decision):
        if isinstance(command, ManageMember):
            found[command.account_id].append(str(command.action))
    return dict(found)


def ends_by_action(ending: StoryResult) -> dict[tuple[str, str], int | None]:
    """The end of each sanction by account and action, relative to `START_MS`; None: no end."""
    commands = [command for command in ending.commands if isinstance(command, ManageMember)]
    return {
        (each.account_id, str(each.action)): None if each.until_ms is None else each.until_ms - START_MS
        for each in commands
    }


def reviews(ending: StoryResult) -> list[RequestReview]:
    return [command for command in ending.commands if isinstance(command, RequestReview)]
