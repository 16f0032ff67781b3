"""Message texts and passwords occur in no decision, report, error, log or state."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from schemas.jsonl import write_line
from schemas.records import AlternateAccountLinked, Channel, IncidentReported, MessageSent
from tests.support.given import HOUR, NOON, friends, kithward, message, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

DAY = 24 * HOUR
CANARY = "zanzibar"
"""Part of every text that people wrote, and of nothing else."""
TEXT = f"the payment, please, by {CANARY} 4111 1111 1111 1111"
NUMBER = "4111"


def linked() -> AlternateAccountLinked:
    return AlternateAccountLinked(
        event_id="l", at_ms=NOON - 8 * DAY, account_id="alice", app="lumen", alternate_id="alice.l",
        channels=(Channel.VIDEO,), last_used_ms=NOON, verified=True,
    )  # fmt: skip


def incident() -> IncidentReported:
    return IncidentReported(
        event_id="i", at_ms=NOON + HOUR, incident_id="inc", reporter_id="carol", latitude=1.0, longitude=2.0,
        kind="accident", description=f"a {CANARY} lies here", object_ids=(),
    )  # fmt: skip


def in_group() -> MessageSent:
    return MessageSent(event_id="g", at_ms=NOON + HOUR + 3, sender_id="alice", group_id="club", text=TEXT)


@pytest.fixture
def run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    """Return the output directory of a run over such texts, in valid and in malformed records."""
    caplog.set_level(logging.DEBUG)
    good = [
        friends(since_ms=NOON - 100 * DAY), linked(), message("m1", NOON + HOUR, TEXT), incident(), in_group(),
        message("m2", NOON + HOUR + 4, TEXT), message("late", NOON, TEXT), friends(NOON + 2 * HOUR, "dave"),
    ]  # fmt: skip
    cut_off = write_line(message("bad", NOON + HOUR, TEXT))[:-3]
    wrong = write_line(message("m1", NOON, TEXT)).replace('"recipient_id":"bob"', f'"recipient":"{CANARY}"')
    events = written(tmp_path / "events.jsonl", [*good, cut_off, wrong, f"{CANARY}: no JSON at all"])
    done = kithward("replay", "--events", events, "--out", tmp_path / "out", "--state", tmp_path / "state")
    assert done.exit_code == 0, done.output
    assert CANARY not in done.output
    assert CANARY not in caplog.text
    return tmp_path


def test_message_texts_are_in_no_output_and_not_in_state__c_14(run: Path) -> None:
    outputs = [path for path in (run / "out").iterdir() if path.name != "dead-letters.jsonl"]
    assert len((run / "out" / "decisions.jsonl").read_bytes().splitlines()) >= 3
    kept = [path for path in (run / "state").rglob("*") if path.is_file()]
    # An incident's description waits for its group, and for nothing else: it was rejected, for nobody audited it.
    assert [path for path in (*outputs, *kept) if CANARY.encode() in path.read_bytes()] == []
    assert [path for path in outputs if NUMBER in path.read_text("utf-8")] == []


def test_a_dead_letter_has_the_error_and_not_the_text__c_14(run: Path) -> None:
    lines = (run / "out" / "dead-letters.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 3
    assert not [line for line in lines if CANARY in line.partition('"raw"')[0]]


def test_message_texts_are_in_no_report_explanation_what_if_or_state_listing__c_14(run: Path) -> None:
    out, events = run / "out", run / "events.jsonl"
    policy = written(run / "policy.yaml", ["version: other", "friendship_age: {t1_ms: 200d, t2_ms: 300d}"])
    page = run / "report.html"
    said = [
        kithward("report", "--from", out, "--out", page).output,
        page.read_text("utf-8"),
        kithward("explain", out / "decisions.jsonl").output,
        kithward("whatif", "--events", events, "--policy", policy).output,
        kithward("whatif", "--events", events, "--policy", policy, "--json").output,
        kithward("verify", "--events", events, "--decisions", out / "decisions.jsonl").output,
        kithward("state", "inspect", run / "state", "--key", "bob").output,
    ]
    assert all(said)
    assert [text for text in said if CANARY in text or NUMBER in text] == []


def test_a_password_of_a_registry_without_a_scheme_is_in_no_error() -> None:
    done = kithward("explain", "--topic", "decisions", "--registry", "user:s3cr@registry:8081")
    assert the_one_line(done) == "kithward: --registry: a registry's address begins with http:// or https://"


@pytest.mark.parametrize("verb", [("run",), ("topics", "create"), ("dead-letters", "show"), ("policy", "publish")])
def test_a_password_is_in_no_error_and_no_log(
    verb: tuple[str, ...], tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    for module in ("topic_admin", "topic_io"):
        monkeypatch.setattr(f"jobs.kafka.{module}._CONNECT_MS", 300, raising=False)
    login = f'sasl.jaas.config=a.LoginModule required username="job" password="{CANARY}";'
    config = written(tmp_path / "c.properties", ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", login])
    more = (written(tmp_path / "p.yaml", ["version: v2"]),) if verb[0] == "policy" else ()
    done = kithward(*verb, *more, "--bootstrap", "127.0.0.1:1", "--kafka-config", config)
    assert done.exit_code == 2
    assert CANARY not in done.output
    assert CANARY not in caplog.text
