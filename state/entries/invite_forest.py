"""Values of state entries about a group's invite forest, and their codecs: nodes, roles, sanctions, cases."""

from typing import Final

from msgspec import Struct

from state.codecs import struct_codec


class GroupSize(Struct, frozen=True):
    """The number of nodes ever added, which numbers the next one, and of current members."""

    nodes: int = 0
    members: int = 0


GROUP_SIZE_CODEC: Final = struct_codec(GroupSize)


class Node(Struct, frozen=True):
    """One stay of one account. `tree` and `depth` are those when it was added: a later graft is an entry of its own."""

    account: str  # empty: erased
    tree: int  # the number of the root
    depth: int
    joined_ms: int
    parent: int | None = None  # None: a root
    left_ms: int | None = None  # a time: a tombstone
    provisional: bool = False  # a placeholder: how it joined is unknown
    invited_by: str = ""  # who let a root in, if anybody (IF-16)
    children: int = 0  # how many were ever added below; they are entries of their own
    first_child_ms: int | None = None
    previous: int | None = None  # the previous stay of the account
    offended: bool = False  # whether a case was opened about this stay
    refused: bool = False  # whether its graft would have closed a cycle
    rejoined_ms: int = -1  # the latest join that was ignored, because the account was in the group
    via: str = ""  # how it came in, as in `MemberJoined`; empty: unknown


_NODE_1: Final = (
    *("account", "tree", "depth", "joined_ms", "parent", "left_ms", "provisional"),
    *("invited_by", "children", "first_child_ms", "previous", "offended", "refused"),
)
_NODE_2: Final = (*_NODE_1, "rejoined_ms")
NODE_CODEC: Final = struct_codec(Node, _NODE_1, _NODE_2)


class Graft(Struct, frozen=True):
    """The tree that a former root was attached to, and the depth of the former root in it."""

    tree: int
    depth: int


GRAFT_CODEC: Final = struct_codec(Graft)


class RoleEntry(Struct, frozen=True):
    """The role of an account in the group, since when, and the role before."""

    role: str
    since_ms: int
    before: str


ROLE_CODEC: Final = struct_codec(RoleEntry)


class Inviter(Struct, frozen=True):
    """How many accounts an account has let in, how many of them became offenders, and how many roots it let in."""

    let_in: int = 0
    offenders: int = 0
    roots: int = 0


INVITER_CODEC: Final = struct_codec(Inviter)


NO_NODE: Final = -1


class ConditionSignals(Struct, frozen=True):
    """Signals that count towards the target condition, oldest first: time, event; of a report reporter and its stay."""

    times: tuple[int, ...] = ()
    event_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # hashed
    nodes: tuple[int, ...] = ()  # empty: stored before reporters had to be members


SIGNALS_CODEC: Final = struct_codec(ConditionSignals, ("times", "event_ids", "sources"))


Report = tuple[int, str, bool]
"""When an account reported another one (hashed), and whether that was upheld."""


class ReportRecord(Struct, frozen=True):
    """The latest reports by one account, oldest first."""

    reports: tuple[Report, ...] = ()


REPORT_RECORD_CODEC: Final = struct_codec(ReportRecord)


class Accusation(Struct, frozen=True):
    """When something else than reports last spoke against an account, and who (hashed) reported it when."""

    found_ms: int | None = None
    reporters: tuple[tuple[int, str], ...] = ()


ACCUSATION_CODEC: Final = struct_codec(Accusation)


class ActiveSanction(Struct, frozen=True):
    """An action in force against an account. `until_ms` None: without end."""

    since_ms: int
    until_ms: int | None
    decision_id: str
    removed_by: str = ""  # the join after which a banned account was removed again last; empty: none


SANCTION_CODEC: Final = struct_codec(ActiveSanction, ("since_ms", "until_ms", "decision_id"))


class CaseRecord(Struct, frozen=True, array_like=True):
    """A decision that opened a case, and what it made of the offender."""

    opened_ms: int
    decision_id: str
    node: int  # the offender's stay
    marked: bool = False  # whether it is the one that made the stay an offender's
    bars: bool = False  # whether the entry's removal or ban is its own


class CaseEntry(Struct, frozen=True):
    """The latest case of an offender, with its case window, and those before it."""

    opened_ms: int
    start_ms: int
    end_ms: int
    kept_ms: int  # when the entry expires
    decision_id: str
    node: int  # the offender's stay at that time
    barred: bool  # whether it was removed or banned
    removal_ms: int | None = None  # when its removal was last asked for; None: when the case was opened
    removal_id: str = ""  # the decision that asked for its removal again; empty: none
    cases: tuple[CaseRecord, ...] = ()  # the newest, the latest last; empty: stored before each was

    @property
    def records(self) -> tuple[CaseRecord, ...]:
        """The cases that are known, the latest last. One from before 0.3.0 does not say whether it marked the stay."""
        return self.cases or (CaseRecord(self.opened_ms, self.decision_id, self.node, bars=self.barred),)


_CASE_1: Final = ("opened_ms", "start_ms", "end_ms", "kept_ms", "decision_id", "node", "barred")
CASE_CODEC: Final = struct_codec(CaseEntry, _CASE_1, (*_CASE_1, "removal_ms"))


class CaseWindow(Struct, frozen=True):
    """How many different accounts were associated members in the cases of one window."""

    end_ms: int
    associated: int = 0


CASE_WINDOW_CODEC: Final = struct_codec(CaseWindow)


class Treatment(Struct, frozen=True):
    """The actions of one window's cases against one account, and its role in them."""

    end_ms: int
    actions: tuple[str, ...] = ()
    offender: bool = False
    associated: bool = False
    review: str = ""  # the decision that asked people about the account, for nothing confirms its offence


TREATMENT_CODEC: Final = struct_codec(Treatment, ("end_ms", "actions", "offender", "associated"))


class Charge(Struct, frozen=True):
    """The latest finding against an account that makes its group messages hits (IF-19)."""

    at_ms: int
    decision_id: str


CHARGE_CODEC: Final = struct_codec(Charge)
