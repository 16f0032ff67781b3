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
    MEMBERSHIPS_CODEC,
    PAIR_CODEC,
    SIGNS_CODEC,
    VERIFICATION_CODEC,
    AlertNumber,
    Block,
    Friendship,
    Memberships,
    Pair,
    Signs,
    Verification,
)
from state.spec import ONE_ENTRY, MapSpec

FRIENDS: Final[MapSpec[str, Friendship]] = MapSpec(
    "friends",
    str,
    FRIENDSHIP_CODEC,
    entry="friend",
    holds="since when the two are friends",
    kept="until removed",
    bound="none: the account's friends",
    at_bound="none: costs disk; a message reads one",
)
REMOVED_FRIENDS: Final[MapSpec[str, int]] = MapSpec(
    "removed-friends",
    str,
    NUMBER,
    entry="former friend",
    holds="when the friendship ended",
    kept="until they are friends again, or either account is erased",
    bound="none: the account's former friends",
    at_bound="none: one short row each",
)
MEMBERSHIPS: Final[MapSpec[str, Memberships]] = MapSpec(
    "memberships",
    str,
    MEMBERSHIPS_CODEC,
    entry=ONE_ENTRY,
    holds="the groups that the account is in, and since when; those that it has left, and when",
    kept="until it leaves, and `common.removal_memory_ms` more",
    bound="one entry of 100 groups, and of 100 that it has left",
    at_bound="the earliest is forgotten",
)
ALERT_NUMBER: Final[MapSpec[str, AlertNumber]] = MapSpec(
    "alert-number",
    str,
    ALERT_NUMBER_CODEC,
    entry=ONE_ENTRY,
    holds="the telephone number to warn the account at",
    kept="latest",
    bound="one entry",
    at_bound="it is replaced",
)
BLOCKS: Final[MapSpec[str, Block]] = MapSpec(
    "blocks",
    str,
    BLOCK_CODEC,
    entry="sender",
    holds="the decision that blocked the sender",
    kept="until unblocked",
    bound="none: senders that are blocked for the account",
    at_bound="none: one entry a sender",
)
PAIRS: Final[MapSpec[str, Pair]] = MapSpec(
    "pairs",
    str,
    PAIR_CODEC,
    entry="sender",
    holds="pending verification, cool-down, not-genuine mark, trust",
    kept="until the last of its marks has ended",
    bound="senders with a mark that holds",
    at_bound="the entry ends with its last mark",
)
SIGNS: Final[MapSpec[str, Signs]] = MapSpec(
    "signs",
    str,
    SIGNS_CODEC,
    entry="hash of the sender's id",
    holds="times and points of weakly suspicious messages, which add up",
    kept="`friendship_age.conversation.window_ms`",
    bound="one entry a sender: 32 messages",
    at_bound="the oldest is dropped",
)
VERIFICATIONS: Final[MapSpec[str, Verification]] = MapSpec(
    "verifications",
    str,
    VERIFICATION_CODEC,
    entry="verification",
    holds="its cause, its deadline, the alternate account asked, the outcome",
    kept="until its deadline and `friendship_age.late_answer_ms` more",
    is_pending=lambda asked: not asked.outcome,
    bound="one a sender that is pending, with 1,000 messages; others until their late window has ended",
    at_bound="further messages are counted",
)

CONTACT_PROFILES: Final[MapSpec[int, ContactProfiles]] = MapSpec(
    "faces",
    int,
    CONTACT_PROFILES_CODEC,
    entry="part number",
    holds="the profiles of the people on the account's lists",
    kept="while on a list",
    bound="65,536 parts of people on the account's lists",
    at_bound="parts grow",
)
CONTACT_PROFILE_PARTS: Final[MapSpec[str, int]] = MapSpec(
    "face-parts",
    str,
    NUMBER,
    entry=ONE_ENTRY,
    holds="the number of parts, if more than 16",
    kept="until the account is erased",
    bound="one entry",
    at_bound="it is replaced",
)
CONTACTS: Final[MapSpec[str, Friendship]] = MapSpec(
    "contacts",
    str,
    FRIENDSHIP_CODEC,
    entry="contact, kind",
    holds="since when it is a contact",
    kept="until removed",
    bound="none: the account's contacts",
    at_bound="none: costs disk; a message reads one",
)
REMOVED_CONTACTS: Final[MapSpec[str, int]] = MapSpec(
    "removed-contacts",
    str,
    NUMBER,
    entry="former contact",
    holds="when it was removed from all lists but that of friends",
    kept=REMOVAL_MEMORY,
    bound="who is removed in `common.removal_memory_ms`",
    at_bound="the oldest entry expires",
)
CONVERSATION_HITS: Final[MapSpec[str, Hits]] = MapSpec(
    "conversation-hits",
    str,
    HITS_CODEC,
    entry="hash of another account's id",
    holds="the latest suspicious messages between the two accounts",
    kept="`avatar_impersonation.both_directions_ms`",
    bound="one entry another account: 8 messages",
    at_bound="the oldest is dropped",
)
COMPARED: Final[MapSpec[str, Comparison]] = MapSpec(
    "compared",
    str,
    COMPARISON_CODEC,
    entry="friend request",
    holds="the friends that the requester was compared with",
    kept="until its deadline",
    bound="friend requests with a similar profile in `friendship_age.gate_timeout_ms`; 100 friends each",
    at_bound="the entry expires",
)
