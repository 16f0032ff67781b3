"""Step `relationship`: protects an account from suspicious messages, imitated friends and stolen friends' accounts.

Keyed by protected account; holds its friends, contacts, their profiles, blocks and verifications. It routes each event
to the rules of three capabilities that share this state: friendship age, avatar impersonation and the comparison for
the friend gate. It emits decisions, commands, `RequestCompared` and `LookalikesFound`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.avatar_impersonation import contact_search
from operators.avatar_impersonation.conversation_hits import on_conversation_hit, remove_expired_hits
from operators.avatar_impersonation.profile_drift import compare_with_friends
from operators.contacts.contact_profiles import remember_contact_profile
from operators.contacts.contacts import forget_stranger, on_contact_added, on_contact_removed
from operators.contacts.friends import listed_friend, on_added, on_alert_number_set, on_removed, on_unblocked
from operators.contacts.memberships import forget_left_groups, on_joined, on_left
from operators.contacts.pair import remove_expired_marks
from operators.erasure.markers import remove_expired_markers
from operators.friend_gate import request_comparison
from operators.friendship_age import friendship_age
from operators.friendship_age.conversation import continue_conversation, forget_signs, remove_expired_signs, seen_in
from operators.friendship_age.overturned import on_overturned
from operators.friendship_age.verification import expire_verifications, on_alternate_changed
from operators.friendship_age.verification_answer import on_answered
from operators.ids import identify
from operators.operator import Context, Handler, Operator
from operators.relationship.erasure import on_erased, on_forgotten
from operators.retention import is_cleanup_timer, remove_expired
from operators.strangers import stranger
from operators.strangers.contact import (
    begin_contacts_anew,
    forget_contacts_with,
    on_approached,
    remove_expired_contacts,
)
from operators.strangers.stranger import remove_expired_strangers
from schemas.records import (
    AccountApproached,
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountChanged,
    AppearanceChanged,
    ContactAdded,
    ContactRemoved,
    ConversationHit,
    DecisionOverturned,
    FriendAdded,
    FriendRemoved,
    FriendshipSought,
    LookalikeAnswered,
    MemberJoined,
    MemberLeft,
    SuspicionRaised,
    VerificationAnswered,
)
from state.catalog.erasure import ERASED
from state.catalog.relationship import (
    ALERT_NUMBER,
    BLOCKS,
    COMPARED,
    CONTACT_PROFILE_PARTS,
    CONTACT_PROFILES,
    CONTACTS,
    CONVERSATION_HITS,
    FRIENDS,
    MEMBERSHIPS,
    PAIRS,
    REMOVED_CONTACTS,
    REMOVED_FRIENDS,
    SIGNS,
    VERIFICATIONS,
)
from state.catalog.strangers import CONTACT_TALLY, FIRST_CONTACTS, STRANGERS_FOUND

_STRANGER_STATES = (FIRST_CONTACTS, CONTACT_TALLY, STRANGERS_FOUND)
_CONTACT_STATES = (CONTACT_PROFILES, CONTACT_PROFILE_PARTS, CONTACTS, REMOVED_CONTACTS, CONVERSATION_HITS, COMPARED)


class Relationship(Operator):
    """Routes the events of a protected account to the rules of the capabilities."""

    uid = "relationship"
    states = (
        FRIENDS,
        REMOVED_FRIENDS,
        ALERT_NUMBER,
        BLOCKS,
        PAIRS,
        SIGNS,
        VERIFICATIONS,
        MEMBERSHIPS,
        ERASED,
        *_CONTACT_STATES,
        *_STRANGER_STATES,
    )

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            AccountApproached: on_approached,
            FriendAdded: on_friend_added,
            FriendRemoved: on_friend_removed,
            ContactAdded: on_contact_added,
            ContactRemoved: on_contact_removed,
            MemberJoined: on_joined,
            MemberLeft: on_left,
            AccountUnblocked: on_account_unblocked,
            AlertNumberSet: on_alert_number_set,
            AlternateAccountChanged: on_alternate_changed,
            SuspicionRaised: on_suspicion,
            ConversationHit: on_conversation_hit,
            AppearanceChanged: on_appearance_changed,
            FriendshipSought: request_comparison.on_sought,
            LookalikeAnswered: request_comparison.on_answered,
            VerificationAnswered: on_answered,
            DecisionOverturned: on_overturned,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Decide on verifications without an answer, and remove expired entries."""
        yield from expire_verifications(at_ms, ctx)
        if is_cleanup_timer(at_ms):
            removal_ms = ctx.policy.common.removal_memory_ms
            remove_expired(ctx, REMOVED_CONTACTS, at_ms, lambda removed_ms: removed_ms + removal_ms)
            forget_left_groups(at_ms, ctx)
            remove_expired_marks(ctx, at_ms)
            remove_expired_hits(ctx, at_ms)
            remove_expired_signs(ctx, at_ms)
            remove_expired_contacts(ctx, at_ms)
            remove_expired_strangers(ctx, at_ms)
            remove_expired(ctx, COMPARED, at_ms, lambda comparison: comparison.deadline_ms + 1)
            remove_expired_markers(ctx, at_ms)


def on_suspicion(event: SuspicionRaised, ctx: Context) -> Iterator[Any]:
    """Judge a message by each rule independently, by the state before the message (C-8)."""
    findings = tuple(contact_search.on_suspicion_raised(event, ctx))
    seen = seen_in(event, ctx)
    conversation = continue_conversation(event, seen, ctx)
    if seen.spans or conversation.counts_as_hit:
        yield from friendship_age.on_suspicion(event, seen, conversation, ctx)
        yield from stranger.on_suspicion(event, seen, conversation, ctx)
    yield from findings


def on_account_unblocked(event: AccountUnblocked, ctx: Context) -> Iterator[Any]:
    """Lift a block, or store trust; what the sender wrote before adds up no more (FA-87)."""
    yield from on_unblocked(event, ctx)
    if event.account_id == ctx.key:
        forget_signs(ctx, identify(event.other_id), event.at_ms)


def on_friend_added(event: FriendAdded, ctx: Context) -> Iterator[Any]:
    """Add a friend to the list: no stranger, whoever wrote first."""
    yield from on_added(event, ctx)
    friend_id = listed_friend(event, ctx.key)
    if friend_id is not None and ctx[FRIENDS].get(friend_id) is not None:
        forget_contacts_with(friend_id, event.at_ms, ctx)


def on_friend_removed(event: FriendRemoved, ctx: Context) -> Iterator[Any]:
    """Remove a friend from the list, and from the open friend requests in which this friend is asked."""
    yield from on_removed(event, ctx)
    friend_id = listed_friend(event, ctx.key)
    if friend_id is not None and ctx[FRIENDS].get(friend_id) is None:
        forget_stranger(friend_id, ctx)
        begin_contacts_anew(friend_id, event.at_ms, ctx)
        yield from request_comparison.withdraw_friend(friend_id, event.event_id, event.at_ms, ctx)


def on_appearance_changed(event: AppearanceChanged, ctx: Context) -> Iterator[Any]:
    """Store a contact's profile, and check whether a friend has begun to look like another one."""
    if remember_contact_profile(event, ctx) and event.changed:
        yield from compare_with_friends(event, ctx)
