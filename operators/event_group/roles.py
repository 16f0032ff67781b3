"""Permissions that people have in an event group by their roles.

| | organisation | event user | follower | object | nearby user |
|---|---|---|---|---|---|
| may request identification | yes | yes | no | no | yes |
| keeps the group open | yes | no | yes | no | no |
| comes to help | yes | no | no | no | yes |

The policy gives each role its permission; with several roles the largest counts (EG-33).
"""

from collections.abc import Iterable
from typing import Final

from operators.policy.event_group import Permissions
from schemas.records import EventRole, Permission

STRONGEST_FIRST: Final = (
    EventRole.ORGANISATION,
    EventRole.EVENT_USER,
    EventRole.FOLLOWER,
    EventRole.OBJECT,
    EventRole.NEARBY_USER,
)
_MOST_FIRST: Final = (Permission.MANAGE, Permission.POST, Permission.READ)
IDENTIFYING: Final = frozenset({EventRole.ORGANISATION, EventRole.EVENT_USER, EventRole.NEARBY_USER})
HELPING: Final = frozenset({EventRole.ORGANISATION, EventRole.NEARBY_USER})
HELPED: Final = frozenset({EventRole.EVENT_USER, EventRole.OBJECT})
GROUP_KEEPING: Final = frozenset({EventRole.ORGANISATION, EventRole.FOLLOWER})


def rank_roles(roles: Iterable[str]) -> tuple[EventRole, ...]:
    """Return the distinct roles, the leading one first."""
    held = set(roles)
    return tuple(role for role in STRONGEST_FIRST if role in held)


def permission_of(roles: Iterable[str], permissions: Permissions) -> Permission:
    """Return the largest permission of any of the roles; `READ` without a role."""
    allowed = {getattr(permissions, role.lower()) for role in roles} | {Permission.READ}
    return next(permission for permission in _MOST_FIRST if permission in allowed)


def may_identify(roles: Iterable[str]) -> bool:
    """Return whether any of the roles may request an identification (EG-34)."""
    return not IDENTIFYING.isdisjoint(roles)


def can_help(roles: Iterable[str]) -> bool:
    """Return whether a member with these roles has come to help those who ask for it or need it (EG-50)."""
    return not HELPING.isdisjoint(roles) and HELPED.isdisjoint(roles)


def keeps_group(roles: Iterable[str]) -> bool:
    """Return whether any of the roles keeps a group open whose event users have left (EG-43)."""
    return not GROUP_KEEPING.isdisjoint(roles)
