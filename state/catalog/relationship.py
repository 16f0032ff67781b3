"""States of a protected account (step `relationship`): friends, contacts, blocks, verifications."""

from typing import Final

from state.catalog.retention import REMOVAL_MEMORY
from state.codecs import NUMBER
from state.entries.appearances import CONTACT_PROFILES_CODEC, ContactProfiles
from state.entries.profiles import COMPARISON_CODEC, HITS_CODEC, Comparison, Hits
from state.entries.relationship import (
    ALERT_NUMBER_CODEC,
    BLOCK_CODEC,
    FRIENDSHIP_CODEC,
    PAIR_CODEC,
    VERIFICATION_CODEC,
    AlertNumber,
    Block,
    Friendship,
    Pair,
    Verification,
)
from state.spec import ONE_ENTRY, MapSpec

FRIENDS: Final[MapSpec[str, Friendship]] = MapSpec(
    "friends", str, FRIENDSHIP_CODEC, entry="friend", holds="since when the two are friends", kept="until removed"
)
REMOVED_FRIENDS: Final[MapSpec[str, int]] = MapSpec(
    "removed-friends", str, NUMBER, entry="former friend", holds="when the friendship ended", kept=REMOVAL_MEMORY
)
ALERT_NUMBER: Final[MapSpec[str, AlertNumber]] = MapSpec(
    "alert-number",
    str,
    ALERT_NUMBER_CODEC,
    entry=ONE_ENTRY,
    holds="the telephone number to warn the account at",
    kept="latest",
)
BLOCKS: Final[MapSpec[str, Block]] = MapSpec(
    "blocks", str, BLOCK_CODEC, entry="sender", holds="the decision that blocked the sender", kept="until unblocked"
)
PAIRS: Final[MapSpec[str, Pair]] = MapSpec(
    "pairs",
    str,
    PAIR_CODEC,
    entry="sender",
    holds="pending verification, cool-down, not-genuine mark, trust",
    kept="until the last of its marks has ended",
)
VERIFICATIONS: Final[MapSpec[str, Verification]] = MapSpec(
    "verifications",
    str,
    VERIFICATION_CODEC,
    entry="verification",
    holds="its cause, its deadline, the alternate account asked, the outcome",
    kept="until its deadline and `friendship_age.late_answer_ms` more",
    is_pending=lambda asked: not asked.outcome,
)

CONTACT_PROFILES: Final[MapSpec[int, ContactProfiles]] = MapSpec(
    "faces",
    int,
    CONTACT_PROFILES_CODEC,
    entry="part number",
    holds="the profiles of the people on the account's lists",
    kept="while on a list",
)
CONTACT_PROFILE_PARTS: Final[MapSpec[str, int]] = MapSpec(
    "face-parts",
    str,
    NUMBER,
    entry=ONE_ENTRY,
    holds="the number of parts, if more than 16",
    kept="until the account is erased",
)
CONTACTS: Final[MapSpec[str, Friendship]] = MapSpec(
    "contacts", str, FRIENDSHIP_CODEC, entry="contact, kind", holds="since when it is a contact", kept="until removed"
)
REMOVED_CONTACTS: Final[MapSpec[str, int]] = MapSpec(
    "removed-contacts", str, NUMBER, entry="former contact, kind", holds="when it was removed", kept=REMOVAL_MEMORY
)
CONVERSATION_HITS: Final[MapSpec[str, Hits]] = MapSpec(
    "conversation-hits",
    str,
    HITS_CODEC,
    entry="hash of another account's id",
    holds="the latest suspicious messages between the two accounts",
    kept="`avatar_impersonation.both_directions_ms`",
)
COMPARED: Final[MapSpec[str, Comparison]] = MapSpec(
    "compared",
    str,
    COMPARISON_CODEC,
    entry="friend request",
    holds="the friends that the requester was compared with",
    kept="until its deadline",
)
