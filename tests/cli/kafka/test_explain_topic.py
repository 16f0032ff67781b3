"""`kithward explain --topic`: decisions of a broker are explained like those of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from schemas.codec import encode
from schemas.records import Warn, WarnChannel
from tests.support.fake_broker import FakeBroker
from tests.support.given import DECISION, kithward, message, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """A broker with two decisions, of which the later one has a command, and with one in the shadow."""
    played = FakeBroker(monkeypatch)
    second = replace(DECISION, decision_id="d2", at_ms=DECISION.at_ms + 60_000, subject_id="carol")
    warning = Warn(
        command_id="c",
        decision_id="d2",
        at_ms=second.at_ms + 1,
        account_id="bob",
        about_id="carol",
        report="",
        channel=WarnChannel.IN_APP,
    )
    tried = replace(DECISION, decision_id="d3", policy_version="tried", actions=("BLOCK",))
    records: list[tuple[str, Any]] = [("decisions", DECISION), ("decisions", second), ("commands", warning)]
    for topic, record in [*records, ("shadow-decisions", tried)]:
        played.add(topic, 0, record.at_ms, encode(record))
    return played


@pytest.mark.usefixtures("broker")
def test_decisions_of_a_topic_are_explained_like_those_of_a_file() -> None:
    both = kithward("explain", "--topic", "decisions")
    assert (both.exit_code, both.stdout.count("decision id: ")) == (0, 2)
    later = kithward("explain", "--topic", "decisions", "--since", DECISION.at_ms + 1)
    assert "decision id: d1" not in later.stdout
    assert "decision id: d2" in later.stdout
    earlier = kithward("explain", "--topic", "decisions", "--until", "2025-03-03T10:00:01Z")
    assert "decision id: d2" not in earlier.stdout
    shadow = kithward("explain", "--topic", "shadow-decisions").stdout
    assert "policy: tried" in shadow
    assert "actions that were not taken" in shadow


@pytest.mark.usefixtures("broker")
def test_one_decision_of_a_topic_is_explained_with_its_commands() -> None:
    said = kithward("explain", "--topic", "decisions", "--decision", "d2", "--until", "2025-03-03T10:01:01Z").stdout
    assert "Warn: warn bob about carol" in said
    assert "no decision with the id d9" in the_one_line(kithward("explain", "--topic", "decisions", "--decision", "d9"))


def test_a_record_of_a_topic_that_is_no_decision_is_named_with_its_place(broker: FakeBroker) -> None:
    broker.add("decisions", 0, DECISION.at_ms, encode(message("m", 1)))
    fault = "topic decisions, partition 0, offset 2: MessageSent is not a decision"
    assert fault in the_one_line(kithward("explain", "--topic", "decisions"), shows="alice")
    broker.add("shadow-decisions", 0, DECISION.at_ms, b"x")
    broken = kithward("explain", "--topic", "shadow-decisions", "--decision", "d3")
    assert "topic shadow-decisions, partition 0, offset 1: UNDECODABLE" in the_one_line(broken)


def test_either_a_file_or_a_topic_must_be_named(tmp_path: Path) -> None:
    for arguments in ((), (written(tmp_path / "decisions.jsonl", []), "--topic", "decisions")):
        assert "explain: name either a file" in the_one_line(kithward("explain", *arguments))
    assert "--topic commands: has no decisions" in the_one_line(kithward("explain", "--topic", "commands"))
    assert "--since noon: is not a time" in the_one_line(kithward("explain", "--topic", "decisions", "--since", "noon"))
