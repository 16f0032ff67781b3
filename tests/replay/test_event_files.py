"""Event files: merged by event time, bad lines in their places."""

from __future__ import annotations

import gzip
import os
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import BadInput
from jobs.replay.event_files import open_events
from schemas.jsonl import BadLine, write_file
from schemas.malformed import Reason
from schemas.records import PolicyMode, PolicyPublished, Warn, WarnChannel
from schemas.topics import INPUT_OF
from tests.schemas.record_strategies import records_of
from tests.support.given import friends, message, written

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.replay.event_files import InputEvent
    from schemas.records import Record

EVENTS = sorted(kind.__name__ for kind in INPUT_OF)
TIMES = st.lists(st.integers(1, 9), max_size=8)
LONG_FROM_NOW_MS = 1 << 63
"""Beyond any time that a record can hold, so that none is an event of the future (C-30)."""


def read(*paths: Path) -> list[InputEvent]:
    with open_events(paths, now_ms=LONG_FROM_NOW_MS) as recordings:
        return list(recordings.events())


def ids(*paths: Path) -> list[str]:
    return [getattr(arrival.parsed, "event_id", "bad") for arrival in read(*paths)]


def of_times(path: Path, times: list[int], name: str) -> Path:
    return written(path, [message(f"{name}{index}-{at_ms}", at_ms) for index, at_ms in enumerate(times)])


def test_files_are_merged_by_event_time_and_for_equal_times_by_their_order(tmp_path: Path) -> None:
    one = of_times(tmp_path / "one", [1, 3, 3, 5], "a")
    two = of_times(tmp_path / "two", [2, 3, 6], "b")
    assert ids(one, two) == ["a0-1", "b0-2", "a1-3", "a2-3", "b1-3", "a3-5", "b2-6"]


def test_an_unordered_file_keeps_its_order__the_merge_is_no_sort(tmp_path: Path) -> None:
    one = of_times(tmp_path / "one", [9, 1, 8], "a")
    two = of_times(tmp_path / "two", [5, 9], "b")
    assert ids(one, two) == ["b0-5", "a0-9", "a1-1", "a2-8", "b1-9"]


@given(one=TIMES, two=TIMES, three=TIMES)
def test_each_merged_file_keeps_its_own_order(
    one: list[int], two: list[int], three: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("files")
    paths = [of_times(directory / name, times, name) for name, times in zip("abc", (one, two, three), strict=True)]
    merged = ids(*paths)
    for path in paths:
        assert [name for name in merged if name[0] == path.name] == ids(path)
    assert len(merged) == len(one) + len(two) + len(three)


def test_a_bad_line_comes_right_after_the_event_before_it(tmp_path: Path) -> None:
    one = written(tmp_path / "one", [message("a", 4), "{", message("b", 9)])
    two = of_times(tmp_path / "two", [3, 5], "c")
    assert ids(one, two) == ["c0-3", "a", "bad", "c1-5", "b"]


def test_a_line_has_its_number_and_its_raw_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "events", ["", "  ", b"\xff{", message("a", 4)])
    bad, good = read(path)
    assert (bad.line, bad.raw, good.line, good.file) == (3, b"\xff{", 4, str(path))
    assert isinstance(bad.parsed, BadLine)
    assert bad.parsed.reason is Reason.UNDECODABLE


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b" \n\n"])
def test_windows_line_ends_and_blank_lines_are_accepted(tmp_path: Path, end: bytes) -> None:
    assert ids(written(tmp_path / "events", [message("a", 1), message("b", 2)], end)) == ["a", "b"]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    path = written(tmp_path / "events", [message("a", 1), message("b", 2)])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert ids(path) == ["a", "b"]


def test_a_byte_order_mark_is_skipped_at_the_beginning_and_bad_elsewhere(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    path = written(tmp_path / "events", [message("a", 1), message("b", 2)])
    first, second = path.read_bytes().splitlines()
    path.write_bytes(mark + first + b"\n" + mark + second)
    assert ids(path) == ["a", "bad"]


def test_an_empty_file_has_no_events(tmp_path: Path) -> None:
    assert ids(written(tmp_path / "events", [])) == []


def test_a_line_that_is_too_long_is_cut_and_refused_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "events", [b"[" * (40 * 2**20), message("a", 1)])
    huge, after = read(path)
    assert isinstance(huge.parsed, BadLine)
    assert huge.parsed.reason is Reason.OUT_OF_RANGE
    assert len(huge.raw) < 17 * 2**20
    assert (after.line, getattr(after.parsed, "event_id", "")) == (2, "a")


