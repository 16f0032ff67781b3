"""Progress of long runs: shown where standard error is a terminal, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.topics import DEAD_LETTERS
from tests.support.fake_broker import FakeBroker
from tests.support.given import DECISION, NOON, kithward, written

if TYPE_CHECKING:
    from pathlib import Path

REPORT, SHOW, RESEND = "reading outputs", "reading dead letters", "sending"


@pytest.fixture
def verbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[object, ...], str]:
    """Verbs of unknown length, and what they show meanwhile."""
    headers = (("error.topic", b"messages"), ("error.reason", b"UNDECODABLE"))
    FakeBroker(monkeypatch).add(DEAD_LETTERS, 0, NOON, b"x", headers=headers)
    written(tmp_path / "decisions.jsonl", [DECISION])
    return {
        ("report", "--from", tmp_path, "--out", tmp_path / "page.html"): REPORT,
        ("dead-letters", "show"): SHOW,
        ("dead-letters", "resend"): RESEND,
    }


def test_a_terminal_sees_that_something_goes_on(
    verbs: dict[tuple[object, ...], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    for verb, shown in verbs.items():
        result = kithward(*verb)
        assert shown in result.stderr, verb
        assert shown not in result.stdout


def test_no_other_output_has_it(verbs: dict[tuple[object, ...], str]) -> None:
    for verb, shown in verbs.items():
        result = kithward(*verb)
        assert result.exit_code == 0
        assert shown not in result.output
