"""State directories that replays of earlier releases have left: each continues as if nothing had happened.

An archive `state_directories/VERSION.zip` holds the state after `before.jsonl`, what was decided and commanded by then,
and the events that come next, `after.jsonl`. The policy is the scenario's as it is today, not the one of that time.
"""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from jobs.scenario.files import POLICY
from tests.support.given import kithward, written

KEPT = sorted(Path(__file__).with_name("state_directories").glob("*.zip"))
OUTPUTS = ("decisions.jsonl", "commands.jsonl")


@pytest.fixture(params=KEPT, ids=lambda path: path.stem)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with ZipFile(request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def replay(events: list[Path], out: Path, *more: object) -> list[str]:
    """Return the outputs by the policy of then: some messages wait in the state, screened, and every link counted."""
    then = "friendship_age:\n  detectors: [keyword, national_id, bank_card, shopping_link]\n  link_age_ms: 0\n"
    policy = written(
        out.with_suffix(".yaml"), POLICY.read_text("utf-8").replace("friendship_age:\n", then).splitlines()
    )
    result = kithward("replay", "--events", *events, "--policy", policy, "--out", out, *more)
    assert result.exit_code == 0, result.output
    return [line for name in OUTPUTS for line in (out / name).read_text("utf-8").splitlines()]


def test_a_state_directory_is_kept_for_the_release_before() -> None:
    assert [path.stem for path in KEPT] == ["0.2.0"]


def test_a_replay_continues_from_the_state_of_an_earlier_release(kept: Path) -> None:
    earlier = [line for name in OUTPUTS for line in (kept / name).read_text("utf-8").splitlines()]
    before = kept / "events.jsonl"
    events = (kept / "before.jsonl").read_text("utf-8").splitlines(keepends=True)
    before.write_text("".join(line for line in events if "PolicyPublished" not in line), "utf-8")
    continued = replay([kept / "after.jsonl"], kept / "continued", "--state", kept / "state")
    today = replay([before], kept / "today", "--state", kept / "new-state")
    expected = replay([kept / "after.jsonl"], kept / "expected", "--state", kept / "new-state")
    assert earlier
    assert continued
    assert ids(earlier) <= ids(today)
    assert without_evidence(continued) == without_evidence(expected)


def ids(outputs: list[str]) -> set[str]:
    """Return the ids of decisions and commands: releases differ in what they find in a text, and show as evidence."""
    found = map(json.loads, outputs)
    return {each.get("command_id", each["decision_id"]) for each in found}


def without_evidence(outputs: list[str]) -> list[str]:
    """Return the outputs in order, without what was found in a text: a pack of then has other phrases."""
    found = ({**json.loads(line), "evidence": None} for line in outputs)
    return sorted(json.dumps(each, sort_keys=True) for each in found)
