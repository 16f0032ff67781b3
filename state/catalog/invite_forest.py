"""States of the invite forest: the trees of a group, the target condition, cases and sanctions."""

from typing import Final

from state.catalog.retention import REMOVAL_MEMORY
from state.codecs import NUMBER
from state.entries.invite_forest import (
    ACCUSATION_CODEC,
    CASE_CODEC,
    CASE_WINDOW_CODEC,
    CHARGE_CODEC,
    GRAFT_CODEC,
    GROUP_SIZE_CODEC,
    INVITER_CODEC,
    NODE_CODEC,
    REPORT_RECORD_CODEC,
    ROLE_CODEC,
    SANCTION_CODEC,
    SIGNALS_CODEC,
    TREATMENT_CODEC,
    Accusation,
    ActiveSanction,
    CaseEntry,
    CaseWindow,
    Charge,
    ConditionSignals,
    Graft,
    GroupSize,
    Inviter,
    Node,
    ReportRecord,
    RoleEntry,
    Treatment,
)
from state.spec import ONE_ENTRY, MapSpec

_GROUP_LIFE: Final = "life of the group"
_WINDOW_END: Final = "until the case window's end; if it was late, up to `common.removal_memory_ms` more"

GROUPS: Final[MapSpec[str, int]] = MapSpec(
    "groups",
    str,
    NUMBER,
    entry="group",
    holds="when the group last concerned the account",
    kept="until the account is erased",
    bound="none: groups that the account has been in",
    at_bound="none: one short row a group",
)
CHARGES: Final[MapSpec[str, Charge]] = MapSpec(
    "charge",
    str,
    CHARGE_CODEC,
    entry=ONE_ENTRY,
    holds="the latest finding that makes the account's group messages hits",
    kept="`invite_forest.condition.finding_for_ms`",
    bound="one entry",
    at_bound="it is replaced",
)

GROUP: Final[MapSpec[str, GroupSize]] = MapSpec(
    "group",
    str,
    GROUP_SIZE_CODEC,
    entry=ONE_ENTRY,
    holds="the number of nodes and of members",
    kept=_GROUP_LIFE,
    bound="one entry",
    at_bound="it is replaced",
)
NODES: Final[MapSpec[int, Node]] = MapSpec(
    "nodes",
    int,
    NODE_CODEC,
    entry="node number",
    holds="one stay of one account",
    kept=f"{_GROUP_LIFE}; nameless once erased",
    bound="none: stays in the group",
    at_bound="none: costs disk; 100 stays of an account are looked back at",
)
CHILDREN: Final[MapSpec[str, int]] = MapSpec(
    "children",
    str,
    NUMBER,
    entry="parent, place",
    holds="a child of a node",
    kept=_GROUP_LIFE,
    bound="none: stays in the group",
    at_bound="none: as `nodes`",
)
GRAFTS: Final[MapSpec[int, Graft]] = MapSpec(
    "grafts",
    int,
    GRAFT_CODEC,
    entry="number of a former root",
    holds="the tree that it was attached to",
    kept=_GROUP_LIFE,
    bound="none: stays in the group",
    at_bound="none: as `nodes`",
)
CURRENT_NODES: Final[MapSpec[str, int]] = MapSpec(
    "current-nodes",
    str,
    NUMBER,
    entry="account",
    holds="its current node, else its latest tombstone",
    kept="until the account is erased",
    bound="none: accounts that were in the group",
    at_bound="none: one short row an account",
)
DEPARTURES: Final[MapSpec[str, int]] = MapSpec(
    "departures",
    str,
    NUMBER,
    entry="account",
    holds="when it left, if it has no node or has left before",
    kept=REMOVAL_MEMORY,
    bound="who leaves in `common.removal_memory_ms`",
    at_bound="the oldest entry expires",
)
ROLES: Final[MapSpec[str, RoleEntry]] = MapSpec(
    "roles",
    str,
    ROLE_CODEC,
    entry="account",
    holds="owner, administrator or member",
    kept=_GROUP_LIFE,
    bound="none: accounts with a role in the group",
    at_bound="none: one short row an account",
)
INVITERS: Final[MapSpec[str, Inviter]] = MapSpec(
    "inviters",
    str,
    INVITER_CODEC,
    entry="account",
    holds="how many it has let in",
    kept=_GROUP_LIFE,
    bound="none: accounts that have let others in",
    at_bound="none: one short row an account",
)
ADMITTED_ROOTS: Final[MapSpec[str, int]] = MapSpec(
    "admitted-roots",
    str,
    NUMBER,
    entry="account, place",
    holds="a root that the account has let in",
    kept=_GROUP_LIFE,
    bound="none: stays in the group",
    at_bound="none: as `nodes`",
)

