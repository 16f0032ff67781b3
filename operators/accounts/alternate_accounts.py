"""Which accounts in other applications belong to the same person? Key: the account.

Whoever asked through one of them is told when it stops, or again begins, to count.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from operators.erasure.markers import erased_after
from operators.operator import Context, Metric
from operators.policy.friendship_age import AlternateOrder, FriendshipAgePolicy
from operators.retention import set_cleanup_timer
from schemas.records import (
    AlternateAccount,
    AlternateAccountChanged,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    Channel,
    MessageScreened,
)
from state.catalog.accounts import ASKED, LINKS, REMOVED_LINKS
from state.catalog.entry_key import SELF, joint, parts
from state.entries.relationship import Link, Links

MAX_LINKS = 100
"""Alternate accounts of one account: all are read for each of its suspicious messages. More are not taken in."""

LinkedAccount = tuple[str, str, Link]
"""Application, account there, link."""

LinkEvent = AlternateAccountLinked | AlternateAccountUnlinked


def linked_accounts(ctx: Context) -> Iterator[LinkedAccount]:
    """Yield the account's links."""
    for entry, link in _read_links(ctx).items():
        app, alternate_id = parts(entry)
        yield app, alternate_id, link


def forget_links(ctx: Context, before_ms: int) -> None:
    """Forget the links that are older than `before_ms`."""
    _write_links(ctx, {entry: link for entry, link in _read_links(ctx).items() if link.fact_ms >= before_ms})


def _read_links(ctx: Context) -> Mapping[str, Link]:
    links = ctx[LINKS].get(SELF)
    return links.known if links else {}


def _write_links(ctx: Context, known: Mapping[str, Link]) -> None:
    if known:
        ctx[LINKS].put(SELF, Links(known))
    else:
        ctx[LINKS].remove(SELF)


def subscribe_recipient(
    message: MessageScreened, alternate: AlternateAccount, section: FriendshipAgePolicy, ctx: Context
) -> None:
    """Remember whom to tell when the link changes, for as long as a verification through it can be open."""
    entry = joint(message.recipient_id or "", alternate.app, alternate.alternate_id)
    until_ms = message.at_ms + section.verification_timeout_ms + section.late_answer_ms
    ctx[ASKED].put(entry, max(until_ms, ctx[ASKED].get(entry) or until_ms))
    set_cleanup_timer(ctx, until_ms + 1)


def on_linked(event: AlternateAccountLinked, ctx: Context) -> Iterator[Any]:
    """Remember an alternate account, as the newest fact describes it."""
    entry = joint(event.app, event.alternate_id)
    if _is_outdated(entry, event.at_ms, ctx):
        yield Metric("late-fact-ignored")
        return
    links = _read_links(ctx)
    known = links.get(entry)
    if known is None and len(links) == MAX_LINKS:
        yield Metric("link-beyond-limit")
        return
    _write_links(ctx, {**links, entry: Link(event.channels, event.last_used_ms, event.verified, event.at_ms)})
    if event.verified != (known is not None and known.verified):
        yield from _notify_recipients(event, ctx, usable=event.verified)


def on_unlinked(event: AlternateAccountUnlinked, ctx: Context) -> Iterator[Any]:
    """Forget an alternate account, and remember for a while that it was unlinked."""
    entry = joint(event.app, event.alternate_id)
    if _is_outdated(entry, event.at_ms, ctx):
        yield Metric("late-fact-ignored")
        return
    links = dict(_read_links(ctx))
    known = links.pop(entry, None)
    _write_links(ctx, links)
    ctx[REMOVED_LINKS].put(entry, event.at_ms)
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.common.removal_memory_ms)
    if known is not None and known.verified:
        yield from _notify_recipients(event, ctx, usable=False)


def _is_outdated(entry: str, at_ms: int, ctx: Context) -> bool:
    """Return whether a newer fact about a link is known, or the account was erased since."""
    link, removed_ms = _read_links(ctx).get(entry), ctx[REMOVED_LINKS].get(entry)
    newest_ms = max(at_ms if link is None else link.fact_ms, at_ms if removed_ms is None else removed_ms)
    return at_ms < newest_ms or erased_after(ctx, at_ms) is not None


def _notify_recipients(event: LinkEvent, ctx: Context, *, usable: bool) -> Iterator[AlternateAccountChanged]:
    """Tell the recipients whose verification may go through this link whether it still counts (FA-44)."""
    for entry, until_ms in sorted(ctx[ASKED].items()):
        recipient_id, app, alternate_id = parts(entry)
        if (app, alternate_id) == (event.app, event.alternate_id) and event.at_ms <= until_ms:
            yield AlternateAccountChanged(
                event_id=event.event_id,
                at_ms=event.at_ms,
                account_id=recipient_id,
                sender_id=ctx.key,
                app=app,
                alternate_id=alternate_id,
                usable=usable,
            )


_SPOKEN_CHANNELS = frozenset({Channel.VOICE, Channel.VIDEO})


_PHONE_ONLY = frozenset({Channel.PHONE})


def choose_alternate(links: Iterable[LinkedAccount], section: FriendshipAgePolicy) -> AlternateAccount | None:
    """Return the alternate account to ask through, and how; None if no verified one can be reached."""
    verified = sorted(
        (linked for linked in links if linked[2].verified), key=lambda linked: _preference_key(linked, section)
    )
    ways = ((app, alternate_id, preferred_channel(link, section)) for app, alternate_id, link in verified)
    reachable = (AlternateAccount(app=app, alternate_id=to, channel=channel) for app, to, channel in ways if channel)
    return next(reachable, None)


def preferred_channel(link: Link, section: FriendshipAgePolicy) -> Channel | None:
    """Return the first channel in the policy's order that a link has; None if it has none of them."""
    return next((channel for channel in section.channel_order if channel in link.channels), None)


def _preference_key(linked: LinkedAccount, section: FriendshipAgePolicy) -> tuple[bool, bool, int, str, str]:
    """Return what sorts alternate accounts, the preferred one first; the telephone comes after all others (FA-38)."""
    app, alternate_id, link = linked
    channels = frozenset(link.channels)
    silent = section.alternate_order is AlternateOrder.VOICE_FIRST and not channels & _SPOKEN_CHANNELS
    return channels == _PHONE_ONLY, silent, -link.last_used_ms, app, alternate_id
