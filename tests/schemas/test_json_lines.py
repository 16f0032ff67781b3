"""Lines of JSON: each is a record, or a fault with a reason of C-16; never another error."""

import io
import json
import sys
from base64 import b64decode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import jsonl
from schemas.codec import from_json, to_json
from schemas.json_form import JsonForm
from schemas.jsonl import BadLine, read_file, read_line, read_lines, write_file, write_line
from schemas.malformed import Malformed, Reason
from schemas.records import ContactAdded, ContactKind, FriendAdded, MessageSent, ProfileChanged, Record
from tests.schemas.record_strategies import any_record

HELLO = {"type": "MessageSent", "event_id": "e", "at_ms": 1, "sender_id": "s", "recipient_id": "r", "text": "hello"}
PLACE = {"type": "LocationUpdated", "event_id": "e", "at_ms": 1, "account_id": "a", "latitude": 1, "longitude": 2}


def refused(line: bytes | str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read_line(line)
    return caught.value


@given(any_record)
def test_every_record_comes_back_from_its_line(record: Record) -> None:
    line = write_line(record)
    assert read_line(line) == record
    assert read_line(line.encode()) == record
    assert "\n" not in line


@given(any_record)
def test_every_record_comes_back_from_its_json(record: Record) -> None:
    assert from_json(to_json(record)) == record
    assert next(iter(to_json(record))) == "type"


def test_a_line_has_the_contracts_form() -> None:
    record = ProfileChanged(event_id="e", at_ms=1, account_id="a", nickname="小明", avatar_hash=b"\x00\x01\xff")
    assert write_line(record) == (
        '{"type":"ProfileChanged","event_id":"e","at_ms":1,"account_id":"a","nickname":"小明",'
        '"signature":null,"region":null,"avatar_image":null,"avatar_hash":"AAH/"}'
    )
    assert json.loads(
        write_line(ContactAdded(event_id="e", at_ms=1, account_id="a", contact_id="b", kind=ContactKind.OTHER))
    )["kind"] == ("OTHER")


def test_absent_fields_take_the_schemas_default() -> None:
    line = '{"type": "FriendAdded", "event_id": "e", "at_ms": 1, "account_id": "a", "friend_id": "f"}'
    assert read_line(line) == FriendAdded(
        event_id="e", at_ms=1, account_id="a", friend_id="f", mutual=True, since_ms=None
    )


def line_with(base: dict[str, Any], **changed: object) -> str:
    return json.dumps(base | changed)


def without(field: str) -> str:
    return json.dumps({key: value for key, value in HELLO.items() if key != field})


FAULTS = [
    ("", Reason.UNDECODABLE, ""),
    ("hello", Reason.UNDECODABLE, ""),
    ('{"type": "MessageSent"', Reason.UNDECODABLE, ""),
    ('{"type": "MessageSent"} {}', Reason.UNDECODABLE, ""),
    ("[]", Reason.UNDECODABLE, ""),
    ("null", Reason.UNDECODABLE, ""),
    ("1", Reason.UNDECODABLE, ""),
    ('"MessageSent"', Reason.UNDECODABLE, ""),
    (b'{"type": "\xff"}', Reason.UNDECODABLE, ""),
    ('{"type": "MessageSent", "type": "MessageSent"}', Reason.UNDECODABLE, ""),
    ('{"a": {"b": 1, "b": 2}}', Reason.UNDECODABLE, ""),
    ("{}", Reason.MISSING_FIELD, "type"),
    ('{"type": "Nobody"}', Reason.UNKNOWN_SCHEMA, "type"),
    ('{"type": 7}', Reason.UNKNOWN_SCHEMA, "type"),
    ('{"type": []}', Reason.UNKNOWN_SCHEMA, "type"),
    (without("event_id"), Reason.MISSING_FIELD, "MessageSent.event_id"),
    (without("text"), Reason.MISSING_FIELD, "MessageSent.text"),
    (line_with(HELLO, text=None), Reason.UNDECODABLE, "MessageSent.text"),
    (line_with(HELLO, text=5), Reason.UNDECODABLE, "MessageSent.text"),
    (line_with(HELLO, text="\ud800"), Reason.UNDECODABLE, "MessageSent.text"),
    (line_with(HELLO, recipient_id=["r"]), Reason.UNDECODABLE, "MessageSent.recipient_id"),
    (line_with(HELLO, at_ms="1"), Reason.UNDECODABLE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=1.5), Reason.UNDECODABLE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=2.0**53 + 2), Reason.OUT_OF_RANGE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=1e300), Reason.OUT_OF_RANGE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=float("inf")), Reason.UNDECODABLE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=True), Reason.UNDECODABLE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=float("nan")), Reason.UNDECODABLE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=2**63), Reason.OUT_OF_RANGE, "MessageSent.at_ms"),
    (line_with(HELLO, at_ms=-(2**63) - 1), Reason.OUT_OF_RANGE, "MessageSent.at_ms"),
    (
        line_with(HELLO, at_ms=1).replace('"at_ms": 1', '"at_ms": 1' + "0" * 100_000),
        Reason.OUT_OF_RANGE,
        "MessageSent.at_ms",
    ),
    (line_with(HELLO, nickname="n"), Reason.UNDECODABLE, "MessageSent"),
    (line_with(PLACE, latitude=float("nan")), Reason.OUT_OF_RANGE, "LocationUpdated.latitude"),
    (line_with(PLACE, latitude=float("inf")), Reason.OUT_OF_RANGE, "LocationUpdated.latitude"),
    (line_with(PLACE, latitude=0.5).replace("0.5", "1e999"), Reason.OUT_OF_RANGE, "LocationUpdated.latitude"),
    (line_with(PLACE, latitude="1"), Reason.UNDECODABLE, "LocationUpdated.latitude"),
    (line_with(PLACE, latitude=False), Reason.UNDECODABLE, "LocationUpdated.latitude"),
]


