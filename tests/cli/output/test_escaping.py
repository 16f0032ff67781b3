"""Control characters and bidirectional marks in foreign text: no verb writes them to the terminal as they are."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from rich.text import Text
from rich.tree import Tree
from typer.testing import CliRunner

from jobs.cli.app import app
from jobs.cli.output.terminal import open_console
from jobs.kafka import topic_admin
from jobs.printable import json_text
from schemas.records import Warn, WarnChannel
from schemas.topics import DEAD_LETTERS
from tests.cli.test_broken_input import VERBS, verbs
from tests.support.fake_broker import FakeBroker
from tests.support.given import DECISION, HOUR, NOON, friends, kithward, message, written

if TYPE_CHECKING:
    from pathlib import Path

MARKS = "\u202e\u2066\u200f"  # which ids may have, other than control characters
HOSTILE = "\x1b]0;x\x07\x9b31m\u202e\u2066\u200f\x7f\r\x08"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LATER = friends(NOON + HOUR, sender="carol")  # so that no event waits for its time
OF_OUR_OWN = re.compile(r"\x1b\[[0-9;]*m")  # colours


def said(*arguments: object) -> str:
    """Return all that a verb says, as a terminal gets it: without the filter that other outputs pass."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False, color=True)
    return result.stdout + result.stderr


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Outputs with foreign text in each field, their events, and a policy."""
    decision = replace(
        DECISION,
        subject_id=f"a{HOSTILE}",
        outcome=f"o{HOSTILE}",
        reasons=(HOSTILE,),
        policy_version=f"v{HOSTILE}",
        evidence=json.dumps({HOSTILE: HOSTILE, "conditions": [{"name": HOSTILE, "operator": HOSTILE}]}),
    )
    warn = Warn(
        command_id="c",
        decision_id="d1",
        at_ms=NOON,
        account_id=HOSTILE,
        about_id=HOSTILE,
        channel=WarnChannel.NUMBER,
        destination=HOSTILE,
        report=HOSTILE,
    )
    written(tmp_path / "decisions.jsonl", [decision])
    written(tmp_path / "commands.jsonl", [warn])
    written(tmp_path / "events.jsonl", [friends(sender=MARKS), message("m", NOON + 1, sender=MARKS), LATER])
    written(tmp_path / "policy.yaml", ["version: new"])
    return tmp_path


@pytest.mark.parametrize("verb", VERBS)
def test_a_hostile_path_is_escaped_in_every_fault(verb: str, given: Path) -> None:
    heard = said(*verbs(given, given / f"x{HOSTILE}" / "y")[verb])
    assert not STEERS.search(heard), ascii(heard)


def test_foreign_text_is_escaped_in_every_answer(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_admin, "_CONNECT_MS", 1)
    events, policy, state = given / "events.jsonl", given / "policy.yaml", given / "state"
    new = written(given / "new.yaml", ["version: \u202ev\u2066", "friendship_age: {t1_ms: 0, t2_ms: 0}"])
    told = {
        "replay": said("replay", "--events", events, "--out", given / f"out{HOSTILE}", "--state", state),
        "inspect": said("state", "inspect", state, "--key", "bob"),
        "inspect --json": said("state", "inspect", state, "--key", "bob", "--json"),
        "inspect nobody": said("state", "inspect", state, "--key", HOSTILE),
        "explain": said("explain", given / "decisions.jsonl"),
        "explain --decision": said("explain", given / "decisions.jsonl", "--decision", HOSTILE),
        "report": said("report", "--from", given, "--out", given / f"page{HOSTILE}.html"),
        "verify": said("verify", "--decisions", given / "decisions.jsonl", "--events", events),
        "whatif": said("whatif", "--events", events, "--policy", new),
        "whatif --json": said("whatif", "--events", events, "--policy", new, "--against", policy, "--json"),
        "policy check": said("policy", "check", new),
        "a verb": said(HOSTILE),
        "an option": said("replay", f"--{HOSTILE}"),
        "a time": said("explain", "--topic", "decisions", "--since", HOSTILE),
        "a topic": said("explain", "--topic", HOSTILE),
        "a registry": said("explain", "--topic", "decisions", "--registry", HOSTILE),
        "a broker": said("topics", "create", "--bootstrap", HOSTILE),
    }
    for name, heard in told.items():
        assert heard, name
        assert not STEERS.search(heard), (name, ascii(heard))
    assert all("\\u202e" in told[name] for name in ("explain", "inspect", "inspect --json", "verify", "policy check"))


@pytest.mark.parametrize("key", [r'"\e[31mfoo\u202e"', r'"\x9b2J\u2066"', r'"a\nb\r"'])
def test_a_key_of_a_policy_is_escaped(key: str, tmp_path: Path) -> None:
    heard = said("policy", "check", written(tmp_path / "policy.yaml", ["version: v", f"{key}: 1"]))
    assert "unknown key" in heard
    assert heard.count("\n") == 1
    assert not STEERS.search(heard), ascii(heard)


def test_headers_and_keys_of_dead_letters_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = f"{HOSTILE}\nlooks like a line".encode()
    headers = [(f"error.{name}", hostile) for name in ("reason", "message", "topic", "partition", "offset")]
    FakeBroker(monkeypatch).add(DEAD_LETTERS, 0, NOON, hostile, key=hostile, headers=tuple(headers))
    heard = said("dead-letters", "show", "--raw")
    assert len(heard.splitlines()) == 4
    assert not STEERS.search(heard), ascii(heard)


def test_state_as_json_keeps_what_is_escaped(tmp_path: Path) -> None:
    account = f"{MARKS}\U000e0001"
    events = written(tmp_path / "events.jsonl", [friends(sender=account), LATER])
    kithward("replay", "--events", events, "--out", tmp_path / "out", "--state", tmp_path / "state")
    lines = kithward("state", "inspect", tmp_path / "state", "--key", "bob", "--json").stdout.splitlines()
    assert account in [json.loads(line)["entry"] for line in lines]


@pytest.mark.parametrize("value", [HOSTILE, "\ud83d\ude00 \U000e0001", "李", {"\u202e": ["\x85\ud800", 1.5, None]}])
def test_escaped_json_has_the_same_value(value: Any) -> None:
    text = json_text(value)
    assert text.isprintable()
    assert json.loads(text) == json.loads(json.dumps(value))


def test_a_tree_on_a_terminal_is_escaped_and_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    console = open_console()
    console.file = io.StringIO()
    tree = Tree(Text(HOSTILE, "bold"))
    tree.add(HOSTILE)
    console.print(tree)
    console.print(HOSTILE)
    shown = console.file.getvalue()
    assert OF_OUR_OWN.search(shown)
    assert not STEERS.search(OF_OUR_OWN.sub("", shown)), ascii(shown)
