"""Benchmark of Matrix: delays count from sending, to a message's own commands; its targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import pytest

from bench.matrix.on_topics import OnTopics
from bench.matrix.scams import Scam, delays, report_lines
from schemas.records import BlockAccount, Decision, MessageSent

if TYPE_CHECKING:
    from jobs.kafka.client_config import Brokers
    from schemas.records import Record

IGNORED, NOTICE = "in the ignore list", "notice seen"
SENT: Final = MessageSent(event_id="m1", at_ms=1, sender_id="mika", recipient_id="rosa", text="")
DECIDED: Final = Decision(
    decision_id="d1",
    at_ms=1,
    rule="friendship-age",
    outcome="FIRST_OPERATION",
    subject_id="mika",
    cause_event_id="m1",
    policy_version="v1",
    reasons=(),
    evidence="{}",
)
COMMANDED: Final = BlockAccount(command_id="c1", decision_id="d1", at_ms=1, account_id="rosa", blocked_id="mika")


@pytest.mark.parametrize("order", [(SENT, DECIDED, COMMANDED), (COMMANDED, SENT, DECIDED)])
def test_a_command_belongs_to_the_message_of_its_decision(order: tuple[Record, ...]) -> None:
    topics = OnTopics(cast("Brokers", None))
    for number, record in enumerate((*order, *order)):
        topics.note(record, float(number))
    first = {"messages": order.index(SENT), "commands": order.index(COMMANDED)}
    assert topics.seen_ms == {topic: {"m1": float(number)} for topic, number in first.items()}


def test_delays_count_from_sending() -> None:
    scams = [Scam("m1", 1_000, {IGNORED: 2_500, NOTICE: 3_000}), Scam("m2", 2_000, {IGNORED: 2_600, NOTICE: 2_700})]
    found = delays(scams, {"messages": {"m1": 1_100, "another": 7}, "commands": {}})
    assert found == {
        "messages on Kafka": [100],
        "commands on Kafka": [],
        IGNORED: [1_500, 600],
        NOTICE: [2_000, 700],
    }


def test_every_target_has_a_verdict() -> None:
    said = "\n".join(report_lines({"commands on Kafka": [], IGNORED: [2_000, 2_999], NOTICE: [100, 3_001]}))
    assert "met    in the ignore list, 95 %, ms: 2,999 (wanted <= 3,000)" in said
    assert "MISSED notice seen, 95 %, ms: 3,001 (wanted <= 3,000)" in said
    assert "commands" not in said
