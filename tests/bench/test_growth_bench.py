"""Benchmark of a growing job: its input, and its targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.job import growth
from bench.job.growth import Growing, Stage, report_lines
from schemas.codec import decode
from schemas.records import FriendAdded, MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.job.traffic import Sent


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Return the fed records; the simulated cluster has always processed all of them."""
    records: list[Sent] = []

    def feed(_bootstrap: str, _topic: str, more: Iterable[Sent]) -> int:
        before = len(records)
        records.extend(more)
        return len(records) - before

    monkeypatch.setattr(growth, "feed", feed)
    monkeypatch.setattr(growth, "applied_records", lambda _: 0)
    monkeypatch.setattr(growth, "records_read", lambda *_: lambda: 0)
    return records


class Played:
    """A simulated job that is always finished."""

    def checkpoints(self) -> int:
        return 0

    def wait_for(self, *_: object) -> None:
        return


def test_event_time_advances_and_a_fifth_of_suspicious_messages_go_to_one_recipient(
    fed: list[Sent], tmp_path: Path
) -> None:
    growing = Growing("localhost:1", Played(), tmp_path, pairs=1_000)  # type: ignore[arg-type]
    growing.befriend(range(500))
    growing.measure(2_000)
    growing.befriend(range(500, 1_000))
    growing.befriend_fans()
    fans = {event.friend_id for event in events(fed) if isinstance(event, FriendAdded) and event.event_id[:3] == "fan"}
    before = len(fed)
    stage = growing.measure(10_000, hot=True)
    assert [sent.at_ms for sent in fed] == sorted(sent.at_ms for sent in fed)
    assert stage.keys == 2_000
    sent = [event for event in events(fed[before:]) if isinstance(event, MessageSent)]
    hot = [event for event in sent if event.recipient_id == growing._star]
    assert 40 < len(hot) < 80
    assert {event.sender_id for event in hot} <= fans


def events(records: list[Sent]) -> list[object]:
    return [decode(sent.value) for sent in records]


def test_every_target_has_a_verdict() -> None:
    few, many = Stage(10, 100.0, 0.001, 1 << 20, 1 << 20), Stage(1_000, 50.0, 0.0016, 2 << 20, 3 << 20)
    said = "\n".join(report_lines([few, many], [(few, many)]))
    assert "MISSED cost of a message at 1,000 keys, of that at 10: x 1.60 (wanted <= 1.30)" in said
    assert "MISSED rate of others beside one recipient who gets a fifth: x 0.50 (wanted >= 0.80)" in said
    assert "us a message      1,000 ######################################## 1,600.0" in said
