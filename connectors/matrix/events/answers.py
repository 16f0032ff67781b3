"""Answers by reaction: a reviewer's to a decision, a person's to a question of the bot."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from connectors.matrix.events.matrix_event import part, record_id, string
from schemas.records import AnswerVia, LookalikeAnswered, ReviewAnswered, VerificationAnswered

if TYPE_CHECKING:
    from connectors.matrix.events.matrix_event import MatrixEvent
    from schemas.records import Record

REACTION: Final = "m.reaction"
_YES: Final = frozenset("✅ 👍 ✔ ☑".split())  # noqa: SIM905 - a list to be read
_NO: Final = frozenset("❌ 👎 ✖ 🚫".split())  # noqa: SIM905
_LOOKS: Final = "\ufe0f🏻🏼🏽🏾🏿"
"""What follows a sign to say how it looks: as a picture, in a colour of skin."""


class QuestionKind(StrEnum):
    """What a question is about, and so which record its answer becomes."""

    REVIEW = "REVIEW"
    LOOKALIKE = "LOOKALIKE"
    VERIFICATION = "VERIFICATION"
    HELD_MESSAGE = "HELD_MESSAGE"  # whether to let it through, which is no record
    RELEASED_MESSAGE = "RELEASED_MESSAGE"


class Question(Struct, frozen=True):
    """A question of the bot: `asked` may answer, or everybody in the room if it is empty.

    `fields` are those of the answer: of `ReviewAnswered` decision_id, rule, subject_id and what else the decision has;
    of `LookalikeAnswered` request_id, target_id, lookalike_id; of `VerificationAnswered` verification_id, account_id.
    """

    kind: QuestionKind
    asked: str
    fields: dict[str, str | None]


def question_of(event: MatrixEvent) -> str | None:
    """Return the id of the message to which an event reacts."""
    return string(part(event.content, "m.relates_to"), "event_id") if event.type == REACTION else None


def is_yes(event: MatrixEvent) -> bool | None:
    """Return what a reaction says, None for one that is neither yes nor no."""
    sign = (string(part(event.content, "m.relates_to"), "key") or "").strip().rstrip(_LOOKS)
    if sign in _YES:
        return True
    return False if sign in _NO else None


def answer(question: Question, event: MatrixEvent, at_ms: int) -> list[Record]:
    """Return what a reaction to a question becomes; nothing for that of somebody who is not asked."""
    said = is_yes(event)
    is_about_itself = event.sender == question.fields.get("subject_id")
    if said is None or question.asked not in {"", event.sender} or is_about_itself:
        return []
    fields = {"event_id": record_id(event.event_id), "at_ms": at_ms, **question.fields}
    match question.kind:
        case QuestionKind.REVIEW:
            return [msgspec.convert({**fields, "reviewer_id": event.sender, "upheld": said}, ReviewAnswered)]
        case QuestionKind.LOOKALIKE:
            return [msgspec.convert({**fields, "same_person": said}, LookalikeAnswered)]
        case QuestionKind.VERIFICATION:
            given = {**fields, "genuine": said, "via": AnswerVia.FIRST_APP}
            return [msgspec.convert(given, VerificationAnswered)]
        case QuestionKind.HELD_MESSAGE | QuestionKind.RELEASED_MESSAGE:
            return []
