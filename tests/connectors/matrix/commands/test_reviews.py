"""What people are asked in the moderation room, and what their answers name."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from connectors.matrix.commands import reviews
from connectors.matrix.commands.action import Impossible
from schemas.records import Decision, RequestReview
from tests.connectors.matrix.commands.acting import AT_MS, MIKA, ROSA, Acting, header
from tests.connectors.matrix.commands.fake_homeserver import BOT, Killed


def decision(decision_id: str = "d1", *actions: str) -> Decision:
    fields = {"rule": "avatar-impersonation", "outcome": "RISK_USER", "subject_id": MIKA, "other_id": ROSA}
    return Decision(
        **fields, decision_id=decision_id, at_ms=AT_MS, cause_event_id="m1", policy_version="v1",
        reasons=("picture",), evidence="{}", actions=actions,
    )  # fmt: skip


def review() -> RequestReview:
    return RequestReview(**header(), subject_id=MIKA, rule="avatar-impersonation", summary="Same picture.")


def asked(acting: Acting) -> list[str]:
    room = acting.server.rooms[acting.moderation_room or ""]
    return [each["body"] for each in room.messages.values() if "body" in each]


def fields(acting: Acting) -> list[dict[str, str | None]]:
    return [msgspec.json.decode(row) for (row,) in acting.store.rows("SELECT fields FROM questions ORDER BY at_ms")]


def report(acting: Acting, *decisions: Decision) -> None:
    for each in decisions:
        asyncio.run(acting.means.reviews.report(each))


def test_a_review_is_a_question_in_the_moderation_room_for_everybody_there() -> None:
    acting = Acting()
    acting.execute(review())
    assert asked(acting)[0].startswith(f"Review of {MIKA} (avatar-impersonation): Same picture.")
    assert acting.store.rows("SELECT kind, asked FROM questions") == [("REVIEW", "")]


def test_a_question_is_noted_before_its_message_is_sent__mx_7() -> None:
    """Somebody may answer a question whose sender was killed before it learned the message's id."""
    acting, command = Acting(), review()
    acting.server.kill_at = acting.server.requests + 2
    with pytest.raises(Killed):
        acting.execute(command)
    assert len(asked(acting)) == 1
    assert fields(acting)[0]["rule"] == command.rule
    acting.start()
    acting.execute(command)
    (sent,) = (
        name for name, each in acting.server.rooms[acting.moderation_room or ""].messages.items() if "body" in each
    )
    assert acting.store.rows("SELECT event_id FROM questions") == [(sent,)]


@pytest.mark.parametrize("decided_first", [True, False])
def test_an_answer_names_all_that_the_decision_names__rv_1_rv_19(decided_first: bool) -> None:  # noqa: FBT001
    acting = Acting()
    if decided_first:
        report(acting, decision("d1", "REVIEW"))
    acting.execute(review())
    if not decided_first:
        assert fields(acting)[0]["other_id"] is None
        report(acting, decision("d1", "REVIEW"))
    (known,) = fields(acting)
    assert known == {
        "decision_id": "d1",
        "rule": "avatar-impersonation",
        "outcome": "RISK_USER",
        "subject_id": MIKA,
        "other_id": ROSA,
        "group_id": None,
        "incident_id": None,
    }


@pytest.mark.parametrize("action", sorted(reviews.REPORTED))
def test_a_grave_decision_is_shown_although_no_rule_asks__mx_32(action: str) -> None:
    acting = Acting()
    report(acting, decision("d1", action), decision("d1", action))
    assert len(asked(acting)) == 1
    assert action in asked(acting)[0]
    assert fields(acting)[0]["other_id"] == ROSA


def test_other_decisions_are_shown_to_nobody() -> None:
    acting = Acting()
    report(acting, decision(), decision("d2", "WARN", "EXIT_SESSION"))
    assert asked(acting) == []


def test_what_was_never_commanded_is_shown_to_nobody__c_28() -> None:
    acting = Acting()
    report(acting, msgspec.structs.replace(decision("d1", "BAN"), reasons=("keyword", "LOG_ONLY")))
    assert asked(acting) == []


def test_without_a_moderation_room_nobody_can_be_asked() -> None:
    acting = Acting(with_moderators=False)
    report(acting, decision("d1", "BAN"))
    with pytest.raises(Impossible, match="NO_MODERATION_ROOM"):
        acting.execute(review())


def test_the_question_about_a_decision_is_found_by_an_index() -> None:
    plan = [each[-1] for each in Acting().store.rows(f"EXPLAIN QUERY PLAN {reviews.COMPLETE}", "{}", "d1")]
    assert plan == ["SEARCH questions USING INDEX questions_by_decision (<expr>=?)"]


def test_the_oldest_decisions_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    acting = Acting()
    monkeypatch.setattr(reviews, "MOST_DECISIONS", 2)
    for number in range(4):
        report(acting, decision(f"d{number}", "WARN"))
        acting.store.run("UPDATE decisions SET at_ms = ? WHERE decision_id = ?", number, f"d{number}")
    acting.means.reviews.prune()
    assert {name for (name,) in acting.store.rows("SELECT decision_id FROM decisions")} == {"d2", "d3"}


def test_the_bot_accepts_the_invitation_to_the_moderation_room() -> None:
    acting = Acting()
    room = acting.server.rooms[acting.moderation_room or ""]
    room.state["m.room.member", BOT] = {"membership": "invite"}
    acting.execute(review())
    assert room.membership(BOT) == "join"
    assert len(asked(acting)) == 1
