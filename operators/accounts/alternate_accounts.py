"""Alternate accounts: the verified accounts of the same person in other applications. Keyed by account.

Holds the links, chooses the one through which a verification asks the person (FA-35 to FA-38), and notifies the
recipients with an open verification when their link stops or begins again to be usable (FA-44). Whoever takes an
account over may link a telephone of their own: only links from before the suspicion count (FA-93, FA-94).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from operators.erasure.markers import erased_after
from operators.operator import LATE_FACT_METRIC, Context, Metric
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
from state.catalog.entry_key import SELF, join_ids, split_ids
from state.entries.relationship import Link, Links

MAX_LINKS = 100
"""Links per account. All are read for each suspicious message of the account, so further ones are dropped."""

LinkedAccount = tuple[str, str, Link]
"""Application, account id in that application, link."""

LinkEvent = AlternateAccountLinked | AlternateAccountUnlinked

_SPOKEN_CHANNELS = frozenset({Channel.VOICE, Channel.VIDEO})
_PHONE_ONLY = frozenset({Channel.PHONE})


def linked_accounts(ctx: Context) -> Iterator[LinkedAccount]:
    """Yield the links of the current account."""
    for entry, link in _read_links(ctx).items():
        app, alternate_id = split_ids(entry)
        yield app, alternate_id, link


def forget_links(ctx: Context, before_ms: int) -> None:
    """Remove the links whose latest fact is older than `before_ms`; one that is newer begins with that fact."""
    newer = {entry: link for entry, link in _read_links(ctx).items() if link.fact_ms >= before_ms}
    _write_links(ctx, {entry: _begun_after(link, before_ms) for entry, link in newer.items()})


def _begun_after(link: Link, before_ms: int) -> Link:
    is_older = link.since_ms is not None and link.since_ms < before_ms
    return replace(link, since_ms=link.fact_ms) if is_older else link


def _read_links(ctx: Context) -> Mapping[str, Link]:
    links = ctx[LINKS].get(SELF)
    return links.known if links else {}


def _write_links(ctx: Context, links: Mapping[str, Link]) -> None:
    if links:
        ctx[LINKS].put(SELF, Links(links))
    else:
        ctx[LINKS].remove(SELF)


def on_linked(event: AlternateAccountLinked, ctx: Context) -> Iterator[Any]:
    """Store or update a link; the newest fact wins."""
    entry = join_ids(event.app, event.alternate_id)
    if _is_outdated(entry, event.at_ms, ctx):
        yield LATE_FACT_METRIC
        return
    links = _read_links(ctx)
    known = links.get(entry)
    if known is None and len(links) == MAX_LINKS:
        yield Metric("link-beyond-limit")
        return
    was_verified = known is not None and known.verified
    since_ms = linked_since(known) if known is not None and was_verified else event.at_ms
    link = Link(event.channels, event.last_used_ms, event.verified, event.at_ms, since_ms if event.verified else None)
    _write_links(ctx, {**links, entry: link})
    if event.verified != was_verified:
        is_usable = event.verified and not ctx.policy.friendship_age.link_age_ms  # else it is too new to count (FA-93)
        yield from _notify_recipients(event, ctx, usable=is_usable)


def linked_since(link: Link) -> int:
    """Return since when a verified link is known to be one (FA-93)."""
    return link.fact_ms if link.since_ms is None else link.since_ms


def on_unlinked(event: AlternateAccountUnlinked, ctx: Context) -> Iterator[Any]:
    """Remove a link; its removal time is stored for a while, to ignore late facts about it."""
    entry = join_ids(event.app, event.alternate_id)
    if _is_outdated(entry, event.at_ms, ctx):
        yield LATE_FACT_METRIC
        return
    links = dict(_read_links(ctx))
    known = links.pop(entry, None)
    _write_links(ctx, links)
    ctx[REMOVED_LINKS].put(entry, event.at_ms)
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.common.removal_memory_ms)
    if known is not None and known.verified:
        yield from _notify_recipients(event, ctx, usable=False)


def _is_outdated(entry: str, at_ms: int, ctx: Context) -> bool:
    """Return whether a newer fact about the link is stored, or the account was erased after `at_ms`."""
    link, removed_ms = _read_links(ctx).get(entry), ctx[REMOVED_LINKS].get(entry)
    newest_ms = max(at_ms if link is None else link.fact_ms, at_ms if removed_ms is None else removed_ms)
    return at_ms < newest_ms or erased_after(ctx, at_ms) is not None


class Choice(Struct, frozen=True):
    """The alternate account for a verification, if there is one, and how many others were linked too late to count."""

    alternate: AlternateAccount | None = None
    too_new: int = 0


NO_CHOICE: Final = Choice()


def choose_alternate(links: Iterable[LinkedAccount], suspected_ms: int, section: FriendshipAgePolicy) -> Choice:
    """Return the alternate account and the channel for a verification, of those that are verified and can be reached.

    `suspected_ms`: when the suspicion began; a link counts that was `link_age_ms` old then (FA-93).
    """
    verified = sorted([each for each in links if each[2].verified], key=lambda each: _preference_key(each, section))
    if not verified:
        return NO_CHOICE
    reachable = [
        AlternateAccount(app=app, alternate_id=alternate_id, channel=channel, linked_ms=linked_since(link))
        for app, alternate_id, link in verified
        if (channel := preferred_channel(link, section))
    ]
    counting = [each for each in reachable if each.linked_ms + section.link_age_ms <= suspected_ms]
    return Choice(counting[0] if counting else None, len(reachable) - len(counting))


def preferred_channel(link: Link, section: FriendshipAgePolicy) -> Channel | None:
    """Return the first channel in the policy's order that the link has; None if it has none of them."""
    return next((channel for channel in section.channel_order if channel in link.channels), None)