HITS: Final[MapSpec[str, ConditionSignals]] = MapSpec(
    "hits",
    str,
    SIGNALS_CODEC,
    entry="account",
    holds="hits that count towards the target condition",
    kept="the longer of `invite_forest.condition.hits_within_ms` and `reports_within_ms`",
    bound="one entry an account: 16 signs, or `hits_needed` if that is more",
    at_bound="the oldest sign is dropped",
)
REPORTS: Final[MapSpec[str, ConditionSignals]] = MapSpec(
    "reports",
    str,
    SIGNALS_CODEC,
    entry="account",
    holds="reports that count towards the target condition",
    kept="as hits",
    bound="one entry an account: of 64 reporters the first and the latest, or of `reports_needed` or `reports_suffice`",
    at_bound="the reporter whose latest report is the oldest is dropped",
)
REPORT_RECORDS: Final[MapSpec[str, ReportRecord]] = MapSpec(
    "report-records",
    str,
    REPORT_RECORD_CODEC,
    entry="hash of the reporter",
    holds="whom (hashed) it has reported, and whether that was upheld",
    kept="`invite_forest.condition.reporter_memory_ms`",
    bound="one entry a reporter: 16 decided and 16 open reports",
    at_bound="the oldest decided one is dropped, and of the open ones one in the middle",
)
ACCUSATIONS: Final[MapSpec[str, Accusation]] = MapSpec(
    "accusations",
    str,
    ACCUSATION_CODEC,
    entry="account",
    holds="when something was found against it, and who (hashed) has reported it",
    kept="`invite_forest.condition.upheld_within_ms`",
    bound="one entry an account: 64 reporters",
    at_bound="the oldest reporter's record is no longer corrected",
)
SANCTIONS: Final[MapSpec[str, ActiveSanction]] = MapSpec(
    "sanctions",
    str,
    SANCTION_CODEC,
    entry="account, action",
    holds="when it began and ends, and the decision behind it",
    kept="until it ends or is lifted",
    bound="one entry an account and action",
    at_bound="it is replaced",
)
BANS_ON_RETURN: Final[MapSpec[str, ActiveSanction]] = MapSpec(
    "bans-on-return",
    str,
    SANCTION_CODEC,
    entry="account",
    holds="the same, for an account that has left",
    kept="as sanctions",
    bound="one entry an account",
    at_bound="it is replaced",
)
CASES: Final[MapSpec[str, CaseEntry]] = MapSpec(
    "cases",
    str,
    CASE_CODEC,
    entry="offender",
    holds="the latest case, and which decisions opened it and those before it",
    kept="until its window, its ban and `invite_forest.repeat_within_ms` have ended",
    bound="one entry an offender; 8 cases each",
    at_bound="the entry is replaced; the oldest case is forgotten",
)
CASE_WINDOWS: Final[MapSpec[int, CaseWindow]] = MapSpec(
    "case-windows",
    int,
    CASE_WINDOW_CODEC,
    entry="start of the window",
    holds="how many accounts were associated members",
    kept=_WINDOW_END,
    bound="windows that are open",
    at_bound="the window ends",
)
TREATMENTS: Final[MapSpec[str, Treatment]] = MapSpec(
    "treatments",
    str,
    TREATMENT_CODEC,
    entry="start of the window, account",
    holds="the action taken against the account",
    kept=_WINDOW_END,
    bound="accounts treated in the windows that are open",
    at_bound="the window ends",
)
