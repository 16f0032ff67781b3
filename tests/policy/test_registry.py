"""Log of published policies: one policy for all logs of a process."""

from __future__ import annotations

from dataclasses import replace

from jobs.policy.registry import PolicyLog
from operators.policy.model import Policy
from schemas.records import PolicyMode, PolicyPublished
from tests.support.given import NOON

DOCUMENT = "friendship_age: {trust_ms: 3h}"


def published(version: str, document: str = DOCUMENT, event_id: str = "p") -> PolicyPublished:
    return PolicyPublished(
        event_id=event_id,
        at_ms=NOON,
        version=version,
        effective_at_ms=NOON,
        mode=PolicyMode.LIVE,
        document=document,
    )


def in_force(log: PolicyLog) -> Policy:
    return log.book.in_force(NOON)


def test_the_logs_of_a_process_share_their_policies__c_19() -> None:
    logs = [PolicyLog(Policy()) for _ in range(2)]
    for log in logs:
        log.add(published("one"))
    assert in_force(logs[0]) is in_force(logs[1])
    other = PolicyLog(Policy())
    other.add(published("two"))
    assert in_force(other) == replace(in_force(logs[0]), version="two")
