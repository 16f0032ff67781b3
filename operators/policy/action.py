"""Actions in order of strictness (C-7), and operations: the sets of actions that a message leads to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from schemas.records.enums import WarnChannel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet


class Action(IntEnum):
    """Every action, mildest first: comparing two members compares their strictness (C-7)."""

    NONE = 0
    WATCH = 1
    NOTIFY_ADMIN = 2
    WARN = 3
    REVIEW = 4
    RESTRICT_LINK_MEDIA = 5
    RESTRICT_INVITE = 6
    PRE_MODERATE = 7
    VERIFY = 8
    REFUSE = 9
    EXIT_SESSION = 10
    MUTE = 11
    REMOVE = 12
    BLOCK = 13
    BAN = 14


def strictest(actions: Iterable[Action]) -> Action:
    """Return the strictest of the actions; NONE if there is none."""
    return max(actions, default=Action.NONE)


def stricter(one: AbstractSet[Action], other: AbstractSet[Action]) -> frozenset[Action]:
    """Return the set whose strongest action is the stricter; their union if these are equal (C-7)."""
    mine, theirs = strictest(one), strictest(other)
    if mine == theirs:
        return frozenset(one | other)
    return frozenset(one if mine > theirs else other)


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation on one message (FA-20, FA-25). Empty: the decision is recorded without a command."""

    block: bool = False  # the sender is added to the recipient's block list (FA-27)
    exit_session: bool = False  # the conversation ends on the recipient's side (FA-28)
    forbid: bool = False  # and stays closed until the recipient reopens it; only with exit_session
    warn: tuple[WarnChannel, ...] = ()  # each channel once, in the policy's order (FA-29)
    verify: bool = False  # the person behind the sender is asked through another application (FA-35)

    @property
    def actions(self) -> frozenset[Action]:
        """The actions of C-7 that this operation consists of; empty for none."""
        return _actions(self.block, self.exit_session, bool(self.warn), self.verify)


@cache
def _actions(*flags: bool) -> frozenset[Action]:
    actions = (Action.BLOCK, Action.EXIT_SESSION, Action.WARN, Action.VERIFY)
    return frozenset(action for action, is_set in zip(actions, flags, strict=True) if is_set)


IN_APP_WARNING = Operation(warn=(WarnChannel.IN_APP,))
