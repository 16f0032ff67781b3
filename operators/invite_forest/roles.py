"""Who is owner or administrator of a group, and since when? Key: the group."""

from collections.abc import Iterator
from typing import Any, Final

from operators.erasure.markers import erased_after
from operators.operator import Context, Metric
from schemas.records import MemberRole, RoleChanged
from state.catalog.invite_forest import ROLES
from state.entries.invite_forest import RoleEntry

OUTDATED: Final = Metric("late-fact-ignored")
_ADMINISTRATORS: Final = frozenset({MemberRole.OWNER, MemberRole.ADMIN})


def is_administrator(role: str) -> bool:
    """Return whether a role makes those whom it lets in roots; the owner's does too (IF-4)."""
    return role in _ADMINISTRATORS


def role_of(ctx: Context, account_id: str, at_ms: int) -> str:
    """Return what an account was at a time, as far as is known; a plain member unless said otherwise (IF-5)."""
    known = ctx[ROLES].get(account_id)
    if known is None:
        return MemberRole.MEMBER
    return known.role if known.since_ms <= at_ms else known.before


def on_role_changed(event: RoleChanged, ctx: Context) -> Iterator[Any]:
    """Remember a role; it holds for joins from its time on (IF-5)."""
    known = ctx[ROLES].get(event.account_id)
    outdated = known is not None and event.at_ms < known.since_ms
    if outdated or erased_after(ctx, event.at_ms, event.account_id) is not None:
        yield OUTDATED
        return
    before = MemberRole.MEMBER if known is None else known.role
    ctx[ROLES].put(event.account_id, RoleEntry(event.role, event.at_ms, before))
