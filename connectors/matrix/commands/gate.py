"""Commands of the friend gate: an invitation waits, is let through or declined.

An application service hears of an invitation when the person sees it. So an invitation waits by being declined in
the person's name, and is let through by being sent again in the requester's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from connectors.matrix.commands.action import Action, Impossible, ids
from connectors.matrix.commands.ledger import Entry, Ledger, Status
from connectors.matrix.commands.questions import Question, Questions
from connectors.matrix.events.answers import QuestionKind
from connectors.matrix.own_doings import let_through_key
from schemas.records import AcceptFriend, AskLookalike, RefuseFriend

if TYPE_CHECKING:
    from connectors.matrix.commands.ledger import Note
    from connectors.matrix.commands.rooms import Rooms
    from connectors.matrix.events.matrix_event import MatrixEvent

_SAME: Final = (
    "{requester} wants to be a friend of somebody you know, and looks like you. Is that account yours, too? "
    "Answer by a reaction to this message: 👍 yes, 👎 no."
)
_WAITS: Final = (
    "{requester} has invited you, and looks like a friend of yours. "
    "That friend is asked: please wait before you accept."
)


_LATER: Final = (
    "SELECT request_id, room_id FROM requests WHERE requester = ?1 AND target = ?2 AND request_id != ?3 "
    "AND at_ms >= (SELECT at_ms FROM requests WHERE request_id = ?3)"
)
_FURTHER: Final = "FurtherInvitation"
"""What stands in the ledger for an invitation that waits with another one; it is no command's."""


class Invitation(NamedTuple):
    """A direct invitation that is a friend request."""

    room_id: str
    requester: str
    target: str


class Gate:
    """Invitations that wait, are let through or declined."""

    def __init__(self, rooms: Rooms, ledger: Ledger) -> None:
        self._rooms, self._ledger = rooms, ledger

    def note(self, command: AcceptFriend | AskLookalike | RefuseFriend) -> Note:
        """Return the invitation that a request was made of."""
        waiting = self._waiting(command.request_id)
        if waiting is not None:
            return waiting.note
        found = self._rooms.store.row("SELECT room_id FROM requests WHERE request_id = ?", command.request_id)
        if found is None:
            raise Impossible("UNKNOWN_REQUEST")
        invitation = Invitation(str(found[0]), command.requester_id, command.account_id)
        return {**invitation._asdict(), "request_id": command.request_id}

    async def hold(self, note: Note, command_id: str) -> None:
        """Let an invitation wait, and with it those that have come since: one of them would be a way around.

        One from another server could not be sent again: the person is told to wait.
        """
        _, requester, target = _invitation(note)
        if not self._rooms.is_local(requester):
            await self._rooms.notify(target, _WAITS.format(requester=requester), f"{command_id}-wait")
            return
        await self.decline(note)
        for request_id, room_id in self._rooms.store.rows(_LATER, requester, target, note["request_id"]):
            if await self._rooms.membership_or_nothing(room_id, target, requester) in {"invite", "join"}:
                await self.hold_further(request_id, Invitation(room_id, requester, target))

    async def hold_further(self, request_id: str, invitation: Invitation) -> None:
        """Let a further invitation wait with the one in question; its own command lets it through or declines it."""
        note = {**invitation._asdict(), "request_id": request_id}
        entry = Entry(f"held-{request_id}", _FURTHER, "", invitation.target, _along(request_id), Status.BEGUN, note)
        if self._ledger.entry(entry.command_id) is None:
            self._ledger.begin(entry)
            self._ledger.settle(entry.command_id, Status.DONE)
        await self.decline(note)

    def is_in_question(self, event: MatrixEvent) -> bool:
        """Return whether an invitation is a further request of two of whom one waits: it would be a way around that."""
        requester, target = event.sender, event.state_key or ""
        if not (self._rooms.is_local(requester) and self._rooms.is_local(target)):
            return False  # it could not be sent again, or not be declined
        known = self._rooms.store.row("SELECT 1 FROM requests WHERE request_id = ?", event.event_id)
        return known is not None and self._ledger.is_asked_about(requester, target)

    async def decline(self, note: Note) -> None:
        """Decline an invitation, also one that was accepted meanwhile: the friendship that this was ends with it."""
        room_id, requester, target = _invitation(note)
        self._rooms.check_local(target)
        await self._rooms.depart(room_id, target, requester, as_friend=False)

    async def let_through(self, note: Note, command_id: str) -> None:
        """Send an invitation again, in the name of whoever had sent it; not where it has come back already."""
        room_id, requester, target = _invitation(note)
        key = let_through_key(command_id)
        if self._rooms.is_local(requester) and note.get(key) is None:
            self._ledger.renote(command_id, {**note, key: None})
            await self._rooms.invite(room_id, target, command_id, requester, is_direct=True)

    def is_held(self, request_id: str) -> bool:
        """Return whether the invitation of a request waits."""
        return self._waiting(request_id) is not None

    def _waiting(self, request_id: str) -> Entry | None:
        """Return the question because of which an invitation waits, or what says that it waits with another one.

        Last one that could not be asked: its invitation waits all the same.
        """
        question = held(request_id)
        standing = self._ledger.standing(question) or self._ledger.standing(_along(request_id))
        return standing or self._ledger.half_done(question)

    def end(self, request_id: str, questions: Questions) -> None:
        """Let a request wait no more: its questions are closed, and one that could not be asked stays as failed."""
        while (asked := self._waiting(request_id)) is not None:
            questions.close(asked.command_id)
            if asked.status is Status.FAILED:
                self._ledger.renote(asked.command_id, {})
            else:
                self._ledger.settle(asked.command_id, Status.ENDED)


