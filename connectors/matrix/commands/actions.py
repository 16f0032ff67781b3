"""The action of every type of command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.matrix.commands.gate import Accept, Ask, Gate, Refuse
from connectors.matrix.commands.incidents import Add, Cancel, Close, Create, EventRooms, Prompt
from connectors.matrix.commands.ledger import Ledger
from connectors.matrix.commands.members import Manage
from connectors.matrix.commands.notices import Alert, Ended, Verification
from connectors.matrix.commands.pair import Block, Exit, IgnoreLists
from connectors.matrix.commands.powers import Moderation
from connectors.matrix.commands.questions import Questions
from connectors.matrix.commands.reviews import Review, Reviews
from connectors.matrix.commands.rooms import Rooms
from schemas.records import (
    AcceptFriend,
    AddMember,
    AskLookalike,
    BlockAccount,
    CancelPrompt,
    CloseEventGroup,
    CreateEventGroup,
    ExitSession,
    ManageMember,
    PromptToJoin,
    Record,
    RefuseFriend,
    RequestReview,
    RequestVerification,
    TellEnded,
    Warn,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.matrix.commands.action import Action
    from connectors.matrix.commands.gateway import Gateway
    from connectors.matrix.configuration import Configuration
    from connectors.matrix.homeserver import Homeserver
    from connectors.matrix.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What actions act with."""

    rooms: Rooms
    moderation: Moderation
    ledger: Ledger
    questions: Questions
    gateway: Gateway
    lists: IgnoreLists
    reviews: Reviews


def means_of(homeserver: Homeserver, store: Store, given: Configuration, gateway: Gateway) -> Means:
    """Return the means on a homeserver."""
    rooms, ledger = Rooms(homeserver, store, given.homeserver.server_name), Ledger(store)
    questions = Questions(rooms)
    return Means(
        rooms=rooms,
        moderation=Moderation(rooms),
        ledger=ledger,
        questions=questions,
        gateway=gateway,
        lists=IgnoreLists(rooms),
        reviews=Reviews(rooms, questions, given.moderation_room),
    )


def actions(means: Means) -> Mapping[type[Record], Action[Any]]:
    """Return the action of each type of command; that of `RevokeCommand` is the executor's own."""
    rooms, moderation, questions, gateway = means.rooms, means.moderation, means.questions, means.gateway
    gate, event_rooms = Gate(rooms, means.ledger), EventRooms(rooms, moderation)
    return {
        BlockAccount: Block(rooms, means.lists),
        ExitSession: Exit(rooms),
        Warn: Alert(rooms, gateway),
        RequestVerification: Verification(rooms, questions, gateway),
        AcceptFriend: Accept(gate, questions),
        RefuseFriend: Refuse(gate, questions),
        AskLookalike: Ask(gate, rooms, questions),
        ManageMember: Manage(rooms, moderation, means.ledger),
        RequestReview: Review(means.reviews),
        CreateEventGroup: Create(rooms, event_rooms),
        PromptToJoin: Prompt(rooms, event_rooms),
        AddMember: Add(event_rooms),
        CancelPrompt: Cancel(event_rooms),
        CloseEventGroup: Close(rooms, event_rooms),
        TellEnded: Ended(rooms),
    }
