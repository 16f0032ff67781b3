"""What the tool's tests are given: files of events, a run of a verb, and what it wrote."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from jobs.cli.app import app
from schemas.jsonl import write_line
from schemas.records import Decision, FriendAdded, MessageSent, PolicyMode, PolicyPublished, Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from typer.testing import Result

HOUR = 3_600_000
NOON = 1_740_996_000_000
NAMES = ("decisions", "commands", "risk-windows", "shadow-decisions", "dead-letters")
DECISION = Decision(
    decision_id="d1",
    at_ms=NOON,
    rule="friendship-age",
    outcome="MIDDLE",
    subject_id="alice",
    other_id="bob",
    cause_event_id="m1",
    policy_version="v1",
    reasons=("keyword",),
    evidence="{}",
)


def friends(at_ms: int = NOON, sender: str = "alice", since_ms: int | None = None) -> FriendAdded:
    event_id = f"f-{sender}"
    return FriendAdded(event_id=event_id, at_ms=at_ms, account_id="bob", friend_id=sender, since_ms=since_ms)


def message(event_id: str, at_ms: int, text: str = "the payment, please", sender: str = "alice") -> MessageSent:
    return MessageSent(event_id=event_id, at_ms=at_ms, sender_id=sender, recipient_id="bob", text=text)


def policy_event(
    version: str, document: str, *, effective_at_ms: int = NOON, mode: PolicyMode = PolicyMode.LIVE
) -> PolicyPublished:
    """Return a policy as it stands in its topic, published at noon."""
    return PolicyPublished(
        event_id="p", at_ms=NOON, version=version, effective_at_ms=effective_at_ms, mode=mode, document=document
    )


def written(path: Path, records: Iterable[object], end: bytes = b"\n") -> Path:
    """Write records as lines; text and bytes stand as they are."""
    path.write_bytes(b"".join(_line(record) + end for record in records))
    return path


def _line(record: object) -> bytes:
    if isinstance(record, Record):
        return write_line(record).encode()
    return record if isinstance(record, bytes) else str(record).encode()


def kithward(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def lines(directory: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / f"{name}.jsonl").read_text("utf-8").splitlines()]


def contents(directory: Path) -> dict[str, bytes]:
    return {name: (directory / f"{name}.jsonl").read_bytes() for name in NAMES}


def summary(result: Result) -> dict[str, str]:
    """Return the rows of a replay's summary by what they count: the count, and the parts that it consists of."""
    rows = (re.split(r" {2,}", line.strip(), maxsplit=1) for line in result.stderr.splitlines())
    return {row[0]: " ".join(row[1].split()) for row in rows if len(row) > 1}


def the_one_line(result: Result, shows: str = "") -> str:
    """Return what a refused run said; it must be one line, and the exit code 2. `shows` began its normal output."""
    assert result.exit_code == 2, result.output
    said = result.stderr.splitlines()
    assert len(said) == 1, said
    assert result.stdout.startswith(shows)
    assert bool(result.stdout) is bool(shows)
    return said[0]
