"""Replays that are killed at each of their steps: outputs and state become valid together, and count once."""

from __future__ import annotations

from itertools import count
from shutil import copytree, rmtree
from typing import TYPE_CHECKING

import pytest

from jobs.replay.output_files import records_of
from jobs.replay.state_directory import open_state
from tests.replay.killed_replays import replay_until, replay_whole
from tests.support.given import HOUR, NOON, contents, friends, message, written

if TYPE_CHECKING:
    from pathlib import Path

DAY = 24 * HOUR


@pytest.fixture
def days(tmp_path: Path) -> list[Path]:
    """Two days of events that lead to decisions; each ends with a line that is no event."""
    streams = (
        [friends(), message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR), "{"],
        [message("m3", NOON + DAY), message("m4", NOON + 3 * DAY), message("m5", NOON + 5 * DAY), "{"],
    )
    return [written(tmp_path / f"day-{number}", stream) for number, stream in enumerate(streams)]


def rows(state: Path) -> list[tuple[bytes, bytes]]:
    with open_state(None, state) as draft:
        return list(draft.store.scan(b""))


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def fresh_copy(source: Path, target: Path) -> Path:
    rmtree(target, ignore_errors=True)
    return copytree(source, target)


def test_outputs_without_state_are_those_of_one_run__c_29(tmp_path: Path, days: list[Path]) -> None:
    before, after, out = tmp_path / "before", tmp_path / "after", tmp_path / "out"
    replay_whole((days[:1], before, None))
    replay_whole((days, after, None))
    assert contents(before) != contents(after)
    found = set()
    for step in count(1):
        if not replay_until(step, (days, fresh_copy(before, out), None)):
            break
        copy = fresh_copy(out, tmp_path / "read")
        list(records_of(copy / "decisions.jsonl"))  # whoever reads outputs settles first which run they are of
        assert contents(copy) in (contents(before), contents(after)), step
        found.add(contents(copy) == contents(after))
        replay_whole((days, out, None))
        assert contents(out) == contents(after), step
        assert names(out) == names(after), step
    assert found == {False, True}


# The first run has fewer steps of its own, so that each third is enough.
@pytest.mark.parametrize(("number", "stride"), [(0, 3), (1, 1)], ids=["first run", "second run"])
def test_outputs_and_state_become_valid_in_one_step__c_29(
    tmp_path: Path, days: list[Path], number: int, stride: int
) -> None:
    """Killed at any step, also after the one that counts, the same command again gives what one run gives."""
    start, wanted, place = tmp_path / "start", tmp_path / "wanted", tmp_path / "place"
    start.mkdir()
    for day in days[:number]:
        replay_whole(([day], start / "out", start / "state"))
    copytree(start, wanted)
    replay_whole(([days[number]], wanted / "out", wanted / "state"))
    for step in count(1, stride):
        fresh_copy(start, place)
        if not replay_until(step, ([days[number]], place / "out", place / "state")):
            break
        replay_whole(([days[number]], place / "out", place / "state"))
        assert contents(place / "out") == contents(wanted / "out"), step
        assert names(place / "out") == names(wanted / "out"), step
        assert rows(place / "state") == rows(wanted / "state"), step
    assert step > 50
