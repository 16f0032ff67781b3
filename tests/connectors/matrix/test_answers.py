"""Answers by reaction: of reviewers in their room, of who is asked elsewhere (MX-7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from connectors.matrix.own_doings import MARK, unsent
from schemas.records import AnswerVia, LookalikeAnswered, ReviewAnswered, VerificationAnswered
from tests.connectors.matrix.talk import BEGIN_MS, STEP_MS, Talk, room_id, user

if TYPE_CHECKING:
    from schemas.records import Record

REVIEW = {
    "decision_id": "d1",
    "rule": "invite-forest",
    "outcome": "MANAGED",
    "subject_id": user("mika"),
    "group_id": "!club:x",
}


def ask(talk: Talk, kind: str, fields: dict[str, Any], asked: str = "") -> None:
    """Let the bot have asked, in the message $asked."""
    row = ("$asked", kind, asked, json.dumps(fields), BEGIN_MS)
    talk.store.run("INSERT INTO questions VALUES (?, ?, ?, ?, ?, '', '')", *row)


def react(talk: Talk, sender: str, sign: object, room: str = "moderation") -> list[Record]:
    relation = {"rel_type": "m.annotation", "event_id": "$asked", "key": sign}
    return talk.send(talk.event("m.reaction", sender, room, content={"m.relates_to": relation}))


@pytest.mark.parametrize(
    ("sign", "upheld"), [("✅", True), ("👍", True), ("👍🏽", True), ("✔️", True), ("❌", False), ("👎🏿", False)]
)
def test_a_reviewers_reaction_is_an_answer__mx_7(talk: Talk, sign: str, *, upheld: bool) -> None:
    ask(talk, "REVIEW", REVIEW)
    assert react(talk, "eve", sign) == [
        ReviewAnswered(
            event_id="$event1",
            at_ms=BEGIN_MS + STEP_MS,
            decision_id="d1",
            rule="invite-forest",
            outcome="MANAGED",
            subject_id=user("mika"),
            group_id="!club:x",
            reviewer_id=user("eve"),
            upheld=upheld,
        )
    ]


@pytest.mark.parametrize("sign", ["🎉", "", "yes", 7, None])
def test_another_sign_says_nothing__mx_7(talk: Talk, sign: object) -> None:
    ask(talk, "REVIEW", REVIEW)
    assert react(talk, "eve", sign) == []


def test_a_decision_is_not_answered_from_another_room__mx_7(talk: Talk) -> None:
    """Whoever learns the id of the message could else answer for the reviewers."""
    ask(talk, "REVIEW", REVIEW)
    assert react(talk, "mika", "❌", room="club") == []


def test_nobody_answers_a_decision_about_itself__mx_7(talk: Talk) -> None:
    ask(talk, "REVIEW", REVIEW)
    assert react(talk, "mika", "❌") == []


def test_only_who_is_asked_answers_a_question__mx_7(talk: Talk) -> None:
    fields = {"request_id": "r1", "target_id": user("rosa"), "lookalike_id": user("tom")}
    ask(talk, "LOOKALIKE", fields, asked=user("tom"))
    assert react(talk, "mika", "✅", room="notice") == []
    (answered,) = react(talk, "tom", "❌", room="notice")
    assert isinstance(answered, LookalikeAnswered)
    assert (answered.request_id, answered.lookalike_id, answered.same_person) == ("r1", user("tom"), False)


def test_a_challenge_in_the_application_itself_is_answered_there__mx_7(talk: Talk) -> None:
    ask(talk, "VERIFICATION", {"verification_id": "v1", "account_id": user("rosa")}, asked=user("mika"))
    (answered,) = react(talk, "mika", "✅", room="notice")
    assert isinstance(answered, VerificationAnswered)
    assert (answered.account_id, answered.genuine, answered.via) == (user("rosa"), True, AnswerVia.FIRST_APP)


def test_a_question_is_known_by_its_message_where_a_kill_came_before_its_id__mx_7(talk: Talk) -> None:
    row = (unsent("c1"), "REVIEW", "", json.dumps(REVIEW), BEGIN_MS, room_id("moderation"), "c1")
    talk.store.run("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
    for sender, event_id in (("mika", "$copy"), ("kithward", "$asked")):
        content = {"body": "Is it right?", MARK: "c1"}
        talk.send({**talk.event("m.room.message", sender, "moderation", content=content), "event_id": event_id})
    (answered,) = react(talk, "eve", "❌")
    assert isinstance(answered, ReviewAnswered)
    assert answered.decision_id == "d1"


def test_neither_the_bots_own_sign_nor_one_to_another_message_answers__mx_7(talk: Talk) -> None:
    assert react(talk, "eve", "✅") == []
    ask(talk, "REVIEW", REVIEW)
    assert react(talk, "kithward", "✅") == []