@pytest.mark.parametrize(("line", "reason", "field"), FAULTS)
def test_a_line_that_is_no_record_has_a_reason_and_a_field__c_16(line: bytes | str, reason: Reason, field: str) -> None:
    fault = refused(line)
    assert (fault.reason, fault.field) == (reason, field)


@pytest.mark.parametrize("number", ["1740999600000.0", "1.740999600e12", "17409996e5"])
def test_a_whole_number_may_be_written_as_a_double(number: str) -> None:
    line = line_with(HELLO, at_ms=0).replace('"at_ms": 0', f'"at_ms": {number}')
    assert getattr(read_line(line), "at_ms", None) == 1_740_999_600_000


def test_fields_that_no_schema_has_are_refused_or_ignored_by_name() -> None:
    line = line_with(HELLO | {"trace_id": "x", "4111 1111": {"a": 1}})
    assert refused(line).message == "MessageSent: the record has no field trace_id"
    ignored: list[str] = []
    assert read_line(line, JsonForm(ignored.append)) == from_json(HELLO)
    assert ignored == ["MessageSent.trace_id", "MessageSent.of such a name"]


@pytest.mark.parametrize("name", ["avatar_hash", "avatar_image"])
@pytest.mark.parametrize("value", ["###", "AAEC\n", "A", "äää", 5, ["AA=="], [1, 2]])
def test_bytes_are_strict_base64__c_16(name: str, value: object) -> None:
    line = {"type": "ProfileChanged", "event_id": "e", "at_ms": 1, "account_id": "a", name: value}
    assert refused(json.dumps(line)).field == f"ProfileChanged.{name}"


@pytest.mark.parametrize("features", [{}, [1], [{}], [{"kind": "TEXT"}], [{"kind": "X", "value": ""}], "TEXT"])
def test_a_fault_within_a_list_names_the_field_of_the_list__c_16(features: object) -> None:
    line = {"type": "ObjectInformationChanged", "event_id": "e", "at_ms": 1, "object_id": "o", "features": features}
    assert refused(json.dumps(line)).field.startswith("ObjectInformationChanged.features")


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"type":"MessageSent","text":['])
def test_a_line_nested_too_deeply_is_undecodable__c_16(opening: str) -> None:
    assert refused(opening * (sys.getrecursionlimit() * 100)).reason is Reason.UNDECODABLE


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_any_line_is_a_record_or_malformed(line: bytes | str) -> None:
    with suppress(Malformed):
        assert isinstance(read_line(line), Record)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["at_ms", "text", "x"]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*HELLO, "group_id"]), JSON))
def test_any_object_is_a_record_or_malformed(changed: dict[str, Any]) -> None:
    with suppress(Malformed):
        assert isinstance(read_line(json.dumps(HELLO | changed)), Record)