def _preference_key(account: LinkedAccount, section: FriendshipAgePolicy) -> tuple[bool, int, bool, int, str, str]:
    """Return the sort key of an alternate account, preferred ones first; phone-only accounts come last (FA-38)."""
    app, alternate_id, link = account
    order, channels = section.alternate_order, frozenset(link.channels)
    since_ms = linked_since(link) if order is AlternateOrder.OLDEST_FIRST else 0
    is_silent = order is not AlternateOrder.RECENT_FIRST and not channels & _SPOKEN_CHANNELS
    return channels == _PHONE_ONLY, since_ms, is_silent, -link.last_used_ms, app, alternate_id


def subscribe_recipient(
    message: MessageScreened, alternate: AlternateAccount, section: FriendshipAgePolicy, ctx: Context
) -> None:
    """Have the recipient notified of changes of the link for as long as a verification through it can be open."""
    entry = join_ids(message.recipient_id or "", alternate.app, alternate.alternate_id)
    until_ms = message.at_ms + section.verification_timeout_ms + section.late_answer_ms
    ctx[ASKED].put(entry, max(until_ms, ctx[ASKED].get(entry) or until_ms))
    set_cleanup_timer(ctx, until_ms + 1)


def unsubscribe_recipients(before_ms: int, ctx: Context, recipient_id: str | None = None) -> None:
    """Remove the recipients of messages from before an erasure, with `recipient_id` only that one (C-18).

    A late erasure leaves those since: their verifications stay open.
    """
    section = ctx.policy.friendship_age
    open_ms = section.verification_timeout_ms + section.late_answer_ms
    for entry, until_ms in list(ctx[ASKED].items()):
        is_older = not ctx.late or until_ms - open_ms < before_ms
        if is_older and recipient_id in (None, split_ids(entry)[0]):
            ctx[ASKED].remove(entry)


def _notify_recipients(event: LinkEvent, ctx: Context, *, usable: bool) -> Iterator[AlternateAccountChanged]:
    """Notify the subscribed recipients that the link became usable or unusable (FA-44)."""
    for entry, until_ms in sorted(ctx[ASKED].items()):
        recipient_id, app, alternate_id = split_ids(entry)
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
