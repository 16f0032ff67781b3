"""States of the friend gate: open friend requests, denials and known accounts of the same person."""

from typing import Final

from state.catalog.retention import UNTIL_ERASURE
from state.entries.profiles import (
    ALIAS_CODEC,
    DENIAL_CODEC,
    REQUEST_CODEC,
    SENT_REQUESTS_CODEC,
    Alias,
    Denial,
    Request,
    SentRequests,
)
from state.spec import ONE_ENTRY, MapSpec

REQUESTS: Final[MapSpec[str, Request]] = MapSpec(
    "requests",
    str,
    REQUEST_CODEC,
    entry="target",
    holds="the friend request that waits for answers",
    kept="until decided",
    is_pending=lambda _: True,
    bound="one entry a target: 1,000 joined requests",
    at_bound="further ones are counted",
)
SENT_REQUESTS: Final[MapSpec[str, SentRequests]] = MapSpec(
    "sent-requests",
    str,
    SENT_REQUESTS_CODEC,
    entry=ONE_ENTRY,
    holds="when the account sent friend requests, to whom (a hash), and what came of them",
    kept="the longest of `friendship_age.requests.windows` and `friendship_age.requests.repeat_after_ms`",
    bound="one entry of 256 requests",
    at_bound="the earliest is dropped",
)
DENIALS: Final[MapSpec[str, Denial]] = MapSpec(
    "denials",
    str,
    DENIAL_CODEC,
    entry="target, lookalike",
    holds="when the lookalike denied being the requester, and the latest decision that rests on it",
    kept="`friendship_age.gate_denial_memory_ms`",
    bound="denials in `friendship_age.gate_denial_memory_ms`",
    at_bound="the oldest entry expires",
)
SAME_PERSON: Final[MapSpec[str, Alias]] = MapSpec(
    "same-person",
    str,
    ALIAS_CODEC,
    entry="other account",
    holds="a known account of the same person, which is not asked",
    kept=UNTIL_ERASURE,
    bound="none: accounts that others have confirmed as the same person's",
    at_bound="none: each costs an answer",
)
