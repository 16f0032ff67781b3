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
| standing | account | `groups` | group | when the group last had something to do with the account |
| | | `charge` | – | the latest finding that makes group messages hits |
| group | group | `group` | – | how many nodes, how many members |
| | | `nodes` | number | one stay of one account |
| | | `children` | parent, place | a child of a node |
| | | `grafts` | number of a former root | in which tree it stands now |
| | | `current-nodes` | account | its current node, else its latest tombstone |
| | | `departures` | account | when it left, of one that has no node |
| | | `roles` | account | owner, administrator or member |
| | | `inviters` | account | how many it has let in |
| | | `admitted-roots` | account, place | a root that it has let in |
| | | `hits`, `reports` | account | what counts towards the target condition |
| | | `sanctions` | account, action | since when, until when, by which decision |
| | | `bans-on-return` | account | the same, for one who has left |
| | | `cases` | offender | the latest case |
| | | `case-windows` | start of the window | how many accounts were associated members |
| | | `treatments` | start of the window, account | what was done to it |
| risk-window | subject | `windows` | – | the open windows, with the risk decisions in each |
| all but the last | – | `erased` | empty: the key; else the hash of an erased account's id | when it was erased |

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
from state.group_entries import (
    CASE,
    CASE_WINDOW,
    CHARGE,
    GRAFT,
    GROUP_ENTRY,
    HELD,
    INVITER,
    NODE,
    ROLE,
    SIGNS,
    TREATMENT,
    Case,
    CaseWindow,
    Charge,
    Graft,
    Group,
    Held,
    Inviter,
    Node,
    Role,
    Signs,
    Treatment,
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
_GROUP_LIFE: Final = "life of the group"
_WINDOW_END: Final = "until the case window's end"

GROUPS: Final[MapSpec[str, int]] = MapSpec("groups", str, NUMBER, kept="until the account is erased")
CHARGES: Final[MapSpec[str, Charge]] = MapSpec("charge", str, CHARGE, kept="`invite_forest.condition.finding_for_ms`")

GROUP: Final[MapSpec[str, Group]] = MapSpec("group", str, GROUP_ENTRY, kept=_GROUP_LIFE)
NODES: Final[MapSpec[int, Node]] = MapSpec("nodes", int, NODE, kept=f"{_GROUP_LIFE}; nameless once erased")
CHILDREN: Final[MapSpec[str, int]] = MapSpec("children", str, NUMBER, kept=_GROUP_LIFE)
GRAFTS: Final[MapSpec[int, Graft]] = MapSpec("grafts", int, GRAFT, kept=_GROUP_LIFE)
CURRENT_NODES: Final[MapSpec[str, int]] = MapSpec("current-nodes", str, NUMBER, kept="until the account is erased")
DEPARTURES: Final[MapSpec[str, int]] = MapSpec("departures", str, NUMBER, kept=_REMOVAL)
ROLES: Final[MapSpec[str, Role]] = MapSpec("roles", str, ROLE, kept=_GROUP_LIFE)
INVITERS: Final[MapSpec[str, Inviter]] = MapSpec("inviters", str, INVITER, kept=_GROUP_LIFE)
ADMITTED_ROOTS: Final[MapSpec[str, int]] = MapSpec("admitted-roots", str, NUMBER, kept=_GROUP_LIFE)
HITS: Final[MapSpec[str, Signs]] = MapSpec("hits", str, SIGNS, kept="`invite_forest.condition.hits_within_ms`")
REPORTS: Final[MapSpec[str, Signs]] = MapSpec("reports", str, SIGNS, kept="`invite_forest.condition.reports_within_ms`")
SANCTIONS: Final[MapSpec[str, Held]] = MapSpec("sanctions", str, HELD, kept="until it ends or is lifted")
BANS_ON_RETURN: Final[MapSpec[str, Held]] = MapSpec("bans-on-return", str, HELD, kept="as sanctions")
CASES: Final[MapSpec[str, Case]] = MapSpec(
    "cases", str, CASE, kept="until its window, its ban and `invite_forest.repeat_within_ms` have ended"
)
CASE_WINDOWS: Final[MapSpec[int, CaseWindow]] = MapSpec("case-windows", int, CASE_WINDOW, kept=_WINDOW_END)
TREATMENTS: Final[MapSpec[str, Treatment]] = MapSpec("treatments", str, TREATMENT, kept=_WINDOW_END)


def joint(*parts: str) -> str:
    """Return the entry key of several ids."""
    return JOINT.join(parts)


def parts(entry: str) -> list[str]:
    """Return the ids of an entry key."""
    return entry.split(JOINT)