def held(request_id: str) -> str:
    """Return the effect of a request that waits."""
    return ids("held", request_id)


def _along(request_id: str) -> str:
    """Return the effect of a request that waits with another one of the two."""
    return ids("along", request_id)


def _invitation(note: Note) -> Invitation:
    return Invitation(note["room_id"], note["requester"], note["target"])


class Ask(Action[AskLookalike]):
    """`AskLookalike`: the invitation waits, and the friend is asked, with the answers below the question."""

    def __init__(self, gate: Gate, rooms: Rooms, questions: Questions) -> None:
        self._gate, self._rooms, self._questions = gate, rooms, questions

    def effect(self, command: AskLookalike) -> str:
        """Return the request: several friends may be asked about one."""
        return held(command.request_id)

    async def note(self, command: AskLookalike) -> Note:
        """Return the invitation."""
        return self._gate.note(command)

    async def carry_out(self, command: AskLookalike, note: Note) -> None:
        """Let the invitation wait, then ask."""
        await self._gate.hold(note, command.command_id)
        lookalike_id = command.lookalike_id
        question = Question(
            room_id=await self._rooms.notice_room(lookalike_id),
            kind=QuestionKind.LOOKALIKE,
            asked=lookalike_id,
            fields={"request_id": command.request_id, "target_id": command.account_id, "lookalike_id": lookalike_id},
        )
        await self._questions.ask(question, _SAME.format(requester=command.requester_id), command.command_id)

    async def take_back(self, command_id: str, note: Note) -> None:
        """Let the invitation through."""
        await self._gate.let_through(note, command_id)


class Accept(Action[AcceptFriend]):
    """`AcceptFriend`: an invitation that waited is sent again; another one is left alone."""

    def __init__(self, gate: Gate, questions: Questions) -> None:
        self._gate, self._questions = gate, questions

    async def note(self, command: AcceptFriend) -> Note:
        """Return the invitation, if it waits."""
        return self._gate.note(command) if self._gate.is_held(command.request_id) else {}

    async def carry_out(self, command: AcceptFriend, note: Note) -> None:
        """Let the invitation through. Also where that is refused, nothing is in question any more."""
        if note:
            self._gate.end(command.request_id, self._questions)
            await self._gate.let_through(note, command.command_id)


class Refuse(Action[RefuseFriend]):
    """`RefuseFriend`: the invitation is declined in the person's name."""

    def __init__(self, gate: Gate, questions: Questions) -> None:
        self._gate, self._questions = gate, questions

    async def note(self, command: RefuseFriend) -> Note:
        """Return the invitation."""
        return self._gate.note(command)

    async def carry_out(self, command: RefuseFriend, note: Note) -> None:
        """Decline the invitation. Also where that is refused, nothing is in question any more."""
        self._gate.end(command.request_id, self._questions)
        await self._gate.decline(note)

    async def take_back(self, command_id: str, note: Note) -> None:
        """Let the invitation through."""
        await self._gate.let_through(note, command_id)
