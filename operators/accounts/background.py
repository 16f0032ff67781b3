"""Background of an account: since when it is known, and whether others have it as a friend. Keyed by account (AI-36).

An account is established, and stays so, once it has been known for `popular_age_ms` and is a friend of
`popular_friends` others. Used by the step `avatar`: what a crowd shows counts only if the crowd is no new one. Friends
are stored as hashes and only until there are enough: no erasure of theirs reaches this step.
"""

from msgspec.structs import replace

from operators.ids import identify
from operators.operator import Context
from state.catalog.entry_key import SELF
from state.catalog.pictures import BACKGROUND
from state.entries.profiles import Background


def is_established(ctx: Context) -> bool:
    """Return whether the account is established by now."""
    known = ctx[BACKGROUND].get(SELF)
    return known is not None and known.established


def learn(at_ms: int, since_ms: int, ctx: Context, friend_id: str | None = None) -> bool:
    """Store that the account has existed since a time, and a friend of it; return whether that establishes it."""
    known = ctx[BACKGROUND].get(SELF) or Background(ctx.key, since_ms)
    if known.established:
        return False
    friends = known.friends if friend_id is None else tuple(sorted({*known.friends, identify(friend_id)}))
    return _settle(replace(known, known_ms=min(known.known_ms, since_ms), friends=friends), at_ms, ctx)


def come_of_age(at_ms: int, ctx: Context) -> str | None:
    """Return the account's id if it becomes established by its age at a time, else None."""
    known = ctx[BACKGROUND].get(SELF)
    if known is None or known.established or not _settle(known, at_ms, ctx):
        return None
    return known.account_id


def _settle(known: Background, at_ms: int, ctx: Context) -> bool:
    """Store a background; return whether it makes the account established."""
    section = ctx.policy.avatar_impersonation
    has_friends = len(known.friends) >= section.popular_friends
    of_age_ms = known.known_ms + section.popular_age_ms
    is_settled = has_friends and of_age_ms <= at_ms
    if has_friends and not is_settled:
        ctx.set_timer(of_age_ms)
    friends = () if is_settled else known.friends[: section.popular_friends]
    settled = replace(known, account_id="" if is_settled else known.account_id, friends=friends, established=is_settled)
    if settled != ctx[BACKGROUND].get(SELF):
        ctx[BACKGROUND].put(SELF, settled)
    return is_settled


def forget_background(before_ms: int, ctx: Context) -> None:
    """Forget an account that was known before an erasure: whoever has its id since is another one (C-18)."""
    known = ctx[BACKGROUND].get(SELF)
    if known is not None and known.known_ms < before_ms:
        ctx[BACKGROUND].remove(SELF)
