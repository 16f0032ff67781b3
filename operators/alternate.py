"""Through which other application is a person asked? Key: none.

Of the verified links of the sender's account one is chosen, and of its channels one (FA-35 to FA-38).
"""

from collections.abc import Iterable

from operators.policy_friendship import AlternateOrder, FriendshipAgePolicy
from schemas.records import AlternateAccount, Channel
from state.entries import Link

Linked = tuple[str, str, Link]
"""Application, account there, link."""

_SPEAKING = frozenset({Channel.VOICE, Channel.VIDEO})
_TELEPHONE = frozenset({Channel.PHONE})


def choose(links: Iterable[Linked], section: FriendshipAgePolicy) -> AlternateAccount | None:
    """Return the alternate account to ask through, and how; None if no verified one can be reached."""
    verified = sorted((linked for linked in links if linked[2].verified), key=lambda linked: _place(linked, section))
    ways = ((app, alternate_id, channel_of(link, section)) for app, alternate_id, link in verified)
    reachable = (AlternateAccount(app=app, alternate_id=to, channel=channel) for app, to, channel in ways if channel)
    return next(reachable, None)


def channel_of(link: Link, section: FriendshipAgePolicy) -> Channel | None:
    """Return the first channel in the policy's order that a link has; None if it has none of them."""
    return next((channel for channel in section.channel_order if channel in link.channels), None)


def _place(linked: Linked, section: FriendshipAgePolicy) -> tuple[bool, bool, int, str, str]:
    """Return what sorts alternate accounts, the preferred one first; the telephone comes after all others (FA-38)."""
    app, alternate_id, link = linked
    channels = frozenset(link.channels)
    silent = section.alternate_order is AlternateOrder.VOICE_FIRST and not channels & _SPEAKING
    return channels == _TELEPHONE, silent, -link.last_used_ms, app, alternate_id
