"""Contact lists of a protected account other than friends, and the relation to an account. Keyed by protected account.

The list of friends is in `operators.contacts.friends`; `relation_with` reads both.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from operators.contacts.contact_profiles import forget_contact_profile
from operators.erasure.markers import erased_after
from operators.operator import LATE_FACT_METRIC, Context
from operators.policy.avatar_impersonation import RelationKind
from operators.retention import set_cleanup_timer
from schemas.records import ContactAdded, ContactKind, ContactRemoved
from state.catalog.entry_key import join_ids
from state.catalog.relationship import CONTACTS, FRIENDS, REMOVED_CONTACTS
from state.entries.relationship import Friendship


class Relation(Struct, frozen=True):
    """Another account's presence on the account's lists: the earliest known start; None if it is unknown."""

    since_ms: int | None


def relation_with(other_id: str, kinds: Iterable[RelationKind], ctx: Context) -> Relation | None:
    """Return the relation to another account through lists of these kinds (AI-7); None if it is on none of them."""
    entries = [entry for kind in sorted(kinds) if (entry := _relation_entry(other_id, kind, ctx)) is not None]
    known = [entry.since_ms for entry in entries if entry.since_ms is not None]
    return Relation(min(known, default=None)) if entries else None


def _relation_entry(other_id: str, kind: RelationKind, ctx: Context) -> Friendship | None:
    return ctx[FRIENDS].get(other_id) if kind is RelationKind.FRIEND else ctx[CONTACTS].get(join_ids(other_id, kind))


def on_contact_added(event: ContactAdded, ctx: Context) -> Iterator[Any]:
    """Add a contact to the list of its kind; for one that is on it already the first time counts."""
    entry = join_ids(event.contact_id, event.kind)
    listed, removed_ms = ctx[CONTACTS].get(entry), ctx[REMOVED_CONTACTS].get(event.contact_id)
    newest_ms = max(event.at_ms if listed is None else listed.fact_ms, removed_ms or event.at_ms)
    if event.at_ms < newest_ms or erased_after(ctx, event.at_ms, event.contact_id) is not None:
        yield LATE_FACT_METRIC
        return
    since_ms = event.at_ms if listed is None else listed.since_ms
    ctx[CONTACTS].put(entry, Friendship(since_ms, event.at_ms))


def on_contact_removed(event: ContactRemoved, ctx: Context) -> Iterator[Any]:
    """Remove a contact from all lists but that of friends."""
    removed_ms = ctx[REMOVED_CONTACTS].get(event.contact_id)
    if event.at_ms < (removed_ms or event.at_ms) or erased_after(ctx, event.at_ms, event.contact_id) is not None:
        yield LATE_FACT_METRIC
        return
    forget_contact(event.contact_id, ctx, event.at_ms + 1)
    ctx[REMOVED_CONTACTS].put(event.contact_id, event.at_ms)
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.common.removal_memory_ms)
    forget_stranger(event.contact_id, ctx)


def forget_stranger(other_id: str, ctx: Context) -> None:
    """Remove the profile of an account that is on none of the lists."""
    if is_stranger(other_id, ctx):
        forget_contact_profile(other_id, ctx)


def is_stranger(other_id: str, ctx: Context) -> bool:
    """Return whether another account is on none of the account's lists."""
    return relation_with(other_id, RelationKind, ctx) is None


def forget_contact(contact_id: str, ctx: Context, before_ms: int) -> None:
    """Remove a contact's list entries that are older than `before_ms`."""
    for kind in ContactKind:
        entry = join_ids(contact_id, kind)
        listed = ctx[CONTACTS].get(entry)
        if listed is not None and listed.fact_ms < before_ms:
            ctx[CONTACTS].remove(entry)
