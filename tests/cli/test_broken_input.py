"""Broken input to every verb: an answer or one line that names the fault, and never a stack trace."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.kafka import topic_admin, topic_io
from schemas.jsonl import write_line
from schemas.records import FriendAdded
from tests.support.given import DECISION, kithward, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Callable

DEEP = "[" * 3_000 + "]" * 3_000
DECISIONS = {
    "deep": replace(DECISION, evidence=DEEP),
    "nan": replace(DECISION, evidence='{"lookalike_avatar": {"set_ms": NaN}, "friendship": {"since_ms": 1e999}}'),
    "surrogate": replace(DECISION, evidence='{"\\ud800": "\\ud800", "hash": {"similarity": "\\ud800"}}'),
    "long number": replace(DECISION, evidence='{"friendship": {"age_ms": ' + "9" * 4_000 + "}}"),
    "path": replace(DECISION, rule="invite-forest", evidence='{"associated": [{"account_id": "a", "path": 7}]}'),
    "score": replace(DECISION, evidence='{"hash": {"similarity": "1/0", "distance": 1, "kind": 0, "version": 0}}'),
}
CONTENTS = {
    **{name: write_line(decision).encode() for name, decision in DECISIONS.items()},
    "empty": b"",
    "binary": b"\x89PNG\r\n\x1a\n\x00\xff",
    "deep JSON": b'{"type": ' + DEEP.encode() + b"}",
    "lone surrogate": b'{"type": "MessageSent", "event_id": "\\ud800", "at_ms": 1, "\\ud800": "\xed\xa0\x80"}',
    "huge number": b'{"type": "MessageSent", "event_id": "e", "at_ms": ' + b"9" * 5_000 + b"}",
    "not a number": b'{"type": "Decision", "at_ms": NaN, "evidence": Infinity}',
    "missing keys": b'{"type": "Decision"}',
    "another type": b"[7]",
    "a key of a line": b'? "a\nb"\n: 1\n',
}
UNREADABLE = Path("/proc/self/mem")  # opens, and fails when it is read; root may read every file of ours

EVENT = FriendAdded(event_id="f", at_ms=1, account_id="a", friend_id="b")
Verb = tuple[object, ...]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Outputs of a run, its events, and a policy."""
    written(tmp_path / "events.jsonl", [EVENT])
    written(tmp_path / "decisions.jsonl", [DECISION])
    written(tmp_path / "policy.yaml", ["version: new"])
    return tmp_path


def verbs(good: Path, broken: Path) -> dict[str, Verb]:
    """Return every verb that reads or writes a path, with the broken path in each place where it can stand."""
    events, policy, out = good / "events.jsonl", good / "policy.yaml", good / "out"
    replay = ("replay", "--out", out, "--events")
    whatif = ("whatif", "--events", events, "--policy")
    tune = ("policy", "tune", "--setting", "friendship_age.t1", "--values", "1d", "--events")
    kafka = ("--bootstrap", "127.0.0.1:1")
    return {
        "explain": ("explain", broken),
        "report --from": ("report", "--from", broken, "--out", good / "page.html"),
        "report --reviews": ("report", "--from", good, "--out", good / "page.html", "--reviews", broken),
        "report --out": ("report", "--from", good, "--out", broken / "page.html"),
        "verify --decisions": ("verify", "--decisions", broken, "--events", events),
        "verify --from": ("verify", "--decisions", good / "decisions.jsonl", "--events", events, "--from", broken),
        "verify --shadow": ("verify", "--decisions", good / "decisions.jsonl", "--events", events, "--shadow", broken),
        "replay --events": (*replay, broken),
        "replay --policy": (*replay, events, "--policy", broken),
        "replay --shadow": (*replay, events, "--shadow", broken),
        "replay --from": (*replay, events, "--from", broken),
        "replay --state": (*replay, events, "--state", broken / "state"),
        "replay --out": ("replay", "--events", events, "--out", broken / "out"),
        "whatif --events": ("whatif", "--events", broken, "--policy", policy),
        "whatif --policy": (*whatif, broken),
        "whatif --against": (*whatif, policy, "--against", broken),
        "whatif --state": (*whatif, policy, "--state", broken),
        "policy check": ("policy", "check", broken),
        "policy publish": ("policy", "publish", broken, *kafka),
        "policy tune --policy": (*tune, events, "--policy", broken),
        "policy tune --events": (*tune, broken, "--policy", policy),
        "state inspect": ("state", "inspect", broken, "--key", "a"),
        "run --policy": ("run", "--policy", broken, "--set", "no value"),
        "topics create": ("topics", "create", "--kafka-config", broken, *kafka),
        "dead-letters show": ("dead-letters", "show", "--kafka-config", broken, *kafka),
        "dead-letters resend": ("dead-letters", "resend", "--kafka-config", broken, *kafka),
    }


VERBS = tuple(verbs(Path(), Path()))
BROKEN: dict[str, Callable[[Path], Path]] = {
    "missing": lambda folder: folder / "nowhere",
    "directory": lambda _: Path("/proc/self/task"),
    "unreadable": lambda _: UNREADABLE,
    **{
        name: partial(lambda folder, content: written(folder / "broken.jsonl", [content]), content=content)
        for name, content in CONTENTS.items()
    },
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_answers_broken_input_in_words(verb: str, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (topic_admin, topic_io):
        monkeypatch.setattr(module, "_CONNECT_MS", 1)
    (good / "broken").mkdir()
    for name, make in BROKEN.items():
        result = kithward(*verbs(good, make(good / "broken"))[verb])
        assert result.exit_code in {0, 1, 2}, name
        if result.exit_code == 2:
            said = [line for line in result.stderr.splitlines() if not line.startswith("warning: ")]
            assert len(said) == 1 or verb.startswith("policy"), (name, said)
            assert all(line.strip() for line in said), name


def test_evidence_that_nests_too_deeply_is_refused_with_its_place(tmp_path: Path) -> None:
    fault = "record 1: its evidence is nested deeper than 64 levels"
    path = written(tmp_path / "decisions.jsonl", [DECISIONS["deep"]])
    for verb in (("explain", path), ("report", "--from", tmp_path, "--out", tmp_path / "page.html")):
        assert the_one_line(kithward(*verb)) == f"kithward: {path}, {fault}"


def test_brackets_in_text_and_short_evidence_are_no_depth(tmp_path: Path) -> None:
    wide = replace(DECISION, evidence=f'{{"note": "{"[" * 100}\\"{{", "list": [{",".join(["[]"] * 100)}]}}')
    assert kithward("explain", written(tmp_path / "decisions.jsonl", [wide])).exit_code == 0
    nested = replace(DECISION, evidence="[" * 64 + "]" * 64)
    assert kithward("explain", written(tmp_path / "decisions.jsonl", [nested])).exit_code == 0
