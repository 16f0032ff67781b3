"""Contacts of an account: to whom it wrote, and who wrote to it, as far as that decides who is a stranger.

Keyed by account; used by the step `relationship`. Per other account and period of a direction the earliest message is
remembered, under a hash of the other's id: neither side is told of the other's erasure. Friends are not remembered.

Most first messages are harmless, and each has two accounts to remember it. So in Flink `Contacts.java` does what
`on_approached` does, as soon as an approach arrives, and leaves the same bytes. Nothing there depends on a policy, on
the order of approaches, or on how often one is told: all that is decided where the contacts are read.

Which messages of a period arrive here, besides the earliest, is a matter of caches (ST-9). So nothing may depend on the
others: what is forgotten in the middle of a period stays forgotten until the next period begins (ST-11, ST-14).
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
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
from state.entries.strangers import NONE, ContactTally, FirstContacts

CONTACTS_AT_MOST: Final = 10_000
"""Other accounts that an account remembers (ST-14). All of one account are read once in a period."""

PERIODS_AT_MOST: Final = 24
"""Periods of one side: more than count, unless approaches come years late. The first and the newest are kept."""


class FirstWords(Struct, frozen=True):
    """When each of two accounts first wrote to the other, as far as that counts; None: it did not."""

    mine_ms: int | None = None
    theirs_ms: int | None = None


def on_approached(event: AccountApproached, ctx: Context) -> Iterator[Any]:
    """Remember that the account wrote to another one, or was written to (ST-8)."""
    is_mine = event.sender_id == ctx.key
    other_id = event.recipient_id if is_mine else event.sender_id
    if ctx[FRIENDS].get(other_id) is not None:
        return
    entry = identify(other_id)
    known, tally = ctx[FIRST_CONTACTS].get(entry), _tally(ctx)
    if known is None and event.since_ms <= tally.full_ms:
        yield Metric("contact-beyond-limit")
        return
    known = known or FirstContacts(after_ms=tally.erased_ms)
    merged = _merge(known, event, is_mine=is_mine)
    if merged != known and not _put(entry, merged, event.at_ms, ctx):
        yield Metric("contact-beyond-limit")


def _merge(known: FirstContacts, event: AccountApproached, *, is_mine: bool) -> FirstContacts:
    """Return the contacts with one more."""
    if event.since_ms <= known.after_ms:
        return known
    start_hour, offset_ms = event.since_ms // HOUR, event.at_ms - event.since_ms
    side = dict(known.mine if is_mine else known.theirs)
    side[start_hour] = min(offset_ms, side.get(start_hour, offset_ms))
    hours = sorted(side)
    if len(hours) > PERIODS_AT_MOST:
        del hours[1]
    merged = {hour: side[hour] for hour in hours}
    return replace(known, mine=merged) if is_mine else replace(known, theirs=merged)


def first_words(other_id: str, at_ms: int, erased_ms: int | None, ctx: Context) -> FirstWords:
    """Return who of the two wrote when, before a time; `erased_ms`: when an account with the other's id was erased."""
    known, memory_ms = ctx[FIRST_CONTACTS].get(identify(other_id)), ctx.policy.strangers.contact_memory_ms
    if known is None:
        return FirstWords()
    sides = [_until(side, at_ms) for side in (known.mine, known.theirs)]
    hours = sorted(set().union(*sides))
    if not hours or at_ms >= _end_ms(max(hours[-1], known.linked_hour)) + memory_ms:
        return FirstWords()
    from_ms = max(_unbroken_from(hours, known, memory_ms) * HOUR, known.after_ms + 1, (erased_ms or NONE) + 1)
    return FirstWords(*(_first_ms(side, from_ms, at_ms) for side in sides))


def _until(side: Mapping[int, int], at_ms: int) -> Mapping[int, int]:
    """Return the periods in which somebody had written by a time: in Flink later ones may be known."""
    return {hour: offset_ms for hour, offset_ms in side.items() if hour * HOUR + offset_ms <= at_ms}


def _first_ms(side: Mapping[int, int], from_ms: int, before_ms: int) -> int | None:
    """Return the first message of the first period that began at a time or later, if it was before another time."""
    times = (hour * HOUR + offset_ms for hour, offset_ms in side.items() if hour * HOUR >= from_ms)
    first_ms = next(times, None)
    return first_ms if first_ms is not None and first_ms < before_ms else None


def _unbroken_from(hours: list[int], known: FirstContacts, memory_ms: int) -> int:
    """Return the first of some periods, in order, since which no silence of both was too long (ST-13)."""
    first_hour = hours[0]
    for earlier, later in pairwise(hours):
        if later * HOUR >= _end_ms(max(earlier, known.linked_hour)) + memory_ms:
            first_hour = later
    return first_hour


