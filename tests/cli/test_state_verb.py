"""`kithward state inspect` of a replay's state directory, which it does not change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.given import HOUR, NOON, friends, kithward, message, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

DAY = 24 * HOUR
LATER = friends(NOON + HOUR + 60_000, sender="carol")  # so that the message no longer waits for its time


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return the state of a run in which bob's old friend alice was suspected."""
    events = written(tmp_path / "e.jsonl", [friends(since_ms=NOON - 100 * DAY), message("m1", NOON + HOUR), LATER])
    directory = tmp_path / "state"
    done = kithward("replay", "--events", events, "--out", tmp_path / "out", "--state", directory)
    assert done.exit_code == 0, done.output
    return directory


def inspected(state: Path, key: str) -> dict[tuple[str, str], dict[str | int, Any]]:
    done = kithward("state", "inspect", state, "--key", key, "--json")
    assert done.exit_code == 0, done.output
    found: dict[tuple[str, str], dict[str | int, Any]] = {}
    for entry in map(json.loads, done.stdout.splitlines()):
        found.setdefault((entry["step"], entry["state"]), {})[entry["entry"]] = entry["value"]
    return found


def test_it_shows_every_entry_of_every_step_under_the_key(state: Path) -> None:
    shown = inspected(state, "bob")
    assert shown["relationship", "friends"]["alice"]["since_ms"] == NOON - 100 * DAY
    (verification,) = shown["relationship", "verifications"].values()
    assert verification["sender_id"] == "alice"
    assert verification["attached"] == ["m1"]
    assert shown["relationship", "pairs"]["alice"]["pending"] is True


def test_without_json_each_entry_is_one_readable_line(state: Path) -> None:
    lines = kithward("state", "inspect", state, "--key", "bob").stdout.splitlines()
    assert len(lines) == sum(map(len, inspected(state, "bob").values()))
    assert any(line.startswith("relationship  friends  alice  {") for line in lines)


def test_the_state_of_other_keys_is_not_shown(state: Path) -> None:
    assert ("relationship", "verifications") not in inspected(state, "alice")


def test_a_key_without_state_is_reported(state: Path) -> None:
    done = kithward("state", "inspect", state, "--key", "nobody")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "there is no state under the key nobody\n"


def test_the_state_is_not_changed(state: Path) -> None:
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    inspected(state, "bob")
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before


def test_damaged_state_is_refused_with_its_directory(state: Path) -> None:
    (largest,) = sorted(state.glob("generation-*/*.sst"), key=lambda path: path.stat().st_size)[-1:]
    content = largest.read_bytes()
    largest.write_bytes(bytes(byte ^ 0xFF for byte in content[:40]) + content[40:])
    said = the_one_line(kithward("state", "inspect", state, "--key", "bob"))
    assert said.startswith(f"kithward: {state}: holds state that cannot be read or written: Corruption")


def test_a_directory_without_state_is_refused(tmp_path: Path) -> None:
    assert "holds no state of a replay" in the_one_line(kithward("state", "inspect", tmp_path, "--key", "bob"))


@pytest.mark.jvm
def test_a_directory_without_a_savepoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_metadata").write_bytes(b"not at all")
    assert "is not a readable savepoint" in the_one_line(kithward("state", "inspect", tmp_path, "--key", "bob"))
