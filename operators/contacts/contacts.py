"""Who is on which of the account's lists, and since when? Key: the protected account.

Friends are the business of `operators.contacts.friends`; here are the other kinds of contacts, and the question to
both.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from operators.contacts.contact_profiles import forget_contact_profile
from operators.erasure.markers import erased_after
from operators.operator import Context, Metric
from operators.policy.avatar_impersonation import RelationKind
from operators.retention import set_cleanup_timer
from schemas.records import ContactAdded, ContactKind, ContactRemoved
from state.catalog.entry_key import joint
from state.catalog.relationship import CONTACTS, FRIENDS, REMOVED_CONTACTS
from state.entries.relationship import Friendship

_OUTDATED = Metric("late-fact-ignored")


class Relation(Struct, frozen=True):
    """That somebody is on a list of the account's: since when at the earliest; None: nobody knows."""

    since_ms: int | None


def relation_with(other_id: str, kinds: Iterable[RelationKind], ctx: Context) -> Relation | None:
    """Return how the account is related to somebody, under the kinds that count (AI-7); None: it is not."""
    found = [entry for kind in sorted(kinds) if (entry := _relation_entry(other_id, kind, ctx)) is not None]
    known = [entry.since_ms for entry in found if entry.since_ms is not None]
    return Relation(min(known, default=None)) if found else None


def _relation_entry(other_id: str, kind: RelationKind, ctx: Context) -> Friendship | None:
    return ctx[FRIENDS].get(other_id) if kind is RelationKind.FRIEND else ctx[CONTACTS].get(joint(other_id, kind))


def on_contact_added(event: ContactAdded, ctx: Context) -> Iterator[Any]:
    """Put a contact on the account's list of one kind; of one who stands there already the first time counts."""
    entry = joint(event.contact_id, event.kind)
    standing, removed_ms = ctx[CONTACTS].get(entry), ctx[REMOVED_CONTACTS].get(event.contact_id)
    newest_ms = max(event.at_ms if standing is None else standing.fact_ms, removed_ms or event.at_ms)
    if event.at_ms < newest_ms or erased_after(ctx, event.at_ms, event.contact_id) is not None:
        yield _OUTDATED
        return
    since_ms = event.at_ms if standing is None else standing.since_ms
    ctx[CONTACTS].put(entry, Friendship(since_ms, event.at_ms))


def on_contact_removed(event: ContactRemoved, ctx: Context) -> Iterator[Any]:
    """Take a contact off all lists but that of friends."""
    removed_ms = ctx[REMOVED_CONTACTS].get(event.contact_id)
    if event.at_ms < (removed_ms or event.at_ms) or erased_after(ctx, event.at_ms, event.contact_id) is not None:
        yield _OUTDATED
        return
    forget_contact(event.contact_id, ctx, event.at_ms + 1)
    ctx[REMOVED_CONTACTS].put(event.contact_id, event.at_ms)
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.common.removal_memory_ms)
    forget_stranger(event.contact_id, ctx)


def forget_stranger(other_id: str, ctx: Context) -> None:
    """Forget how somebody looks who is on none of the account's lists."""
    if is_stranger(other_id, ctx):
        forget_contact_profile(other_id, ctx)


def is_stranger(other_id: str, ctx: Context) -> bool:
    """Return whether somebody is on none of the account's lists."""
    return relation_with(other_id, RelationKind, ctx) is None


def forget_contact(contact_id: str, ctx: Context, before_ms: int) -> None:
    """Forget that somebody was a contact before a time."""
    for kind in ContactKind:
        entry = joint(contact_id, kind)
        standing = ctx[CONTACTS].get(entry)
        if standing is not None and standing.fact_ms < before_ms:
            ctx[CONTACTS].remove(entry)
