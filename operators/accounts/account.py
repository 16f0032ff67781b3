"""Step `account`: enriches a sender's suspicious messages and friend requests with what is known of the sender.

Keyed by account. To a suspicious message it adds the alternate account for a verification and the avatar at the
message's time, and emits `SuspicionRaised` to the recipient; to a friend request it adds the requester's profile, and
emits `FriendshipSought` to the target. It stores profile, links to alternate accounts and audience, and emits
`AppearanceChanged` to the accounts that have this one on a list.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.accounts.alternate_accounts import (
    NO_CHOICE,
    Choice,
    choose_alternate,
    forget_links,
    linked_accounts,
    on_linked,
    on_unlinked,
    subscribe_recipient,
    unsubscribe_recipients,
)
from operators.accounts.audience import (
    continue_notifying,
    forget_audience,
    forget_onlooker,
    friends_to_name,
    is_friend_of,
    notify_audience,
    on_added,
    on_removed,
)
from operators.accounts.beginning import begin_again, erased_before, forget_beginning
from operators.accounts.profile import (
    appearance,
    forget_profile,
    mark_common,
    mark_name_common,
    picture_at,
    update_profile,
)
from operators.accounts.suspected import forget_older_suspicion, forget_suspicion, suspect, suspected_since
from operators.contacts.memberships import forget_left_groups, forget_memberships, groups_of, on_joined, on_left
from operators.erasure.markers import erased_after, forget_older, mark_erased, remove_expired_markers
from operators.operator import ERASED_METRIC, LATE_FACT_METRIC, Context, Handler, Operator
from operators.policy.avatar_impersonation import AVATAR_IMPERSONATION
from operators.policy.friendship_age import FRIENDSHIP_AGE
from operators.retention import is_cleanup_timer, remove_expired
from operators.screening.findings import result_for
from schemas.records import (
    AccountErased,
    AccountForgotten,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    ContactAdded,
    ContactRemoved,
    ConversationHit,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    FriendshipSought,
    MemberJoined,
    MemberLeft,
    MessageScreened,
    NameBecameCommon,
    Picture,
    PictureBecameCommon,
    ProfileHashed,
    SuspicionRaised,
)
from state.catalog.accounts import (
    ASKED,
    AUDIENCE,
    AUDIENCE_PAGES,
    AUDIENCE_ROLL,
    BEGUN,
    LEFT_AUDIENCE,
    LINKS,
    PROFILE,
    REMOVED_LINKS,
    SPREADING,
    SUSPECTED,
)
from state.catalog.erasure import ERASED
from state.catalog.relationship import MEMBERSHIPS

_APPEARANCE_STATES = (PROFILE, AUDIENCE, AUDIENCE_PAGES, AUDIENCE_ROLL, LEFT_AUDIENCE, SPREADING)

_PAIR_RULES = frozenset({FRIENDSHIP_AGE, AVATAR_IMPERSONATION})
"""The rules that judge a message where its recipient's friends and contacts are known."""


class Account(Operator):
    """Enriches the account's messages and requests, and keeps its contacts informed of its profile."""

    uid = "account"
    states = (LINKS, REMOVED_LINKS, SUSPECTED, ASKED, BEGUN, MEMBERSHIPS, ERASED, *_APPEARANCE_STATES)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            MessageScreened: on_message_screened,
            FriendAdded: on_added,
            FriendRemoved: on_removed,
            ContactAdded: on_added,
            ContactRemoved: on_removed,
            MemberJoined: on_joined,
            MemberLeft: on_left,
            FriendRequested: on_requested,
            ProfileHashed: on_profile_changed,
            PictureBecameCommon: on_became_common,
            NameBecameCommon: on_name_became_common,
            AlternateAccountLinked: on_linked,
            AlternateAccountUnlinked: on_unlinked,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Continue to notify the audience of profile changes, and remove expired entries."""
        yield from continue_notifying(at_ms, ctx)
        if not is_cleanup_timer(at_ms):
            return
        removal_ms = ctx.policy.common.removal_memory_ms
        remove_expired(ctx, REMOVED_LINKS, at_ms, lambda removed_ms: removed_ms + removal_ms)
        remove_expired(ctx, ASKED, at_ms, lambda until_ms: until_ms + 1)
        remove_expired(ctx, LEFT_AUDIENCE, at_ms, lambda removed_ms: removed_ms + removal_ms)
        forget_left_groups(at_ms, ctx)
        forget_beginning(at_ms, ctx)
        forget_suspicion(at_ms, ctx)
        remove_expired_markers(ctx, at_ms)


def on_message_screened(message: MessageScreened, ctx: Context) -> Iterator[Any]:
    """Send a suspicious one-to-one message on to its recipient, with alternate account and avatar of the sender."""
    rules = {finding.rule for finding in message.findings}
    if message.recipient_id is None or rules.isdisjoint(_PAIR_RULES):
        return
    if erased_after(ctx, message.at_ms) is not None:
        yield ERASED_METRIC
        return
    suspected_ms = suspected_since(message.at_ms, ctx)
    choice = NO_CHOICE
    if FRIENDSHIP_AGE in rules:
        choice = _choose_alternate(message, message.recipient_id, suspected_ms, ctx)
    yield SuspicionRaised(
        event_id=message.event_id,
        at_ms=message.at_ms,
        sender_id=message.sender_id,
        recipient_id=message.recipient_id,
        screened=message.screened,
        findings=message.findings,
        alternate=choice.alternate,
        picture=_compared_picture(message, ctx) if AVATAR_IMPERSONATION in rules else None,
        erased_ms=erased_before(ctx),
        suspected_ms=suspected_ms,
        links_too_new=choice.too_new,
        late=ctx.late,
    )
    yield from _conversation_hit(message, ctx)


def _choose_alternate(message: MessageScreened, recipient_id: str, suspected_ms: int, ctx: Context) -> Choice:
    """Return where the sender's person can be asked about a message that may lead to that; store a suspicion."""
    section = ctx.policy.friendship_age
    if result_for(FRIENDSHIP_AGE, ctx.policy.version, message).spans:
        suspect(message.at_ms, suspected_ms, ctx)
    choice = choose_alternate(linked_accounts(ctx), suspected_ms, section)
    if choice.alternate is not None and is_friend_of(recipient_id, ctx):
        subscribe_recipient(message, choice.alternate, section, ctx)
    return choice


