"""`kithward state inspect` shows the same for a Flink savepoint as for a replay's state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from jobs.analysis.state_inspection import Entry, read_entries
from jobs.errors import BadInput
from jobs.flink.rest_client import wait
from jobs.replay.runner import ReplayRequest, replay_files
from tests.e2e.support.stage import WITHIN_S
from tests.support.given import HOUR, NOON, friends, message, written
from tests.support.streams import policy

if TYPE_CHECKING:
    from jobs.flink.rest_client import Job
    from tests.e2e.support.stage import Scene

DAY = 24 * HOUR


def test_a_savepoint_has_the_same_state_as_a_replay__one_in_another_format_is_refused(
    scene: Scene, tmp_path: Path
) -> None:
    scene.send([friends(since_ms=NOON - 100 * DAY), message("m1", NOON + HOUR)])
    scene.advance_time(NOON + HOUR + 10_000)
    job = scene.start()
    scene.wait_decisions(1)
    scene.wait_consumed()
    native = native_savepoint(scene, job)
    savepoint = Path(urlsplit(scene.stop(job)).path)

    events = written(tmp_path / "events.jsonl", scene.sent)
    replay_files(ReplayRequest((events,), tmp_path / "out", policy(), state=tmp_path / "state"))
    for key in ("bob", "alice", "nobody"):
        assert in_order(savepoint, key) == in_order(tmp_path / "state", key)
    known = {(entry.step, entry.state, entry.entry) for entry in read_entries(savepoint, "bob")}
    assert ("relationship", "friends", "alice") in known
    assert any(state == "verifications" for _, state, _ in known)
    with pytest.raises(BadInput, match="canonical"):
        list(read_entries(native, "bob"))


def in_order(path: Path, key: str) -> list[Entry]:
    return sorted(read_entries(path, key), key=repr)


def native_savepoint(scene: Scene, job: Job) -> Path:
    """Have a job write a savepoint in the format of its state backend, and return it."""
    place = scene.directory / "native"
    scene.cluster.rest.call(
        "POST", f"/jobs/{job.id}/savepoints", {"target-directory": place.as_uri(), "formatType": "NATIVE"}
    )
    wait(lambda: any(place.glob("*/_metadata")), "the native savepoint is not written", WITHIN_S)
    (native,) = place.iterdir()
    return native
