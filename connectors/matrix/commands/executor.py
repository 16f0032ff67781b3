"""Carries out each command once, whatever is repeated or killed in between, and takes revoked ones back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from connectors.matrix.commands.action import Impossible
from connectors.matrix.commands.ledger import Entry, Ledger, Status
from schemas.records import Record, RefuseFriend, RevokeCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.matrix.commands.action import Action
    from connectors.matrix.commands.questions import Questions


class Executor:
    """The actions by type of command, and the ledger. Methods raise what actions raise; then nothing is settled."""

    def __init__(self, actions: Mapping[type[Record], Action[Any]], ledger: Ledger, questions: Questions) -> None:
        self._actions, self._ledger, self._questions = actions, ledger, questions
        self._by_name = {kind.__name__: action for kind, action in actions.items()}
        self._locks = WeakValueDictionary[str, asyncio.Lock]()

    async def execute(self, command: Record) -> None:
        """Carry out a command, unless it was carried out, given up or revoked before."""
        if isinstance(command, RevokeCommand):
            await self._revoke(command)
            return
        action = self._actions[type(command)]
        async with self._lock(action.effect(command)):
            entry = self._ledger.entry(_id(command))
            if entry is None:
                entry = await self._begin(command)
            if entry.status is Status.BEGUN:
                await self._carry_out(command, entry)
                self._ledger.settle(entry.command_id, Status.DONE, action.due_ms(command))

    async def _carry_out(self, command: Record, entry: Entry) -> None:
        try:
            await self._actions[type(command)].carry_out(command, entry.note)
        except Impossible as fault:  # what has changed when the command is revoked is people's doing
            self._ledger.fail(entry.command_id, fault.code)
            raise

    def _lock(self, effect: str) -> asyncio.Lock:
        """Return the lock of an effect: one command after the other begins or ends it."""
        lock = self._locks.get(effect) if effect else None
        if lock is None:
            lock = asyncio.Lock()
            self._locks[effect] = lock
        return lock

    async def _begin(self, command: Record) -> Entry:
        """Note what it takes to take a command back: as things were before the first command of its effect."""
        action = self._actions[type(command)]
        effect = action.effect(command)
        same = self._ledger.standing(effect)
        entry = Entry(
            _id(command),
            type(command).__name__,
            command.decision_id,  # type: ignore[attr-defined] # all commands have one
            getattr(command, "account_id", ""),
            effect,
            Status.BEGUN,
            await action.note(command) if same is None else same.note,
        )
        self._ledger.begin(entry)
        return entry

    async def _revoke(self, command: RevokeCommand) -> None:
        entry = self._ledger.entry(command.revoked_id)
        if entry is None:
            names = (command.revoked_id, command.revoked_type, command.decision_id, command.account_id)
            self._ledger.begin(Entry(*names, "", Status.REVOKED, {}))
        elif entry.kind == RefuseFriend.__name__:
            for joined in self._ledger.of_decision(entry.decision_id, entry.kind):  # RV-16
                await self.end(joined, Status.REVOKED)
        else:
            await self.end(entry, Status.REVOKED)

    async def end(self, entry: Entry, status: Status) -> None:
        """Take a command back, unless that has been done, or another command with the same effect stands."""
        if entry.status in {Status.ENDED, Status.REVOKED}:
            return
        await self._questions.withdraw(entry.command_id)
        async with self._lock(entry.effect):
            is_last = self._ledger.standing(entry.effect, besides=entry.command_id) is None
            if entry.note and is_last:  # without a note nothing was begun
                await self._by_name[entry.kind].take_back(entry.command_id, entry.note)
            self._ledger.settle(entry.command_id, status)

    def give_up(self, command: Record, code: str) -> None:
        """Note that a command cannot be carried out."""
        command_id = _id(command)
        if self._ledger.entry(command_id) is None:
            kind, account_id = type(command).__name__, getattr(command, "account_id", "")
            decision_id: str = command.decision_id  # type: ignore[attr-defined] # all commands have one
            self._ledger.begin(Entry(command_id, kind, decision_id, account_id, "", Status.BEGUN, {}))
        self._ledger.settle(command_id, Status.FAILED, code=code)


def _id(command: Record) -> str:
    command_id: str = command.command_id  # type: ignore[attr-defined] # all commands have one
    return command_id
