"""Reviews: what people decide on in the moderation room, and what they may overturn there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.matrix.commands.action import Action, Impossible
from connectors.matrix.commands.ledger import now_ms
from connectors.matrix.commands.questions import Question, Questions
from connectors.matrix.events.answers import QuestionKind
from schemas.records import Decision, RequestReview

if TYPE_CHECKING:
    from connectors.matrix.commands.ledger import Note
    from connectors.matrix.commands.rooms import Rooms

MOST_DECISIONS: Final = 100_000
"""Decisions that are remembered, the newest, for answers that come later."""
REPORTED: Final = frozenset({"BLOCK", "REMOVE", "BAN", "MUTE"})
"""Actions after which people are shown the decision, although no rule asks them."""
_NOT_COMMANDED: Final = "LOG_ONLY"
COMPLETE: Final = "UPDATE questions SET fields = ? WHERE kind = 'REVIEW' AND json_extract(fields, '$.decision_id') = ?"
"""In the words of the index `questions_by_decision`: there are many more decisions than questions about them."""
_FIELDS: Final = ("decision_id", "rule", "outcome", "subject_id", "other_id", "group_id", "incident_id")
_ANSWER: Final = "Answer by a reaction to this message: 👍 the decision is right, 👎 it is wrong."
_ASKED: Final = "Review of {subject} ({rule}): {summary}\n" + _ANSWER
_REPORTED: Final = "{rule} has decided {outcome} about {subject} ({actions}; {reasons}).\n" + _ANSWER


class Reviews:
    """The decisions that people may be asked about."""

    def __init__(self, rooms: Rooms, questions: Questions, room_id: str | None) -> None:
        self._rooms, self._questions, self._room_id = rooms, questions, room_id
        self._store = rooms.store

    async def report(self, decision: Decision) -> None:
        """Remember a decision, complete the question about it, and show it to people if it is grave.

        An answer undoes only what it names, and a request for a review does not name everything.
        """
        if not decision.actions:
            return
        fields = {name: getattr(decision, name) for name in _FIELDS}
        self._remember(decision.decision_id, fields)
        is_grave = REPORTED.intersection(decision.actions) and _NOT_COMMANDED not in decision.reasons
        if self._room_id is not None and is_grave:
            text = _REPORTED.format(
                rule=decision.rule,
                outcome=decision.outcome,
                subject=decision.subject_id,
                actions=", ".join(decision.actions),
                reasons=", ".join(decision.reasons),
            )
            await self._ask(fields, text, f"decision-{decision.decision_id}")

    def _remember(self, decision_id: str, fields: dict[str, Any]) -> None:
        text = msgspec.json.encode(fields).decode()
        with self._store.writing():
            self._store.run("INSERT OR REPLACE INTO decisions VALUES (?, ?, ?)", decision_id, text, now_ms())
            self._store.run(COMPLETE, text, decision_id)

    async def ask(self, command: RequestReview) -> None:
        """Ask people what a rule wants to know."""
        known = self._store.row("SELECT fields FROM decisions WHERE decision_id = ?", command.decision_id)
        named = {name: getattr(command, name, None) for name in _FIELDS}
        fields = named if known is None else msgspec.json.decode(known[0])
        text = _ASKED.format(subject=command.subject_id, rule=command.rule, summary=command.summary)
        await self._ask(fields, text, command.command_id)

    async def _ask(self, fields: dict[str, Any], text: str, key: str) -> None:
        if self._room_id is None:
            raise Impossible("NO_MODERATION_ROOM")
        await self._rooms.enter(self._room_id)
        question = Question(room_id=self._room_id, kind=QuestionKind.REVIEW, asked="", fields=fields)
        await self._questions.ask(question, text, key)

    def prune(self) -> None:
        """Forget the oldest decisions beyond the bound."""
        oldest = "SELECT decision_id FROM decisions ORDER BY at_ms DESC LIMIT -1 OFFSET ?"
        self._store.run(f"DELETE FROM decisions WHERE decision_id IN ({oldest})", MOST_DECISIONS)  # noqa: S608


class Review(Action[RequestReview]):
    """`RequestReview`: a message in the moderation room, answered by anybody there."""

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    async def carry_out(self, command: RequestReview, note: Note) -> None:  # noqa: ARG002
        """Ask."""
        await self._reviews.ask(command)
