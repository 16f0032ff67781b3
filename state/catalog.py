"""Everything that is remembered, in one place: the states of every step. Key: the step's.

| step | key | state | entry | what it holds |
|---|---|---|---|---|
| acquaintance | shard of pairs | `acquaintances` | account | whom it has met: who may remember it |
| | | `mentioned` | two accounts, sorted | when a relation between the two was last reported |
| account | account | `known-by` | other account | when a relation between the two was last reported |
| | | `links` | – | the alternate accounts, by application and account there |
| | | `removed-links` | application, alternate account | when it was unlinked |
| | | `asked` | recipient, application, alternate account | until when its verification can be open |
| relationship | protected account | `friends` | friend | since when |
| | | `removed-friends` | former friend | when the friendship ended |
| | | `alert-number` | – | where the account wants to be warned |
| | | `blocks` | sender | who is blocked, and why |
| | | `pairs` | sender | verification pending, cool-down, not-genuine mark, trust |
| | | `verifications` | verification | what was asked, when, of whom |
| risk-window | subject | `windows` | – | the open windows, with the risk decisions in each |
| the first three | – | `erased` | empty: the key; else the hash of an erased account's id | when it was erased |

Names live in savepoints: renaming one is a migration. An entry of several ids joins them with U+001F, which no id has.
"""

from typing import Final

from state.codecs import NUMBER
from state.entries import (
    ALERT_NUMBER_ENTRY,
    BLOCK,
    FRIENDSHIP,
    IDS,
    LINKS_ENTRY,
    PAIR,
    VERIFICATION,
    WINDOWS_ENTRY,
    AlertNumber,
    Block,
    Friendship,
    Links,
    Pair,
    Verification,
    Windows,
)
from state.spec import MapSpec

JOINT: Final = "\x1f"
SELF: Final = ""
"""The entry of a state that has only one, and the key itself among the erased."""

_REMOVAL: Final = "`common.removal_memory_ms`"
_ERASURE: Final = "until one of the two accounts is erased"

ACQUAINTANCES: Final[MapSpec[str, tuple[str, ...]]] = MapSpec("acquaintances", str, IDS, kept=_ERASURE)
MENTIONED: Final[MapSpec[str, int]] = MapSpec("mentioned", str, NUMBER, kept=_ERASURE)

KNOWN_BY: Final[MapSpec[str, int]] = MapSpec("known-by", str, NUMBER, kept=_ERASURE)
LINKS: Final[MapSpec[str, Links]] = MapSpec("links", str, LINKS_ENTRY, kept="until unlinked")
REMOVED_LINKS: Final[MapSpec[str, int]] = MapSpec("removed-links", str, NUMBER, kept=_REMOVAL)
ASKED: Final[MapSpec[str, int]] = MapSpec("asked", str, NUMBER, kept="until the verification's late window has ended")
ERASED: Final[MapSpec[str, int]] = MapSpec("erased", str, NUMBER, kept="`common.erasure_marker_ms`")

FRIENDS: Final[MapSpec[str, Friendship]] = MapSpec("friends", str, FRIENDSHIP, kept="until removed")
REMOVED_FRIENDS: Final[MapSpec[str, int]] = MapSpec("removed-friends", str, NUMBER, kept=_REMOVAL)
ALERT_NUMBER: Final[MapSpec[str, AlertNumber]] = MapSpec("alert-number", str, ALERT_NUMBER_ENTRY, kept="latest")
BLOCKS: Final[MapSpec[str, Block]] = MapSpec("blocks", str, BLOCK, kept="until unblocked")
PAIRS: Final[MapSpec[str, Pair]] = MapSpec("pairs", str, PAIR, kept="until the last of its marks has ended")
VERIFICATIONS: Final[MapSpec[str, Verification]] = MapSpec(
    "verifications", str, VERIFICATION, kept="until its deadline and `friendship_age.late_answer_ms` more"
)

WINDOWS: Final[MapSpec[str, Windows]] = MapSpec("windows", str, WINDOWS_ENTRY, kept="until the window's end")


def joint(*parts: str) -> str:
    """Return the entry key of several ids."""
    return JOINT.join(parts)


def parts(entry: str) -> list[str]:
    """Return the ids of an entry key."""
    return entry.split(JOINT)
