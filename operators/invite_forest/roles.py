"""Roles of members: owner, administrator, member, with the time of the last change.

Keyed by the group; runs inside the step `group`.
"""

from collections.abc import Iterator
from typing import Any, Final

from operators.erasure.markers import erased_after
from operators.operator import LATE_FACT_METRIC, Context
from schemas.records import MemberRole, RoleChanged
from state.catalog.invite_forest import ROLES
from state.entries.invite_forest import RoleEntry

_ADMINISTRATORS: Final = frozenset({MemberRole.OWNER, MemberRole.ADMIN})


def is_administrator(role: str) -> bool:
    """Return whether a role is owner or administrator: the members that it admits are roots (IF-4)."""
    return role in _ADMINISTRATORS


def role_of(ctx: Context, account_id: str, at_ms: int) -> str:
    """Return the role of an account at a time, as far as stored; a plain member by default (IF-5)."""
    known = ctx[ROLES].get(account_id)
    if known is None:
        return MemberRole.MEMBER
    return known.role if known.since_ms <= at_ms else known.before


def on_role_changed(event: RoleChanged, ctx: Context) -> Iterator[Any]:
    """Store a role; it applies to joins from its time on (IF-5)."""
    known = ctx[ROLES].get(event.account_id)
    outdated = known is not None and event.at_ms < known.since_ms
    if outdated or erased_after(ctx, event.at_ms, event.account_id) is not None:
        yield LATE_FACT_METRIC
        return
    before: str = MemberRole.MEMBER
    if known is not None:
        before = known.role if known.since_ms < event.at_ms else known.before
    ctx[ROLES].put(event.account_id, RoleEntry(event.role, event.at_ms, before))
