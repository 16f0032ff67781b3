"""Container files of any schema: values in the form of JSON, with the bytes of each."""

import io
from typing import Any

import fastavro
import pytest

from schemas.containers import container
from schemas.malformed import Malformed, Reason

ROW = {
    "type": "record",
    "name": "app.Row",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "state", "type": {"type": "enum", "name": "app.State", "symbols": ["NEW", "OLD"]}},
        {"name": "hash", "type": ["null", "bytes"]},
        {"name": "labels", "type": {"type": "map", "values": {"type": "array", "items": "string"}}},
    ],
}
ENVELOPE = {
    "type": "record",
    "name": "app.Envelope",
    "fields": [{"name": "before", "type": ["null", ROW]}, {"name": "after", "type": ["null", "app.Row"]}],
}
VALUE = {"id": 7, "at": 1_772_442_000_000_001, "state": "NEW", "hash": b"\x00\xff", "labels": {"a": ["b", "c"]}}
PLAIN = VALUE | {"hash": "AP8="}


def file_of(schema: Any, *values: object, codec: str = "null") -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, schema, values, codec=codec)
    return out.getvalue()


def content(data: bytes) -> list[Any]:
    return [found for found, _ in container.read_values(io.BytesIO(data))]


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2"])
def test_a_value_has_the_form_of_json_and_times_stay_numbers(codec: str) -> None:
    data = file_of(ENVELOPE, {"before": None, "after": VALUE}, {"before": VALUE, "after": None}, codec=codec)
    assert content(data) == [{"before": None, "after": PLAIN}, {"before": PLAIN, "after": None}]


def test_each_value_has_its_own_bytes() -> None:
    schema = fastavro.parse_schema(ROW)
    for value, raw in container.read_values(io.BytesIO(file_of(ROW, VALUE, VALUE | {"id": 8}))):
        again = io.BytesIO()
        fastavro.schemaless_writer(again, schema, {**value, "hash": b"\x00\xff"})
        assert again.getvalue() == raw


def test_where_bytes_are_no_value_the_rest_of_the_block_is_one_fault() -> None:
    data = file_of(ROW, VALUE, VALUE | {"id": 8})
    first, second = (raw for _, raw in container.read_values(io.BytesIO(data)))
    at = data.index(first + second) + len(first) + second.index(b"\x00\x02\x04\x00\xff")
    found = content(data[:at] + b"\x63" + data[at + 1 :])
    assert found[0] == PLAIN
    assert isinstance(found[1], Malformed)
    assert (found[1].reason, len(found)) == (Reason.UNDECODABLE, 2)


def test_a_schema_without_a_bound_is_refused() -> None:
    node = {"name": "next", "type": ["null", "app.Node"]}
    data = file_of({"type": "record", "name": "app.Node", "fields": [node]}, {"next": None})
    with pytest.raises(Malformed, match="UNKNOWN_SCHEMA"):
        content(data)


def test_what_is_no_container_file_is_refused() -> None:
    with pytest.raises(Malformed, match="no Avro container file"):
        content(b"{}")
