"""Beginning of the suspicion of an account: its first suspicious message after a quiet time (FA-94). Keyed by account.

Used by the step `account`. To whom a message was makes no difference: an account in other hands is so for all of its
friends.
"""

from msgspec.structs import replace

from operators.operator import Context
from operators.retention import remove_expired, set_cleanup_timer
from state.catalog.accounts import SUSPECTED
from state.catalog.entry_key import SELF
from state.entries.relationship import Suspected


def suspected_since(at_ms: int, ctx: Context) -> int:
    """Return when the suspicion began to which a suspicious message of this time belongs; its own time if it is new."""
    known, quiet_ms = ctx[SUSPECTED].get(SELF), ctx.policy.friendship_age.link_age_ms
    if known is None or not known.began_ms - quiet_ms < at_ms < known.latest_ms + quiet_ms:
        return at_ms
    return min(known.began_ms, at_ms)


def suspect(at_ms: int, began_ms: int, ctx: Context) -> None:
    """Store a suspicious message and when its suspicion began; a late one of an earlier suspicion changes nothing."""
    known, quiet_ms = ctx[SUSPECTED].get(SELF), ctx.policy.friendship_age.link_age_ms
    if known is None or at_ms > known.latest_ms:
        ctx[SUSPECTED].put(SELF, Suspected(began_ms, at_ms))
        set_cleanup_timer(ctx, at_ms + quiet_ms)
    elif known.began_ms - quiet_ms < began_ms < known.began_ms:
        ctx[SUSPECTED].put(SELF, replace(known, began_ms=began_ms))


def forget_older_suspicion(before_ms: int, ctx: Context) -> None:
    """Remove a suspicion from before an erasure. One that has gone on since begins with the new account."""
    known = ctx[SUSPECTED].get(SELF)
    if known is not None and known.latest_ms < before_ms:
        ctx[SUSPECTED].remove(SELF)
    elif known is not None and known.began_ms < before_ms:
        ctx[SUSPECTED].put(SELF, replace(known, began_ms=before_ms))


def forget_suspicion(at_ms: int, ctx: Context) -> None:
    """Remove a suspicion that has ended, since the account has been quiet for long enough."""
    quiet_ms = ctx.policy.friendship_age.link_age_ms
    remove_expired(ctx, SUSPECTED, at_ms, lambda suspected: suspected.latest_ms + quiet_ms)
