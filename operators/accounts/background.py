"""Background of an account: since when it is known, and whether others have it as a friend (AI-36).

An account is established, and stays so, once it has been known for `popular_age_ms` and is a friend of
`popular_friends` others. Used by the step `avatar`: what a crowd shows counts only if the crowd is no new one. Friends
are stored as hashes and only until there are enough: no erasure of theirs reaches this step.
"""

from typing import Final

from msgspec.structs import replace

from operators.ids import identify
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from schemas.records import FriendAdded
from state.entries.profiles import Background

_DIGITS: Final = 8
"""Hex digits of a friend's hash. Of 16 friends, the most that a policy asks for, two are hardly ever taken for one."""


def has_become_established(before: Background | None, after: Background | None) -> bool:
    """Return whether a change of the background makes the account established."""
    return not is_established(before) and is_established(after)


def is_established(known: Background | None) -> bool:
    """Return whether the account is established by now."""
    return known is not None and known.established


def listing_friend(event: FriendAdded, account_id: str) -> str | None:
    """Return who has the account as a friend by an event, None if nobody."""
    if event.friend_id == account_id:
        return event.account_id
    return event.friend_id if event.mutual else None


def with_friend(known: Background, friend_id: str | None, section: AvatarImpersonationPolicy) -> Background:
    """Return a background with one more friend, as long as there are not enough."""
    if friend_id is None or known.established or len(known.friends) >= section.popular_friends:
        return known
    return replace(known, friends=tuple(sorted({*known.friends, identify(friend_id)[:_DIGITS]})))


def known_since(known: Background | None, since_ms: int) -> Background:
    """Return the background of an account that has existed since a time at the latest."""
    if known is None:
        return Background("", since_ms)
    return known if known.established or known.known_ms <= since_ms else replace(known, known_ms=since_ms)


def of_age_ms(known: Background | None, section: AvatarImpersonationPolicy) -> int | None:
    """Return when an account that has friends enough becomes established by its age; None if it does not."""
    if known is None or known.established or len(known.friends) < section.popular_friends:
        return None
    return known.known_ms + section.popular_age_ms


def settled(known: Background, account_id: str, at_ms: int, section: AvatarImpersonationPolicy) -> Background:
    """Return the background at a time: established, or with the id that a timer needs once the account is of age."""
    due_ms = of_age_ms(known, section)
    if due_ms is None:
        return known
    if due_ms <= at_ms:
        return Background("", known.known_ms, established=True)
    return replace(known, account_id=account_id)
