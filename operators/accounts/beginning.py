"""Beginning of an account whose id was an erased account's before. Keyed by account; used by the step `account`.

Those who got messages of an account remember some of them under a hash of its id, and are not told of its erasure. So
each suspicious message carries the time of the latest erasure: what is older was another account's (C-18).
"""

from operators.operator import Context
from operators.policy.model import Policy
from operators.policy.strangers import PERIOD_MS
from operators.retention import remove_expired, set_cleanup_timer
from state.catalog.accounts import BEGUN
from state.catalog.entry_key import SELF


def begin_again(erased_ms: int, ctx: Context) -> None:
    """Store that the account was erased: whoever has its id from then on is another one."""
    latest_ms = max(erased_ms, ctx[BEGUN].get(SELF) or erased_ms)
    ctx[BEGUN].put(SELF, latest_ms)
    set_cleanup_timer(ctx, latest_ms + _memory_ms(ctx.policy))


def erased_before(ctx: Context) -> int | None:
    """Return when an account of this id was erased last; None if nothing is remembered of it any more."""
    return ctx[BEGUN].get(SELF)


def forget_beginning(at_ms: int, ctx: Context) -> None:
    """Remove an erasure before which nothing is remembered any more."""
    remove_expired(ctx, BEGUN, at_ms, lambda erased_ms: erased_ms + _memory_ms(ctx.policy))


def _memory_ms(policy: Policy) -> int:
    """Return how long others may remember a message of the account."""
    strangers = policy.strangers
    conversation_ms = policy.friendship_age.conversation.window_ms
    hits_ms = policy.avatar_impersonation.both_directions_ms + 1  # the end of that time is included
    return max(conversation_ms, hits_ms, strangers.contact_memory_ms + PERIOD_MS, strangers.repeat_after_ms)
