"""Sending: what goes to which topic, and what a run that was stopped sends again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from jobs.backfill import sending
from jobs.backfill.progress_file import ProgressFile, name_run
from jobs.backfill.sending import SendCounts, send_events
from jobs.errors import BadInput
from jobs.replay.event_file import InputEvent
from schemas.codec import SingleObjectFraming, decode
from schemas.jsonl import BadLine
from schemas.malformed import Reason
from tests.support.given import NOON, friends, message

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.kafka.topic_io import OutgoingRecord
    from schemas.records import Record

BAD: Final = BadLine(line=3, reason=Reason.UNDECODABLE, message="not JSON", raw=b"?")


class Stopped(Exception):
    """The machine died."""


class FakeWriter:
    """A broker that has what was flushed, and of the batch after it what is on its way; it may die at a flush."""

    def __init__(self, dies_at_flush: int | None = None, most_bytes: int = 1 << 20) -> None:
        self.records: list[OutgoingRecord] = []
        self._flushed, self._most_bytes = 0, most_bytes
        self.flushes, self._dies_at_flush = 0, dies_at_flush

    def write(self, record: OutgoingRecord) -> None:
        self.records.append(record)

    def flush_fitting(self) -> set[int]:
        self.flushes += 1
        if self.flushes == self._dies_at_flush:
            raise Stopped
        batch, self._flushed = self.records[self._flushed :], len(self.records)
        return {number for number, record in enumerate(batch) if len(record.value or b"") > self._most_bytes}


def event(parsed: Record | BadLine, line: int = 1) -> InputEvent:
    return InputEvent(NOON, "events.jsonl", line, b"{}", parsed)


def messages(count: int) -> list[InputEvent]:
    return [event(message(f"m{number}", NOON + number)) for number in range(count)]


def send(events: list[InputEvent], writer: FakeWriter, arrived: ProgressFile | None = None) -> SendCounts:
    return send_events(events, writer, SingleObjectFraming(), arrived=arrived)


def ids(writer: FakeWriter) -> list[str]:
    return [decode(record.value or b"").event_id for record in writer.records]  # type: ignore[attr-defined]


def test_each_record_goes_to_its_topic_with_its_key_and_its_time() -> None:
    writer = FakeWriter()
    counts = send([event(friends()), event(BAD, 3), event(message("m1", NOON + 5))], writer)
    assert [(each.topic, each.key, each.at_ms, each.partition) for each in writer.records] == [
        ("relations", b"bob", NOON, None),
        ("messages", b"bob", NOON + 5, None),
    ]
    assert [decode(each.value or b"") for each in writer.records] == [friends(), message("m1", NOON + 5)]
    assert (counts.sent, counts.failed, counts.before) == ({"relations": 1, "messages": 1}, 1, 0)
    assert [each.line for each in counts.failures] == [3]


def test_of_many_failures_the_first_are_kept_and_all_are_counted() -> None:
    counts = send([event(BAD, line) for line in range(1, 20)], FakeWriter())
    assert (counts.failed, [each.line for each in counts.failures]) == (19, [1, 2, 3, 4, 5])


def test_a_run_that_was_stopped_goes_on_and_sends_one_batch_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH_RECORDS", 3)
    events = [*messages(4), event(BAD), *messages(10)[4:]]
    first, second = FakeWriter(dies_at_flush=3), FakeWriter()
    with pytest.raises(Stopped):
        send(events, first, ProgressFile(tmp_path / "progress", "run"))
    counts = send(events, second, ProgressFile(tmp_path / "progress", "run"))
    assert counts.before == 6
    assert ids(first) == [f"m{number}" for number in range(8)]
    assert ids(second) == [f"m{number}" for number in range(5, 10)]
    again = FakeWriter()
    assert send(events, again, ProgressFile(tmp_path / "progress", "run")).before == 11
    assert again.records == []


def test_a_batch_of_large_records_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH_BYTES", 1_000)
    writer = FakeWriter()
    send([event(message(f"m{number}", NOON, "x" * 600)) for number in range(4)], writer)
    assert writer.flushes == 3


def test_what_is_larger_than_its_topic_takes_is_counted_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH_RECORDS", 5)
    texts = ["x" * 900 if line % 3 == 0 else "x" for line in range(1, 31)]
    events = [event(message(f"m{line}", NOON, text), line) for line, text in enumerate(texts, start=1)]
    progress = ProgressFile(tmp_path / "progress", "run")
    counts = send(events, FakeWriter(most_bytes=500), progress)
    assert (counts.sent, counts.failed, counts.too_large) == ({"messages": 20}, 0, 10)
    assert [each.line for each in counts.large] == [3, 6, 9, 12, 15]
    assert progress.arrived == 30


def test_the_progress_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    ProgressFile(path, "one").save(7)
    assert ProgressFile(path, "one").arrived == 7
    with pytest.raises(BadInput, match="is the progress of another run"):
        ProgressFile(path, "other")


@pytest.mark.parametrize("content", ["", "[]", "{}", "7", '{"run": "one"}'])
def test_what_is_no_progress_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "progress").write_text(content)
    with pytest.raises(BadInput, match="is no progress file of kithward send"):
        ProgressFile(tmp_path / "progress", "one")


def test_a_run_is_told_by_its_files_and_what_else_is_given(tmp_path: Path) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_text("{}")
    two.write_text("{}")
    names = [name_run([one], b"m"), name_run([two], b"m"), name_run([one, two], b"m"), name_run([one], b"n")]
    one.write_text("{}\n")
    assert len({*names, name_run([one], b"m")}) == 5
    with pytest.raises(BadInput, match="no such file"):
        name_run([tmp_path / "none"])
