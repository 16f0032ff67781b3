"""Erasure in the step `relationship`: removes the state of an erased protected account, or about another erased one.

Only what is older than the erasure is removed; newer facts belong to a new account (C-18).
"""

from collections.abc import Iterator
from typing import Any

from operators.avatar_impersonation.conversation_hits import forget_hits
from operators.contacts.contact_profiles import forget_contact_profile, forget_contact_profiles
from operators.contacts.contacts import forget_stranger, is_stranger
from operators.contacts.memberships import forget_memberships
from operators.contacts.pair import forget_pair
from operators.erasure.markers import forget_entry, forget_older, mark_erased
from operators.friend_gate import request_comparison
from operators.friendship_age.conversation import forget_signs
from operators.ids import identify
from operators.operator import Context
from operators.strangers.contact import begin_contacts_anew, forget_all_contacts
from operators.strangers.stranger import forget_stranger_found
from schemas.records import AccountErased, AccountForgotten, ContactKind
from state.catalog.entry_key import join_ids
from state.catalog.relationship import (
    ALERT_NUMBER,
    BLOCKS,
    COMPARED,
    CONTACTS,
    CONVERSATION_HITS,
    FRIENDS,
    PAIRS,
    REMOVED_CONTACTS,
    REMOVED_FRIENDS,
    SIGNS,
    VERIFICATIONS,
)
from state.catalog.strangers import STRANGERS_FOUND
from state.entries.relationship import AlertNumber, Block, Friendship, Verification
from state.spec import MapSpec


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Remove the account's own state; open verifications end without outcome."""
    for entry, _ in list(ctx[FRIENDS].items()):
        _forget_listed(ctx, FRIENDS, entry, event.at_ms)
    forget_older(ctx, REMOVED_FRIENDS, event.at_ms, int)
    forget_older(ctx, ALERT_NUMBER, event.at_ms, _reported_ms)
    forget_older(ctx, BLOCKS, event.at_ms, _blocked_ms)
    for sender_id, _ in list(ctx[PAIRS].items()):
        forget_pair(ctx, sender_id, event.at_ms)
    forget_older(ctx, VERIFICATIONS, event.at_ms, _asked_ms)
    for entry, _ in list(ctx[SIGNS].items()):
        forget_signs(ctx, entry, event.at_ms)
    for entry, _ in list(ctx[STRANGERS_FOUND].items()):
        forget_stranger_found(ctx, entry, event.at_ms)
    forget_all_contacts(event.at_ms, ctx)
    forget_memberships(event.at_ms, ctx)
    for entry, _ in list(ctx[CONTACTS].items()):
        _forget_listed(ctx, CONTACTS, entry, event.at_ms)
    forget_older(ctx, REMOVED_CONTACTS, event.at_ms, int)
    forget_older(ctx, COMPARED, event.at_ms, lambda comparison: comparison.requested_ms)
    forget_contact_profile(event.account_id, ctx, event.at_ms)
    forget_contact_profiles(lambda other_id: other_id != event.account_id and is_stranger(other_id, ctx), ctx)
    for entry, _ in list(ctx[CONVERSATION_HITS].items()):
        forget_hits(entry, event.at_ms, ctx)
    mark_erased(ctx, event.at_ms)
    yield from ()


def on_forgotten(event: AccountForgotten, ctx: Context) -> Iterator[Any]:
    """Remove the state about another account that was erased; what is open with it ends without outcome."""
    erased_id = event.erased_id
    _forget_listed(ctx, FRIENDS, erased_id, event.at_ms)
    forget_entry(ctx, REMOVED_FRIENDS, erased_id, event.at_ms, int)
    forget_entry(ctx, BLOCKS, erased_id, event.at_ms, _blocked_ms)
    forget_pair(ctx, erased_id, event.at_ms)
    for kind in ContactKind:
        _forget_listed(ctx, CONTACTS, join_ids(erased_id, kind), event.at_ms)
    forget_entry(ctx, REMOVED_CONTACTS, erased_id, event.at_ms, int)
    forget_contact_profile(erased_id, ctx, event.at_ms)
    forget_stranger(erased_id, ctx)
    forget_hits(identify(erased_id), event.at_ms, ctx)
    forget_signs(ctx, identify(erased_id), event.at_ms)
    forget_stranger_found(ctx, identify(erased_id), event.at_ms)
    begin_contacts_anew(erased_id, event.at_ms, ctx)
    request_comparison.forget_requester(erased_id, event.at_ms, ctx)
    mark_erased(ctx, event.at_ms, erased_id)
    yield from request_comparison.withdraw_friend(erased_id, event.event_id, event.at_ms, ctx)


def _forget_listed(ctx: Context, spec: MapSpec[str, Friendship], entry: str, erased_ms: int) -> None:
    """Remove an entry of a list that is older than an erasure. One that was listed again since begins then."""
    listed = ctx[spec].get(entry)
    if listed is None:
        return
    if listed.fact_ms < erased_ms:
        ctx[spec].remove(entry)
    elif listed.since_ms is not None and listed.since_ms < erased_ms:
        ctx[spec].put(entry, Friendship(listed.fact_ms, listed.fact_ms))


def _reported_ms(fact: AlertNumber) -> int:
    return fact.fact_ms


def _blocked_ms(block: Block) -> int:
    return block.wrote_ms


def _asked_ms(verification: Verification) -> int:
    return verification.asked_ms