@pytest.mark.parametrize("name", ["my card is 4111111111111111", "pay1", "\ud800", "x" * 100])
def test_an_unknown_name_is_quoted_only_if_it_looks_like_one__c_14(name: str) -> None:
    assert name not in refused(json.dumps(HELLO | {name: 1})).message
    assert name not in refused(json.dumps({"type": name})).message
    assert "recipent_id" in refused(json.dumps(HELLO | {"recipent_id": "r"})).message


def test_a_file_gives_its_records_and_its_bad_lines_in_order(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    good = json.dumps(HELLO).encode()
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n\nnonsense\n" + good + b"\n\xff\xfe\n" + b'{"type": "Nobody"}')
    hello = from_json(HELLO)
    found = list(read_file(path))
    assert [found[0], found[2]] == [hello, hello]
    assert [(bad.line, bad.reason, bad.raw) for bad in found if isinstance(bad, BadLine)] == [
        (3, Reason.UNDECODABLE, b"nonsense"),
        (5, Reason.UNDECODABLE, b"\xff\xfe"),
        (6, Reason.UNKNOWN_SCHEMA, b'{"type": "Nobody"}'),
    ]


@given(st.binary(max_size=50))
def test_a_bad_lines_dead_letter_keeps_every_byte(raw: bytes) -> None:
    bad = BadLine(line=3, reason=Reason.UNDECODABLE, message="not JSON", raw=raw)
    letter = json.loads(json.dumps(bad.to_json()))
    assert list(letter) == ["line", "reason", "message", "raw"]
    assert letter["reason"] == "UNDECODABLE"
    assert letter["raw"].encode("utf-8", "surrogateescape") == raw


def test_a_line_longer_than_any_record_is_refused_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 200)
    good = json.dumps(HELLO).encode() + b"\n"
    found = list(read_lines(io.BytesIO(b"x" * 1_000 + b"\n" + good + b"y" * 201 + b"\n" + good + b"z" * 700)))
    assert [bad.reason for bad in found if isinstance(bad, BadLine)] == [Reason.OUT_OF_RANGE] * 3
    assert [(bad.line, len(bad.raw)) for bad in found if isinstance(bad, BadLine)] == [(1, 202), (3, 201), (5, 202)]
    assert sum(isinstance(one, MessageSent) for one in found) == 2


@pytest.mark.parametrize(
    ("begins", "reason", "field"),
    [
        ('{"avatar_image":"', Reason.IMAGE_TOO_LARGE, "avatar_image"),
        ('{"image" : \t"', Reason.IMAGE_TOO_LARGE, "image"),
        ('{"signature":"', Reason.OUT_OF_RANGE, ""),
        ('{"avatar_image":"AAAA","signature":"', Reason.OUT_OF_RANGE, ""),
        ('{"text":"\\"avatar_image\\":\\"', Reason.OUT_OF_RANGE, ""),
    ],
    ids=["avatar", "from the place", "another field", "after a picture", "within a text"],
)
def test_a_line_that_ends_within_a_picture_says_that_it_is_too_large__c_16_ai_e14(
    monkeypatch: pytest.MonkeyPatch, begins: str, reason: Reason, field: str
) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 200)
    [bad] = read_lines(io.BytesIO(begins.encode() + b"A" * 500 + b'"}\n'))
    assert isinstance(bad, BadLine)
    assert bad.reason is reason
    assert bad.message.startswith(f"{field}: a picture" if field else "a line")


@pytest.mark.parametrize("size", [199, 200, 201, 202, 203, 404])
def test_a_line_is_counted_once_however_long(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 200)
    found = list(read_lines(io.BytesIO(b"x" * (size - 1) + b"\n" + b"end\n")))
    assert [bad.line for bad in found if isinstance(bad, BadLine)] == [1, 2]


@given(st.lists(any_record, max_size=5))
def test_a_written_file_of_lines_is_read_back(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> None:
    path = tmp_path_factory.mktemp("lines") / "events.jsonl"
    write_file(path, records)
    assert list(read_file(path)) == records


def test_base64_is_the_standard_alphabet() -> None:
    record = ProfileChanged(event_id="e", at_ms=1, account_id="a", avatar_image=bytes(range(256)))
    assert b64decode(json.loads(write_line(record))["avatar_image"]) == bytes(range(256))