def _shorten(known: FirstContacts, at_ms: int, memory_ms: int) -> FirstContacts:
    """Return the contacts without the periods that decide nothing: those before a silence, and between the old ones.

    Periods of the memory before `at_ms` are kept: an account may have begun in each that was erased since. Whether
    there was a silence before a period is known once no other can begin before it.
    """
    recent_hour = (at_ms - memory_ms) // HOUR - PERIOD_HOURS
    hours = sorted(hour for hour in {*known.mine, *known.theirs} if _end_ms(hour) <= at_ms)
    old = [hour for hour in hours if hour < recent_hour]
    if not old:
        return known
    from_hour = _unbroken_from(hours, known, memory_ms)
    mine, theirs = (_without_middle(side, from_hour, recent_hour) for side in (known.mine, known.theirs))
    linked_hour = max(old[-1], known.linked_hour)
    return FirstContacts(mine, theirs, known.after_ms, linked_hour if linked_hour >= from_hour else NONE)


def _without_middle(side: Mapping[int, int], from_hour: int, recent_hour: int) -> Mapping[int, int]:
    counting = [hour for hour in side if hour >= from_hour]
    return {hour: side[hour] for hour in counting if hour == counting[0] or hour >= recent_hour}


def forget_contacts_with(other_id: str, at_ms: int, ctx: Context) -> None:
    """Remove the contacts with an account that is a friend from a time on (ST-12).

    In Flink some of later periods may be known already: they count if the friendship ends before they begin (ST-9).
    """
    entry = identify(other_id)
    known = ctx[FIRST_CONTACTS].get(entry)
    if known is not None:
        later = _after(known, at_ms)
        if later.mine or later.theirs:
            ctx[FIRST_CONTACTS].put(entry, later)
        else:
            _remove(entry, ctx)


def begin_contacts_anew(other_id: str, at_ms: int, ctx: Context) -> None:
    """Let only periods with an account count that begin after a time: a friendship or the account has ended (ST-11)."""
    entry = identify(other_id)
    known = ctx[FIRST_CONTACTS].get(entry) or FirstContacts(after_ms=_tally(ctx).erased_ms)
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
    mine, theirs = (
        {hour: offset_ms for hour, offset_ms in side.items() if hour * HOUR > after_ms}
        for side in (known.mine, known.theirs)
    )
    return FirstContacts(mine, theirs, after_ms, known.linked_hour if known.linked_hour * HOUR > after_ms else NONE)


def _last_ms(known: FirstContacts) -> int:
    """Return the end of the last period in which one of the two wrote, or of one that began when they were cut off."""
    return max(known.after_ms + PERIOD_MS, *map(_end_ms, (*known.mine, *known.theirs, known.linked_hour)))


def _end_ms(start_hour: int) -> int:
    return start_hour * HOUR + PERIOD_MS


def _tally(ctx: Context) -> ContactTally:
    return ctx[CONTACT_TALLY].get(SELF) or ContactTally()


def _put(entry: str, contacts: FirstContacts, at_ms: int, ctx: Context) -> bool:
    """Store contacts with an account; return False if they are new and the account has as many as it may (ST-14)."""
    if ctx[FIRST_CONTACTS].get(entry) is None:
        tally = _tally(ctx)
        if tally.count >= CONTACTS_AT_MOST:
            _keep(replace(tally, full_ms=max(tally.full_ms, at_ms)), at_ms, ctx)
            return False
        _keep(replace(tally, count=tally.count + 1), at_ms, ctx)
    ctx[FIRST_CONTACTS].put(entry, contacts)
    return True


def _remove(entry: str, ctx: Context) -> None:
    ctx[FIRST_CONTACTS].remove(entry)
    tally = _tally(ctx)
    left = replace(tally, count=tally.count - 1)
    if left.count or max(left.erased_ms, left.full_ms) != NONE:
        ctx[CONTACT_TALLY].put(SELF, left)
    else:
        ctx[CONTACT_TALLY].remove(SELF)  # there may have been none but for an approach that arrived early


def _keep(tally: ContactTally, at_ms: int, ctx: Context) -> None:
    """Store the tally, and set the timer of the next look for what has expired, one a period."""
    if tally.due_ms == NONE:
        tally = replace(tally, due_ms=at_ms + PERIOD_MS)
        set_cleanup_timer(ctx, tally.due_ms)
    ctx[CONTACT_TALLY].put(SELF, tally)


def remove_expired_contacts(ctx: Context, at_ms: int) -> None:
    """Remove the contacts of which nothing counts any more, and of the others what decides nothing, once a period."""
    tally = _tally(ctx)
    if not 0 <= tally.due_ms <= at_ms:
        return
    memory_ms, count = ctx.policy.strangers.contact_memory_ms, 0
    since_ms = at_ms - memory_ms - PERIOD_MS  # when the earliest period began of which a message may come
    for entry, known in list(ctx[FIRST_CONTACTS].items()):
        if _last_ms(known) <= since_ms:
            ctx[FIRST_CONTACTS].remove(entry)
        else:
            count += 1
            ctx[FIRST_CONTACTS].put(entry, _shorten(known, at_ms, memory_ms))
    if count or max(tally.erased_ms, tally.full_ms) > since_ms:
        _keep(replace(tally, count=count, due_ms=NONE), at_ms, ctx)
    else:
        ctx[CONTACT_TALLY].remove(SELF)
