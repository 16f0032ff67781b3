"""Which action of C-7 does a command carry out? Key: the command's type."""

from __future__ import annotations

from typing import Final

from operators.policy_action import Action
from schemas.records import (
    BlockAccount,
    ExitSession,
    ManageMember,
    Record,
    RefuseFriend,
    RequestReview,
    RequestVerification,
    Warn,
)
from schemas.topics import TOPICS

COMMANDS: Final = frozenset(TOPICS["commands"].records)

_ACTIONS: Final[dict[type[Record], Action]] = {
    BlockAccount: Action.BLOCK,
    ExitSession: Action.EXIT_SESSION,
    RefuseFriend: Action.REFUSE,
    RequestReview: Action.REVIEW,
    RequestVerification: Action.VERIFY,
    Warn: Action.WARN,
}


def action_of(command: Record) -> Action:
    """Return a command's action; NONE for one that nobody is hurt by, such as an invitation."""
    if isinstance(command, ManageMember):
        return Action[command.action.name]
    return _ACTIONS.get(type(command), Action.NONE)
