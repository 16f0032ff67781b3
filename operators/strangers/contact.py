"""Contacts of an account: to whom it wrote, and who wrote to it, as far as that decides who is a stranger.

Keyed by account; used by the step `relationship`. Per other account and period of a direction the earliest message is
remembered, under a hash of the other's id: neither side is told of the other's erasure. Friends are not remembered.

Which messages of a period arrive here, besides the earliest, is a matter of caches (ST-9). So nothing may depend on the
others: what is forgotten in the middle of a period stays forgotten until the next period begins (ST-11, ST-14).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from operators.ids import identify
from operators.operator import Context, Metric
from operators.policy.durations import HOUR
from operators.policy.strangers import PERIOD_HOURS, PERIOD_MS
from operators.retention import set_cleanup_timer
from schemas.records import AccountApproached
from state.catalog.entry_key import SELF
from state.catalog.relationship import FRIENDS
from state.catalog.strangers import CONTACT_TALLY, FIRST_CONTACTS
from state.entries.strangers import ContactTally, FirstContacts

_NEVER: Final = -1


class FirstWords(Struct, frozen=True):
    """When each of two accounts first wrote to the other, as far as that counts; None: it did not."""

    mine_ms: int | None = None
    theirs_ms: int | None = None


def on_approached(event: AccountApproached, ctx: Context) -> Iterator[Any]:
    """Remember that the account wrote to another one, or was written to (ST-8)."""
    is_mine = event.sender_id == ctx.key
    other_id = event.recipient_id if is_mine else event.sender_id
    tally, entry = _tally(ctx), identify(other_id)
    if ctx[FRIENDS].get(other_id) is not None or event.since_ms <= tally.erased_ms:
        return
    known = ctx[FIRST_CONTACTS].get(entry)
    if known is None and event.since_ms <= tally.full_ms:
        yield Metric("contact-beyond-limit")
        return
    merged = _merge(known or FirstContacts(), event, ctx.policy.strangers.contact_memory_ms, is_mine=is_mine)
    if merged != known and not _put(entry, merged, event.at_ms, ctx):
        yield Metric("contact-beyond-limit")


def first_words(other_id: str, at_ms: int, erased_ms: int | None, ctx: Context) -> FirstWords:
    """Return who of the two wrote when, before a time; `erased_ms`: when an account with the other's id was erased."""
    known = ctx[FIRST_CONTACTS].get(identify(other_id))
    if known is None or at_ms >= _last_ms(known) + ctx.policy.strangers.contact_memory_ms:
        return FirstWords()
    after_ms = max(known.after_ms, _NEVER if erased_ms is None else erased_ms)
    return FirstWords(*(_earliest_ms(side, after_ms, at_ms) for side in (known.mine, known.theirs)))


def _earliest_ms(side: Mapping[int, int], after_ms: int, at_ms: int) -> int | None:
    """Return the first message of the first period that began after a time, if it was before another time."""
    times = (hour * HOUR + offset_ms for hour, offset_ms in _beginning_after(side, after_ms).items())
    first_ms = next(times, None)
    return first_ms if first_ms is not None and first_ms < at_ms else None


