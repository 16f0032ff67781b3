"""Who is this account elsewhere, how does it show itself, and who remembers it? Key: the account.

A suspicious message passes through its sender's account, which adds where the sender's person can be asked and which
avatar the sender has at the message's time; a friend request gets the requester's profile.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.accounts.alternate_accounts import (
    choose_alternate,
    forget_links,
    linked_accounts,
    on_linked,
    on_unlinked,
    subscribe_recipient,
)
from operators.accounts.audience import (
    continue_notifying,
    forget_audience,
    forget_onlooker,
    is_friend_of,
    notify_audience,
    on_added,
    on_removed,
)
from operators.accounts.profile import appearance, forget_profile, mark_common, picture_at, update_profile
from operators.erasure.markers import erased_after, forget_older, mark_erased, remove_expired_markers
from operators.operator import Context, Handler, Metric, Operator
from operators.retention import is_cleanup_timer, remove_expired
from operators.rules import AVATAR_IMPERSONATION, FRIENDSHIP_AGE
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
    MessageScreened,
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
    LEFT_AUDIENCE,
    LINKS,
    PROFILE,
    REMOVED_LINKS,
    SPREADING,
)
from state.catalog.entry_key import parts
from state.catalog.erasure import ERASED

_APPEARANCE_STATES = (PROFILE, AUDIENCE, AUDIENCE_PAGES, AUDIENCE_ROLL, LEFT_AUDIENCE, SPREADING)


class Account(Operator):
    """Adds what its account knows to what passes."""

    uid = "account"
    states = (LINKS, REMOVED_LINKS, ASKED, ERASED, *_APPEARANCE_STATES)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {
            MessageScreened: on_message_screened,
            FriendAdded: on_added,
            FriendRemoved: on_removed,
            ContactAdded: on_added,
            ContactRemoved: on_removed,
            FriendRequested: on_requested,
            ProfileHashed: on_profile_changed,
            PictureBecameCommon: on_became_common,
            AlternateAccountLinked: on_linked,
            AlternateAccountUnlinked: on_unlinked,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Go on telling what has changed, and give up what has been remembered for long enough."""
        yield from continue_notifying(at_ms, ctx)
        if not is_cleanup_timer(at_ms):
            return
        removal_ms = ctx.policy.common.removal_memory_ms
        remove_expired(ctx, REMOVED_LINKS, at_ms, lambda removed_ms: removed_ms + removal_ms)
        remove_expired(ctx, ASKED, at_ms, lambda until_ms: until_ms + 1)
        remove_expired(ctx, LEFT_AUDIENCE, at_ms, lambda removed_ms: removed_ms + removal_ms)
        remove_expired_markers(ctx, at_ms)


def on_message_screened(message: MessageScreened, ctx: Context) -> Iterator[Any]:
    """Send a suspicious one-to-one message on to its recipient's account."""
    if message.recipient_id is None or not message.findings:
        return
    if erased_after(ctx, message.at_ms) is not None:
        yield Metric("erased")
        return
    section = ctx.policy.friendship_age
    is_asked = any(finding.rule == FRIENDSHIP_AGE for finding in message.findings)
    alternate = choose_alternate(linked_accounts(ctx), section) if is_asked else None
    if alternate is not None and is_friend_of(message.recipient_id, ctx):
        subscribe_recipient(message, alternate, section, ctx)
    yield SuspicionRaised(
        event_id=message.event_id,
        at_ms=message.at_ms,
        sender_id=message.sender_id,
        recipient_id=message.recipient_id,
        screened=message.screened,
        findings=message.findings,
        alternate=alternate,
        picture=_compared_picture(message, ctx),
        late=ctx.late,
    )
    yield from _conversation_hit(message, ctx)


def _compared_picture(message: MessageScreened, ctx: Context) -> Picture | None:
    """Return the sender's avatar if the message may lead to a comparison (AI-2, AI-4)."""
    is_wanted = ctx.policy.avatar_impersonation.enabled and any(
        finding.rule == AVATAR_IMPERSONATION for finding in message.findings
    )
    return picture_at(message.at_ms, ctx) if is_wanted else None


def _conversation_hit(message: MessageScreened, ctx: Context) -> Iterator[ConversationHit]:
    """Let the sender's own side of the conversation know of a hit that may open a comparison for an answer (AI-3)."""
    section = ctx.policy.avatar_impersonation
    seen = result_for(AVATAR_IMPERSONATION, ctx.policy.version, message)
    if section.enabled and section.both_directions and seen.spans and message.recipient_id is not None:
        yield ConversationHit(
            event_id=message.event_id,
            at_ms=message.at_ms,
            account_id=ctx.key,
            other_id=message.recipient_id,
            spans=seen.spans,
            span_count=seen.span_count,
        )


def on_requested(event: FriendRequested, ctx: Context) -> Iterator[Any]:
    """Send a friend request on to its target, with the requester's profile (FA-64)."""
    if erased_after(ctx, event.at_ms) is not None:
        yield Metric("erased")
        return
    yield FriendshipSought(
        event_id=event.event_id,
        at_ms=event.at_ms,
        account_id=event.target_id,
        request_id=event.request_id,
        requester_id=ctx.key,
        appearance=appearance(ctx),
        late=ctx.late,
    )


def on_profile_changed(event: ProfileHashed, ctx: Context) -> Iterator[Any]:
    """Remember how the account shows itself, and show it to those who have it on a list."""
    is_changed, is_outdated = update_profile(event, ctx)
    if is_outdated:
        yield Metric("late-fact-ignored")
    if is_changed:
        yield from notify_audience(event, ctx, changed=True)


def on_became_common(event: PictureBecameCommon, ctx: Context) -> Iterator[Any]:
    """Remember that the account's picture says nothing any more, and pass it on (AI-18)."""
    if mark_common(event, ctx):
        yield from notify_audience(event, ctx, changed=False)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Forget what is older than the erasure: what came after it is a new account's (C-18)."""
    forget_links(ctx, event.at_ms)
    forget_older(ctx, REMOVED_LINKS, event.at_ms, int)
    ctx[ASKED].clear()
    forget_profile(event.at_ms, ctx)
    forget_audience(event.at_ms, ctx)
    mark_erased(ctx, event.at_ms)
    yield from ()


def on_forgotten(event: AccountForgotten, ctx: Context) -> Iterator[Any]:
    """Forget an erased account that this one has met, and that it was to be told anything."""
    for entry, _ in list(ctx[ASKED].items()):
        if parts(entry)[0] == event.erased_id:
            ctx[ASKED].remove(entry)
    forget_onlooker(event.erased_id, event.at_ms, ctx)
    mark_erased(ctx, event.at_ms, event.erased_id)
    yield from ()
