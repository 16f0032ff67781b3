"""Values of a group's state entries and their codecs: forest nodes, roles, sanctions, cases."""

from typing import Final

from msgspec import Struct

from state.codecs import struct_codec


class GroupSize(Struct, frozen=True):
    """How many nodes were ever planted, which numbers the next one, and how many members there are now."""

    nodes: int = 0
    members: int = 0


GROUP_SIZE_CODEC: Final = struct_codec(GroupSize)


class Node(Struct, frozen=True):
    """One stay of one account. `tree` and `depth` are those of its planting: a graft above is an entry of its own."""

    account: str  # empty: erased
    tree: int  # the number of the root
    depth: int
    joined_ms: int
    parent: int | None = None  # None: a root
    left_ms: int | None = None  # a time: a tombstone
    provisional: bool = False  # a placeholder: how it came in is not known
    invited_by: str = ""  # who let a root in, if anybody (IF-16)
    children: int = 0  # how many were ever planted below; they are entries of their own
    first_child_ms: int | None = None
    previous: int | None = None  # the account's stay before
    offended: bool = False  # whether a case was opened about this stay
    refused: bool = False  # whether its graft would have closed a circle
    rejoined_ms: int = -1  # the latest join that was ignored, because the account was in the group


_NODE_1: Final = (
    *("account", "tree", "depth", "joined_ms", "parent", "left_ms", "provisional"),
    *("invited_by", "children", "first_child_ms", "previous", "offended", "refused"),
)
NODE_CODEC: Final = struct_codec(Node, _NODE_1)


class Graft(Struct, frozen=True):
    """Where a tree that once stood by itself stands now: in which tree, and how deep its old root is there."""

    tree: int
    depth: int


GRAFT_CODEC: Final = struct_codec(Graft)


class RoleEntry(Struct, frozen=True):
    """What an account is in the group since when, and what it was before."""

    role: str
    since_ms: int
    before: str


ROLE_CODEC: Final = struct_codec(RoleEntry)


class Inviter(Struct, frozen=True):
    """How many people an account has let in, how many of them became offenders, and how many roots it let in."""

    let_in: int = 0
    offenders: int = 0
    roots: int = 0


INVITER_CODEC: Final = struct_codec(Inviter)


class ConditionSignals(Struct, frozen=True):
    """What counts towards the target condition, oldest first: when, by which event; a report also by whom, hashed."""

    times: tuple[int, ...] = ()
    event_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


SIGNALS_CODEC: Final = struct_codec(ConditionSignals)


class ActiveSanction(Struct, frozen=True):
    """One action that holds for one account. `until_ms` None: without end."""

    since_ms: int
    until_ms: int | None
    decision_id: str


SANCTION_CODEC: Final = struct_codec(ActiveSanction)


class CaseEntry(Struct, frozen=True):
    """The latest case of an offender, with the window in which it was opened."""

    opened_ms: int
    start_ms: int
    end_ms: int
    kept_ms: int  # until when it is remembered
    decision_id: str
    node: int  # the offender's stay then
    barred: bool  # whether it was removed or banned


CASE_CODEC: Final = struct_codec(CaseEntry)


class CaseWindow(Struct, frozen=True):
    """How many different accounts were associated members in the cases of one window."""

    end_ms: int
    associated: int = 0


CASE_WINDOW_CODEC: Final = struct_codec(CaseWindow)


class Treatment(Struct, frozen=True):
    """What the cases of one window have done to one account, and as what."""

    end_ms: int
    actions: tuple[str, ...] = ()
    offender: bool = False
    associated: bool = False


TREATMENT_CODEC: Final = struct_codec(Treatment)


class Charge(Struct, frozen=True):
    """The latest finding against an account that makes its group messages hits (IF-19)."""

    at_ms: int
    decision_id: str


CHARGE_CODEC: Final = struct_codec(Charge)
