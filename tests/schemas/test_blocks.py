"""Block decoding: a block read in one call gives what the record-by-record walk gives, whoever wrote it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.containers import block, container
from schemas.json_form import to_json
from schemas.malformed import Malformed, Reason
from schemas.records import RECORDS, FriendAdded, PolicyPublished, Record, RiskWindow
from schemas.schema_versions import CURRENT
from tests.schemas.record_strategies import example, records_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PUBLIC = sorted(name for name in RECORDS if CURRENT[name].topic != "internal")
EVENTS = ["ContactAdded", "FriendAdded", "MessageSent", "ObjectInformationChanged", "PolicyPublished", "ProfileChanged"]
public_record = st.sampled_from(PUBLIC).flatmap(records_of) | st.sampled_from(EVENTS).flatmap(records_of)


def file_of(*records: Record) -> bytes:
    out = io.BytesIO()
    container.write(out, records)
    return out.getvalue()


def foreign(schema: Any, values: Iterable[Any]) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(schema), values)
    return out.getvalue()


def told(data: bytes, wanted: type[Record] | None = None) -> list[tuple[Any, bytes]]:
    """Return the items of a file, faults by their message."""
    found = container.read(io.BytesIO(data), wanted)
    return [(str(each) if isinstance(each, Malformed) else repr(each), raw) for each, raw in found]


def walked(data: bytes) -> list[tuple[Any, bytes]]:
    with patch.object(block, "AT_ONCE_BYTES", -1):
        return told(data)


def with_wrong_byte(data: bytes, header: int, draw: st.DataObject) -> bytes:
    broken = bytearray(data)
    if draw.draw(st.booleans()):
        broken[draw.draw(st.integers(header, len(data) - 1))] ^= draw.draw(st.integers(1, 255))
    return bytes(broken)


EXTRA: list[Any] = [
    "string",
    "bytes",
    "double",
    "float",
    "boolean",
    "int",
    ["null", "long", "string"],
    ["int", "long"],
    {"type": "array", "items": ["null", {"type": "enum", "name": "Mood", "symbols": ["GOOD", "BAD"]}]},
    {"type": "map", "values": {"type": "fixed", "name": "Two", "size": 2}},
    ["null", {"type": "record", "name": "Part", "fields": [{"name": "x", "type": "long"}]}],
]
VALUES: list[Any] = ["t", b"t", 1.5, 0.5, True, 7, 8, 9, [None, "BAD"], {"a": b"ab"}, {"x": 3}]


def foreign_messages(extra: int) -> bytes:
    """Return messages with an additional field, between records of another type."""
    ours = CURRENT["MessageSent"].schema
    more = {**ours, "fields": [{"name": "more", "type": EXTRA[extra]}, *ours["fields"]]}
    other = {"type": "record", "name": "Other", "fields": [{"name": "x", "type": {"type": "array", "items": "string"}}]}
    plain = {key: value for key, value in to_json(example("MessageSent")).items() if key != "type"}
    message = ("kithward.MessageSent", {**plain, "more": VALUES[extra]})
    return foreign([other, more], [message, ("Other", {"x": ["a", "b"]}), message])


@given(st.lists(public_record, min_size=1, max_size=5), st.data())
def test_our_blocks_are_read_in_one_call_as_by_the_walk(records: list[Record], draw: st.DataObject) -> None:
    data = with_wrong_byte(file_of(*records), len(file_of()), draw)
    assert told(data) == walked(data)


@given(st.integers(0, len(EXTRA) - 1), st.data())
def test_other_writers_blocks_are_read_in_one_call_as_by_the_walk(extra: int, draw: st.DataObject) -> None:
    whole = foreign_messages(extra)
    data = with_wrong_byte(whole, len(whole) - 200, draw)
    assert told(data) == walked(data)


@given(st.lists(st.sampled_from(EVENTS).flatmap(records_of), min_size=1, max_size=5), st.data())
def test_policies_are_found_in_any_block(records: list[Record], draw: st.DataObject) -> None:
    with patch.object(container, "BLOCK_BYTES", 1):
        data = with_wrong_byte(file_of(*records), len(file_of()), draw)

    def policies(found: list[tuple[Any, bytes]]) -> list[tuple[Any, bytes]]:
        return [item for item in found if item[0].startswith("PolicyPublished(")]

    assert policies(told(data, PolicyPublished)) == policies(walked(data))


def test_blocks_without_a_policy_are_left_out_when_only_those_are_wanted() -> None:
    data = file_of(*[example("FriendAdded")] * 3)
    assert told(data, PolicyPublished) == []
    assert len(told(data, FriendAdded)) == 3


def test_ordinary_events_are_not_walked() -> None:
    records = [example(name) for name in EVENTS]
    with patch.object(block, "end_of", side_effect=AssertionError("walked")):
        assert [found for found, _ in container.read(io.BytesIO(file_of(*records)))] == records
        assert len(told(foreign_messages(0))) == 3


@pytest.mark.parametrize("kind", ["int", ["null", "int"]])
def test_a_number_beyond_32_bits_is_refused_although_the_library_accepts_it__c_16(kind: Any) -> None:
    def schema(more: Any) -> Any:
        fields = [{"name": name, "type": "string"} for name in ("event_id", "sender_id", "recipient_id", "text")]
        fields += [{"name": "at_ms", "type": "long"}, {"name": "more", "type": more}]
        return {"type": "record", "name": "MessageSent", "fields": fields}

    value = {"event_id": "e", "at_ms": 1, "sender_id": "s", "recipient_id": "r", "text": "t", "more": 2**40}
    wide = "long" if kind == "int" else ["null", "long"]
    written = io.BytesIO()
    fastavro.schemaless_writer(written, fastavro.parse_schema(schema(wide)), value)
    ((found, _),) = block.BlockReader(schema(kind)).read(1, written.getvalue())
    assert isinstance(found, Malformed)
    assert (found.reason, found.fault) == (Reason.UNDECODABLE, "a number beyond 32 bits")


@pytest.mark.parametrize("read", [told, walked], ids=["at once", "walked"])
def test_a_symbol_that_we_do_not_have_is_one_fault_and_the_next_record_is_read__c_16(
    read: Callable[[bytes], list[tuple[Any, bytes]]],
) -> None:
    kinds = {"type": "enum", "name": "ContactKind", "symbols": ["COLLEAGUE", "OTHER"]}
    strings = [{"name": name, "type": "string"} for name in ("event_id", "account_id", "contact_id")]
    fields = [*strings, {"name": "at_ms", "type": "long"}, {"name": "kind", "type": kinds}]
    value = {"event_id": "e", "at_ms": 1, "account_id": "a", "contact_id": "c", "kind": "OTHER"}
    schema = {"type": "record", "name": "ContactAdded", "fields": fields}
    data = foreign(schema, [{**value, "kind": "COLLEAGUE"}, value])
    assert [text.partition("(")[0] for text, _ in read(data)] == [
        "UNDECODABLE: ContactAdded.kind: a kind of value that the field does not have",
        "ContactAdded",
    ]


def test_outputs_with_small_numbers_are_walked_and_read() -> None:
    window = example("RiskWindow")
    assert isinstance(window, RiskWindow)
    assert [found for found, _ in container.read(io.BytesIO(file_of(window, window)))] == [window, window]
