"""Event files as people have them: arrays, gzip, folders, standard input, more files than may be open."""

from __future__ import annotations

import gzip
import io
import json
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.replay.event_files import InputRules, open_events
from jobs.replay.open_files import MAX_OPEN_FILES
from schemas.jsonl import BadLine, write_file, write_line
from tests.support.given import NOON, friends, message, policy_event, written

if TYPE_CHECKING:
    from jobs.replay.event_files import InputEvent
    from schemas.records import Record

EVENTS = [friends(NOON), message("a", NOON + 1), message("b", NOON + 2)]


def read(*paths: Path, rules: InputRules | None = None) -> list[InputEvent]:
    with open_events(paths, rules=rules) as files:
        return list(files.events())


def parsed(*paths: Path) -> list[Record | BadLine]:
    return [event.parsed for event in read(*paths)]


def objects(events: list[Record]) -> list[object]:
    return [json.loads(write_line(event)) for event in events]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_json_array_is_read_however_it_is_laid_out(tmp_path: Path, indent: int | None, pack: type[bytes]) -> None:
    (tmp_path / "events").write_bytes(pack(json.dumps(objects([*EVENTS]), indent=indent).encode()))
    assert parsed(tmp_path / "events") == EVENTS


def test_objects_over_several_lines_are_read(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(each, indent=1) for each in objects([*EVENTS]))
    assert parsed(written(tmp_path / "events", [text])) == EVENTS


def test_a_bad_element_has_its_number_its_line_and_its_bytes(tmp_path: Path) -> None:
    path = written(
        tmp_path / "events", ["[", write_line(EVENTS[0]) + ",", '{"type": "Mess}"},', write_line(EVENTS[1]), "]"]
    )
    bad = read(path)[1].parsed
    assert isinstance(bad, BadLine)
    assert bad.to_json() == {
        "line": 3,
        "element": 2,
        "reason": "UNKNOWN_SCHEMA",
        "message": "type: there is no record of such a name",
        "raw": '{"type": "Mess}"}',
    }


def test_an_array_that_is_cut_off_has_a_bad_element_at_its_end(tmp_path: Path) -> None:
    found = parsed(written(tmp_path / "events", ["[", write_line(EVENTS[0]) + ","]))
    assert [getattr(each, "message", "") for each in found] == ["", "the JSON array has no end"]


def test_the_policies_of_an_array_are_read(tmp_path: Path) -> None:
    policy = policy_event("v", "{}")
    path = written(tmp_path / "events", [json.dumps(objects([EVENTS[0], policy]))])
    with open_events([path]) as files:
        assert list(files.policies()) == [policy]


def test_any_file_may_be_compressed(tmp_path: Path) -> None:
    for name in ("events.jsonl", "events.avro"):
        write_file(tmp_path / name, EVENTS)
        packed = tmp_path / f"{name}.gz"
        packed.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        assert parsed(packed) == parsed(tmp_path / name) == EVENTS


@pytest.mark.parametrize("name", ["events", "events.AVRO", "events.jsonl"])
def test_a_container_file_is_known_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    write_file(tmp_path / "events.avro", EVENTS)
    (tmp_path / "events.avro").rename(tmp_path / name)
    assert parsed(tmp_path / name) == EVENTS


@pytest.mark.parametrize("name", ["events.jsonl", "events.avro"])
def test_standard_input_is_read_twice_and_given_once(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file(tmp_path / name, [policy_event("v", "{}"), *EVENTS])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((tmp_path / name).read_bytes())))
    with open_events([Path("-")]) as files:
        assert len(list(files.policies())) == 1
        assert [event.file for event in files.events()] == ["standard input"] * 4
    with pytest.raises(BadInput, match="standard input can be read only once"):
        read(Path("-"), Path("-"))


def test_a_folder_stands_for_the_event_files_below_it_sorted_by_path(tmp_path: Path) -> None:
    names = ["b/part-1.jsonl", "b/part-0.ndjson", "a.json", "a.avro.gz", "b/deep/er/x.JSONL.gz"]
    ignored = ["notes.csv", ".hidden.jsonl", "_SUCCESS", "_temporary/part-0.jsonl", "b/part-2.jsonl.crc"]
    for index, name in enumerate([*names, *ignored]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path.with_name("x.avro" if "avro" in name else "x"), [message(str(index), NOON)])
        content = path.with_name("x.avro" if "avro" in name else "x")
        path.write_bytes(gzip.compress(content.read_bytes()) if name.endswith(".gz") else content.read_bytes())
        content.unlink()
    found = read(tmp_path)
    order = ["a.avro.gz", "a.json", "b/deep/er/x.JSONL.gz", "b/part-0.ndjson", "b/part-1.jsonl"]
    assert [event.file for event in found] == [str(tmp_path / name) for name in order]
    assert not any(isinstance(event.parsed, BadLine) for event in found)


def test_more_files_than_may_be_open_are_merged(tmp_path: Path) -> None:
    count = 3 * MAX_OPEN_FILES
    for index in range(count):
        write_file(
            tmp_path / f"{index:04}.jsonl", [message(f"{index}-{at}", NOON + at * count + index) for at in (0, 1)]
        )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + MAX_OPEN_FILES + 8, hard))
    try:
        found = read(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [event.at_ms - NOON for event in found] == list(range(2 * count))


def test_a_file_that_is_replaced_while_it_is_read_is_refused(tmp_path: Path) -> None:
    for index in range(2 * MAX_OPEN_FILES):
        write_file(tmp_path / f"{index:04}.jsonl", [message(str(index), NOON)])
    with open_events([tmp_path]) as files:
        (tmp_path / "0000.jsonl").rename(tmp_path / "before")
        write_file(tmp_path / "0000.jsonl", [message("other", NOON)])
        with pytest.raises(BadInput, match=r"0000\.jsonl: was replaced while it was read"):
            list(files.events())


def test_blank_lines_and_ignored_fields_are_counted(tmp_path: Path) -> None:
    more = [json.dumps({**objects([EVENTS[1]])[0], f"x_{index:c}": 1, "trace": 2}) for index in range(97, 123)]  # type: ignore[dict-item]
    path = written(tmp_path / "events", [write_line(EVENTS[0]), "", *more, "{", "  "])
    with open_events([path]) as files:
        assert sum(isinstance(event.parsed, BadLine) for event in files.events()) == 1
        assert files.report.blank == 2
        assert files.report.ignored["MessageSent.trace"] == 26
        assert files.report.ignored.total() == 52
        assert len(files.report.ignored) == 21
    strict = read(path, rules=InputRules(strict_fields=True))
    assert sum(isinstance(event.parsed, BadLine) for event in strict) == 27
