"""What may somebody do in an event group, given why they are in it? Key: none.

| | organisation | event user | follower | object | nearby user |
|---|---|---|---|---|---|
| asks for identification | yes | yes | no | no | yes |
| counts for keeping the group | yes | no | yes | no | no |

The permission of each role is the policy's. What one role allows is allowed (EG-33).
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
GROUP_KEEPING: Final = frozenset({EventRole.ORGANISATION, EventRole.FOLLOWER})


def rank_roles(roles: Iterable[str]) -> tuple[EventRole, ...]:
    """Return roles without repetition, the leading one first."""
    held = set(roles)
    return tuple(role for role in STRONGEST_FIRST if role in held)


def permission_of(roles: Iterable[str], permissions: Permissions) -> Permission:
    """Return the most that any of the roles allows; without a role one may read."""
    allowed = {getattr(permissions, role.lower()) for role in roles} | {Permission.READ}
    return next(permission for permission in _MOST_FIRST if permission in allowed)


def may_identify(roles: Iterable[str]) -> bool:
    """Return whether somebody in these roles may ask who is concerned (EG-34)."""
    return not IDENTIFYING.isdisjoint(roles)


def keeps_group(roles: Iterable[str]) -> bool:
    """Return whether somebody in these roles keeps a group whose event users have left (EG-43)."""
    return not GROUP_KEEPING.isdisjoint(roles)
