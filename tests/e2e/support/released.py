"""The savepoints that releases have left: `make savepoint` keeps one of the version at hand in `tests/compatibility`.

A zip holds the savepoint, the events before it and after it, and how far each partition had been read.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from kafka import TopicPartition

from jobs.deploy.installation import ROOT, version
from jobs.policy.file import load
from jobs.replay.event_files import open_events
from jobs.scenario.files import EVENTS, POLICY
from schemas.jsonl import read_lines, write_line
from schemas.records import FriendAdded, MessageSent, Record
from schemas.validation import is_valid
from tests.e2e.support.stage import Scene, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operators.policy.model import Policy

KEPT = ROOT / "tests" / "compatibility" / "savepoints"
LAST_BEFORE = "i-17"
"""In the demo's story. By then an incident's group is open, and people are invited and have not answered."""

_SAVEPOINT, _BEFORE, _AFTER, _ENDS = "savepoint/", "before.jsonl", "after.jsonl", "ends.json"
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Left:
    """What a release has left. `ends` are the offsets up to which it had read."""

    savepoint: Path
    before: Sequence[Record]
    after: Sequence[Record]
    ends: dict[TopicPartition, int]


def policy() -> Policy:
    """Return the policy until the story's own is published, which is that of the release."""
    return replace(load(POLICY), version="start")


def story() -> tuple[list[Record], list[Record]]:
    """Return what comes before the savepoint and what comes after it: the demo's story, and a question left open."""
    with open_events(EVENTS) as recordings:
        told = [each.parsed for each in recordings.events() if isinstance(each.parsed, Record)]
    events = [event for event in told if is_valid(event)]
    cut = 1 + next(place for place, event in enumerate(events) if event.event_id == LAST_BEFORE)  # type: ignore[attr-defined]
    at_ms: int = events[cut - 1].at_ms  # type: ignore[attr-defined]
    friend = FriendAdded(
        event_id="open-1", at_ms=at_ms, account_id="olga", friend_id="igor", since_ms=at_ms - 400 * _DAY_MS
    )
    asks = MessageSent(event_id="open-2", at_ms=at_ms + 1, sender_id="igor", recipient_id="olga", text="send a payment")
    also = MessageSent(event_id="open-3", at_ms=at_ms + 5_000, sender_id="igor", recipient_id="olga", text="well?")
    return [*events[:cut], friend, asks, also], events[cut:]


def keep(scene: Scene, target: Path) -> None:
    """Run the job over the story so far, stop it for an upgrade, and write what it leaves."""
    before, after = story()
    scene.send(before)
    job = scene.start(policy="tests.e2e.support.released:policy")
    scene.wait_consumed()
    ends = dict(scene.ends)
    savepoint = Path(urlsplit(scene.stop(job)).path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w") as archive:
        for path in sorted(savepoint.iterdir()):
            _add(archive, _SAVEPOINT + path.name, path.read_bytes())
        for name, events in ((_BEFORE, before), (_AFTER, after)):
            _add(archive, name, "".join(write_line(event) + "\n" for event in events).encode())
        read = sorted((place.topic, place.partition, end) for place, end in ends.items())
        _add(archive, _ENDS, json.dumps(read).encode())


def _add(archive: ZipFile, name: str, data: bytes) -> None:
    entry = ZipInfo(name, _NO_DATE)
    entry.compress_type = ZIP_DEFLATED
    archive.writestr(entry, data)


def left(kept: Path, directory: Path) -> Left:
    """Unpack what a release has left into a directory."""
    with ZipFile(kept) as archive:
        archive.extractall(directory)
    ends = json.loads((directory / _ENDS).read_text("utf-8"))
    return Left(
        savepoint=directory / _SAVEPOINT,
        before=_events(directory / _BEFORE),
        after=_events(directory / _AFTER),
        ends={TopicPartition(topic, partition): end for topic, partition, end in ends},
    )


def _events(path: Path) -> list[Record]:
    return [event for event in read_lines(BytesIO(path.read_bytes())) if isinstance(event, Record)]


def main() -> None:
    """Keep a savepoint of this version, with a broker and a cluster of its own."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="kithward-")))
        scene = Scene(stack.enter_context(Stage(directory)), "released")
        stack.callback(scene.close)
        target = KEPT / f"{version()}.zip"
        keep(scene, target)
    print(f"{target} ({target.stat().st_size:,} bytes)")  # noqa: T201 - a tool of the desk


if __name__ == "__main__":
    main()