def test_deeply_nested_lines_are_bad_lines(tmp_path: Path) -> None:
    assert ids(written(tmp_path / "events", [b"[" * 100_000, message("a", 1)])) == ["bad", "a"]


def test_an_output_record_is_not_an_event(tmp_path: Path) -> None:
    warning = Warn(
        command_id="c", decision_id="d", at_ms=5, account_id="a", about_id="b", channel=WarnChannel.IN_APP, report="r"
    )
    arrival, _ = read(written(tmp_path / "events", [warning, message("a", 1)]))
    assert isinstance(arrival.parsed, BadLine)
    assert arrival.parsed.reason is Reason.UNKNOWN_SCHEMA
    assert arrival.parsed.message == "Warn is not an event, but an output of the job"


def test_a_container_file_gives_the_same_events_as_lines(tmp_path: Path) -> None:
    events = [friends(1), message("a", 2)]
    write_file(tmp_path / "events.avro", events)
    assert [arrival.parsed for arrival in read(tmp_path / "events.avro")] == events


def test_the_policies_of_all_files_are_read_before_the_first_event(tmp_path: Path) -> None:
    policy = PolicyPublished(event_id="p", at_ms=5, version="v", effective_at_ms=5, mode=PolicyMode.LIVE, document="")
    write_file(tmp_path / "b.avro", [policy])
    lines = written(tmp_path / "a.jsonl", [message("a", 1, "PolicyPublished"), policy, "{PolicyPublished"])
    with open_events((lines, tmp_path / "b.avro")) as recordings:
        assert list(recordings.policies()) == [policy, policy]
        assert len(list(recordings.events())) == 4


def test_a_pipe_can_be_read_twice(tmp_path: Path) -> None:
    pipe, content = tmp_path / "pipe", written(tmp_path / "events", [message("a", 1)]).read_bytes()
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert ids(pipe) == ["a"]
    writer.join()


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("events.jsonl", b"Obj\x01rest", "no Avro container file"),
        (
            "events.jsonl",
            gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0),
            "is compressed with gzip twice; unpack it once",
        ),
        ("events.jsonl.gz", b"\x1f\x8b\x08\x00", "is cut off: its gzip stream has no end"),
        (
            "events.jsonl.gz",
            gzip.compress(b"{}", mtime=0)[:-9] + bytes(9),
            "is damaged: its gzip stream cannot be unpacked",
        ),
        ("events.jsonl", b"PAR1", "is a Parquet file; convert it to JSON lines or Avro"),
        ("events.jsonl", "{}".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ("events.avro", b"{}", "no Avro container file"),
        ("events.avro", b"", "no Avro container file"),
    ],
)
def test_a_file_in_another_format_is_refused_by_name(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=f"{name}: {fault}"):
        read(tmp_path / name)


def test_a_missing_file_and_an_empty_folder_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nowhere: no such file or directory"):
        read(tmp_path / "nowhere")
    with pytest.raises(BadInput, match=r"holds no event file: their names end in \.jsonl"):
        read(tmp_path)


def without_bytes(arrival: InputEvent) -> Record | str:
    return arrival.parsed.message if isinstance(arrival.parsed, BadLine) else arrival.parsed


@given(records=st.lists(st.sampled_from(EVENTS).flatmap(records_of), max_size=6))
def test_a_container_file_gives_the_same_events_and_policies_as_lines(
    records: list[Record], tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("forms")
    files = (directory / "events.jsonl", directory / "events.avro")
    for path in files:
        write_file(path, records)
    one, other = ([(arrival.at_ms, arrival.line, without_bytes(arrival)) for arrival in read(path)] for path in files)
    assert one == other
    for path in files:
        with open_events((path,), now_ms=LONG_FROM_NOW_MS) as recordings:
            assert [*recordings.policies()] == [each for each in records if isinstance(each, PolicyPublished)]
