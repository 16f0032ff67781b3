"""Who is this account elsewhere, and who remembers it? Key: the account.

A suspicious message passes through its sender's account, which adds where the sender's person can be asked at the
message's time.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.acquaintance import Relation, sides_of
from operators.alternate import choose
from operators.erasure import erased_after, forget_entry, forget_older, mark_erased, reclaim_markers
from operators.linking import forget_links, linked, on_linked, on_unlinked, remember_asked
from operators.operator import Context, Handler, Operator, Tally
from operators.retention import reclaim
from schemas.records import (
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    FriendAdded,
    FriendRemoved,
    MessageScreened,
    SuspicionRaised,
)
from state.catalog import ASKED, ERASED, KNOWN_BY, LINKS, REMOVED_LINKS, parts


class Account(Operator):
    """Adds what its account knows to what passes."""

    uid = "account"
    states = (KNOWN_BY, LINKS, REMOVED_LINKS, ASKED, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {
            MessageScreened: on_message_screened,
            FriendAdded: on_relation,
            FriendRemoved: on_relation,
            AccountUnblocked: on_relation,
            AlternateAccountLinked: on_linked,
            AlternateAccountUnlinked: on_unlinked,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Give up what has been remembered for long enough."""
        removal_ms = ctx.policy.common.removal_memory_ms
        reclaim(ctx, REMOVED_LINKS, at_ms, lambda removed_ms: removed_ms + removal_ms)
        reclaim(ctx, ASKED, at_ms, lambda until_ms: until_ms + 1)
        reclaim_markers(ctx, at_ms)
        yield from ()


def on_message_screened(message: MessageScreened, ctx: Context) -> Iterator[Any]:
    """Send a suspicious one-to-one message on to its recipient's account."""
    if message.recipient_id is None or not message.findings:
        return
    if erased_after(ctx, message.at_ms) is not None:
        yield Tally("erased")
        return
    section = ctx.policy.friendship_age
    alternate = choose(linked(ctx), section)
    if alternate is not None and ctx[KNOWN_BY].get(message.recipient_id) is not None:
        remember_asked(message, alternate, section, ctx)
    yield SuspicionRaised(
        event_id=message.event_id,
        at_ms=message.at_ms,
        sender_id=message.sender_id,
        recipient_id=message.recipient_id,
        screened=message.screened,
        findings=message.findings,
        alternate=alternate,
        late=ctx.late,
    )


def on_relation(event: Relation, ctx: Context) -> Iterator[Any]:
    """Remember who is related to the account: the other one's memory may mention it from now on."""
    one, two = sides_of(event)
    other = two if ctx.key == one else one
    if erased_after(ctx, event.at_ms, other) is None:
        ctx[KNOWN_BY].put(other, max(event.at_ms, ctx[KNOWN_BY].get(other) or event.at_ms))
    yield from ()


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Forget what is older than the erasure: what came after it is a new account's (C-18)."""
    forget_older(ctx, KNOWN_BY, event.at_ms, int)
    forget_links(ctx, event.at_ms)
    forget_older(ctx, REMOVED_LINKS, event.at_ms, int)
    ctx[ASKED].clear()
    mark_erased(ctx, event.at_ms)
    yield from ()


def on_forgotten(event: AccountForgotten, ctx: Context) -> Iterator[Any]:
    """Forget an erased account that this one has met, and that it was to be told anything."""
    forget_entry(ctx, KNOWN_BY, event.erased_id, event.at_ms, int)
    for entry, _ in list(ctx[ASKED].items()):
        if parts(entry)[0] == event.erased_id:
            ctx[ASKED].remove(entry)
    mark_erased(ctx, event.at_ms, event.erased_id)
    yield from ()