def _compared_picture(message: MessageScreened, ctx: Context) -> Picture | None:
    """Return the sender's avatar if the message may lead to a comparison (AI-2, AI-4)."""
    return picture_at(message.at_ms, ctx) if ctx.policy.avatar_impersonation.enabled else None


def _conversation_hit(message: MessageScreened, ctx: Context) -> Iterator[ConversationHit]:
    """Yield the hit for the sender's own side: if the other side answers, it may open a comparison (AI-3)."""
    section = ctx.policy.avatar_impersonation
    if not section.enabled or not section.both_directions or message.recipient_id is None:
        return
    seen = result_for(AVATAR_IMPERSONATION, ctx.policy.version, message)
    if seen.spans:
        yield ConversationHit(
            event_id=message.event_id,
            at_ms=message.at_ms,
            account_id=ctx.key,
            other_id=message.recipient_id,
            spans=seen.spans,
            span_count=seen.span_count,
        )


def on_requested(event: FriendRequested, ctx: Context) -> Iterator[Any]:
    """Send a friend request on to its target, with the requester's profile, friends and groups (FA-64, FA-102)."""
    if erased_after(ctx, event.at_ms) is not None:
        yield ERASED_METRIC
        return
    friends = friends_to_name(ctx)
    yield FriendshipSought(
        event_id=event.event_id,
        at_ms=event.at_ms,
        account_id=event.target_id,
        request_id=event.request_id,
        requester_id=ctx.key,
        appearance=appearance(ctx),
        friends=friends or (),
        groups=groups_of(ctx),
        established=friends is None,
        late=ctx.late,
    )


def on_profile_changed(event: ProfileHashed, ctx: Context) -> Iterator[Any]:
    """Store the account's profile, and notify the account and its audience of a change."""
    is_changed, is_outdated = update_profile(event, ctx)
    if is_outdated:
        yield LATE_FACT_METRIC
    if is_changed:
        yield from notify_audience(event, ctx, changed=True)


def on_became_common(event: PictureBecameCommon, ctx: Context) -> Iterator[Any]:
    """Mark a picture of the account as common, and notify the account and its audience (AI-18)."""
    if mark_common(event, ctx):
        yield from notify_audience(event, ctx, changed=False)


def on_name_became_common(event: NameBecameCommon, ctx: Context) -> Iterator[Any]:
    """Mark a name of the account as common, and notify the account and its audience (FA-104)."""
    if mark_name_common(event, ctx):
        yield from notify_audience(event, ctx, changed=False)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Remove what is older than the erasure; newer facts belong to a new account (C-18)."""
    forget_links(ctx, event.at_ms)
    forget_older(ctx, REMOVED_LINKS, event.at_ms, int)
    forget_older_suspicion(event.at_ms, ctx)
    unsubscribe_recipients(event.at_ms, ctx)
    begin_again(event.at_ms, ctx)
    is_profile_changed = forget_profile(event.at_ms, ctx)
    forget_audience(event.at_ms, ctx)
    forget_memberships(event.at_ms, ctx)
    mark_erased(ctx, event.at_ms)
    if is_profile_changed:  # a late erasure: who has the new account on a list was sent the older parts, too
        yield from notify_audience(event, ctx, changed=False)


def on_forgotten(event: AccountForgotten, ctx: Context) -> Iterator[Any]:
    """Remove an erased account from the audience and from the recipients to notify of link changes."""
    unsubscribe_recipients(event.at_ms, ctx, event.erased_id)
    forget_onlooker(event.erased_id, event.at_ms, ctx)
    mark_erased(ctx, event.at_ms, event.erased_id)
    yield from ()