def _merge(known: FirstContacts, event: AccountApproached, memory_ms: int, *, is_mine: bool) -> FirstContacts:
    """Return the contacts with one more, without those that count no more (ST-13)."""
    start_hour, offset_ms = event.since_ms // HOUR, event.at_ms - event.since_ms
    life = PERIOD_HOURS + -(-memory_ms // HOUR)
    last_hour = max((*known.mine, *known.theirs), default=start_hour)
    if start_hour + life <= last_hour:
        return known
    if last_hour + life <= start_hour:
        known = FirstContacts(after_ms=known.after_ms)
    sides = [dict(known.mine), dict(known.theirs)]
    side = sides[0 if is_mine else 1]
    side[start_hour] = min(offset_ms, side.get(start_hour, offset_ms))
    mine, theirs = (_without_middle(each, max(start_hour, last_hour) - life, known.after_ms) for each in sides)
    return FirstContacts(mine, theirs, known.after_ms)


def _without_middle(side: Mapping[int, int], from_hour: int, after_ms: int) -> Mapping[int, int]:
    """Return the first period that counts, and those in which an account may have begun that was erased since."""
    counting = _beginning_after(side, after_ms)
    first = next(iter(counting), None)
    return {hour: offset for hour, offset in counting.items() if hour == first or hour >= from_hour}


def forget_contacts_with(other_id: str, ctx: Context) -> None:
    """Remove the contacts with an account that is a friend now (ST-12)."""
    entry = identify(other_id)
    if ctx[FIRST_CONTACTS].get(entry) is not None:
        _remove(entry, ctx)


def begin_contacts_anew(other_id: str, at_ms: int, ctx: Context) -> None:
    """Let only periods with an account count that begin after a time: a friendship or the account has ended (ST-11)."""
    entry = identify(other_id)
    known = ctx[FIRST_CONTACTS].get(entry) or FirstContacts()
    _put(entry, _after(known, at_ms), at_ms, ctx)


def forget_all_contacts(erased_ms: int, ctx: Context) -> None:
    """Let only periods count that begin after the account's own erasure (ST-11)."""
    for entry, known in list(ctx[FIRST_CONTACTS].items()):
        left = _after(known, erased_ms)
        if left.mine or left.theirs or known.after_ms > erased_ms:
            ctx[FIRST_CONTACTS].put(entry, left)
        else:
            _remove(entry, ctx)
    tally = _tally(ctx)
    _keep(replace(tally, erased_ms=max(tally.erased_ms, erased_ms)), erased_ms, ctx)


def _after(known: FirstContacts, at_ms: int) -> FirstContacts:
    after_ms = max(known.after_ms, at_ms)
    mine, theirs = (_beginning_after(side, after_ms) for side in (known.mine, known.theirs))
    return FirstContacts(mine, theirs, after_ms)


def _beginning_after(side: Mapping[int, int], after_ms: int) -> Mapping[int, int]:
    return {hour: side[hour] for hour in sorted(side) if hour * HOUR > after_ms}


def _last_ms(known: FirstContacts) -> int:
    """Return the end of the last period in which one of the two wrote."""
    hours = [*known.mine, *known.theirs]
    return max(known.after_ms, max(hours) * HOUR if hours else _NEVER) + PERIOD_MS


def _tally(ctx: Context) -> ContactTally:
    return ctx[CONTACT_TALLY].get(SELF) or ContactTally()


def _put(entry: str, contacts: FirstContacts, at_ms: int, ctx: Context) -> bool:
    """Store contacts with an account; return False if they are new and the account has as many as it may (ST-14)."""
    if ctx[FIRST_CONTACTS].get(entry) is None:
        tally = _tally(ctx)
        if tally.count >= ctx.policy.strangers.contacts_at_most:
            _keep(replace(tally, full_ms=max(tally.full_ms, at_ms)), at_ms, ctx)
            return False
        _keep(replace(tally, count=tally.count + 1), at_ms, ctx)
    ctx[FIRST_CONTACTS].put(entry, contacts)
    return True


def _remove(entry: str, ctx: Context) -> None:
    ctx[FIRST_CONTACTS].remove(entry)
    tally = _tally(ctx)
    ctx[CONTACT_TALLY].put(SELF, replace(tally, count=tally.count - 1))


def _keep(tally: ContactTally, at_ms: int, ctx: Context) -> None:
    """Store the tally, and set the timer of the next look for what has expired, one a period."""
    if tally.due_ms == _NEVER:
        tally = replace(tally, due_ms=at_ms + PERIOD_MS)
        set_cleanup_timer(ctx, tally.due_ms)
    ctx[CONTACT_TALLY].put(SELF, tally)


def remove_expired_contacts(ctx: Context, at_ms: int) -> None:
    """Remove the contacts of which nothing counts any more, once a period."""
    tally = _tally(ctx)
    if not 0 <= tally.due_ms <= at_ms:
        return
    memory_ms, count = ctx.policy.strangers.contact_memory_ms, 0
    for entry, known in list(ctx[FIRST_CONTACTS].items()):
        if _last_ms(known) + memory_ms <= at_ms:
            ctx[FIRST_CONTACTS].remove(entry)
        else:
            count += 1
    if count or max(tally.erased_ms, tally.full_ms) + PERIOD_MS > at_ms:
        _keep(replace(tally, count=count, due_ms=_NEVER), at_ms, ctx)
    else:
        ctx[CONTACT_TALLY].remove(SELF)
