"""Poison messages: invalid bytes are `Malformed` (C-16), in bounded time and memory; never another error."""

import io
import tracemalloc
from contextlib import suppress
from typing import Any

import fastavro
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.structs import replace

from schemas.codec import decode, encode, header_of
from schemas.malformed import Malformed, Reason
from schemas.records import (
    RECORDS,
    AlternateAccountLinked,
    FriendAdded,
    IncidentReported,
    JoinVia,
    LocationUpdated,
    MemberJoined,
    MessageSent,
    Record,
)
from schemas.resolution import reader_for
from schemas.schema_versions import CURRENT
from tests.schemas.record_strategies import any_record
from tests.schemas.record_strategies import example as sample

HELLO = MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="hello")
HUGE = 2**62


def number(value: int) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, "long", value)
    return out.getvalue()


def refused(data: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        decode(data)
    return caught.value


@given(any_record)
def test_a_record_cut_off_anywhere_is_undecodable__c_16(record: Record) -> None:
    data = encode(record)
    assert {refused(data[:end]).reason for end in range(len(data))} == {Reason.UNDECODABLE}


@given(any_record, st.binary(min_size=1, max_size=20))
def test_bytes_after_a_record_are_undecodable__c_16(record: Record, more: bytes) -> None:
    assert refused(encode(record) + more).reason is Reason.UNDECODABLE


@given(st.sampled_from(sorted(RECORDS)), st.binary(max_size=200))
def test_any_body_is_a_record_or_malformed_and_never_another_error(name: str, body: bytes) -> None:
    with suppress(Malformed):
        assert type(decode(header_of(RECORDS[name]) + body)) is RECORDS[name]


@given(any_record, st.data())
def test_a_record_with_one_wrong_byte_is_read_as_fastavro_reads_it_or_refused(
    record: Record, data: st.DataObject
) -> None:
    raw = bytearray(encode(record))
    raw[data.draw(st.integers(10, len(raw) - 1)) if len(raw) > 10 else 9] ^= data.draw(st.integers(1, 255))
    try:
        read = decode(bytes(raw))
    except Malformed:
        return
    schema = fastavro.parse_schema(dict(CURRENT[type(record).__name__].schema))
    theirs = fastavro.schemaless_reader(io.BytesIO(bytes(raw[10:])), schema, None)
    ours = to_builtins(read, builtin_types=(bytes,))
    assert repr(theirs) == repr(_listed(ours))  # by their text, since nan is not nan


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(content) for key, content in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(item) for item in value]
    return str(value) if isinstance(value, str) else value


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc3", b"\xc3\x01", b"\xc3\x01\x00", b"hello", b"{}", b"\x00\x00\x00\x00\x01", b"\x01\xc3" + b"\x00" * 20],
)
def test_what_does_not_begin_like_a_message_is_undecodable__c_16(data: bytes) -> None:
    assert refused(data).reason is Reason.UNDECODABLE


def test_a_fingerprint_that_was_never_released_is_an_unknown_schema__c_16() -> None:
    fault = refused(b"\xc3\x01" + bytes(range(8)) + b"body")
    assert fault.reason is Reason.UNKNOWN_SCHEMA
    assert "0001020304050607" in fault.message


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (number(HUGE), "event_id"),
        (number(-1), "event_id"),
        (number(-(2**63)), "event_id"),
        (b"\xff" * 20, "event_id"),
        (b"\xff" * 9 + b"\x02", "event_id"),
        (b"\x02\xff", "event_id"),
        (b"\x06\xed\xa0\x80", "event_id"),  # a lone surrogate
        (b"\x04\xc0\x80", "event_id"),  # a zero in two bytes
        (b"\x02e" + b"\xff" * 30, "at_ms"),
        (b"\x02e\x02\x02s" + b"\x04", "recipient_id"),
        (b"\x02e\x02\x02s" + b"\x01", "recipient_id"),
        (b"\x02e\x02\x02s" + b"\x02\x02r\x00" + number(HUGE), "text"),
    ],
)
def test_a_wrong_length_number_or_text_names_its_field__c_16(body: bytes, field: str) -> None:
    fault = refused(header_of(MessageSent) + body)
    assert (fault.reason, fault.field) == (Reason.UNDECODABLE, f"MessageSent.{field}")


def test_a_boolean_is_zero_or_one__c_16() -> None:
    data = encode(FriendAdded(event_id="e", at_ms=1, account_id="a", friend_id="f"))
    assert refused(data[:-2] + b"\x02" + data[-1:]).field == "FriendAdded.mutual"


@pytest.mark.parametrize("index", [4, -1, 2**40])
def test_a_symbol_that_the_schema_does_not_have_is_undecodable__c_16(index: int) -> None:
    data = encode(MemberJoined(event_id="e", at_ms=1, group_id="g", account_id="a", via=JoinVia.INVITE))
    assert refused(data[:-1] + number(index)).field == "MemberJoined.via"


@pytest.mark.parametrize("count", [HUGE, 2**40, 1_000, -HUGE, -(2**63)])
def test_a_declared_length_allocates_nothing_beyond_the_bytes_that_are_there(count: int) -> None:
    before = header_of(AlternateAccountLinked) + b"\x02e\x02\x02a\x02p\x02i"
    size = number(3) if count < 0 else b""
    tracemalloc.start()
    try:
        fault = refused(before + number(count) + size + b"\x00\x00\x00")
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert fault.field == "AlternateAccountLinked.channels"


def test_a_block_that_declares_its_size_is_read__and_refused_if_the_size_is_wrong() -> None:
    record = IncidentReported(
        event_id="e",
        at_ms=1,
        incident_id="i",
        reporter_id="r",
        latitude=0,
        longitude=0,
        kind="k",
        object_ids=("a", "b"),
    )
    plain = encode(record)
    assert plain.endswith(b"\x04\x02a\x02b\x00")
    assert decode(plain[:-6] + number(-2) + number(4) + b"\x02a\x02b\x00") == record
    assert refused(plain[:-6] + number(-2) + number(3) + b"\x02a\x02b\x00").field == "IncidentReported.object_ids"


def test_a_list_in_many_blocks_is_read_in_time_that_grows_with_its_bytes() -> None:
    blocks = b"\x02\x00" * 500_000 + b"\x00"
    data = header_of(AlternateAccountLinked) + b"\x02e\x02\x02a\x02p\x02i" + blocks + b"\x02\x01"
    record = decode(data)
    assert isinstance(record, AlternateAccountLinked)
    assert len(record.channels) == 500_000


def test_a_schema_whose_lists_cost_no_bytes_is_refused_before_anything_is_read() -> None:
    nothings = {"type": "array", "items": "null"}
    with pytest.raises(Malformed, match="UNKNOWN_SCHEMA"):
        reader_for({"type": "record", "name": "MessageSent", "fields": [{"name": "x", "type": nothings}]})


def _foreign(kind: Any) -> Any:
    fields = [{"name": name, "type": "string"} for name in ("event_id", "sender_id", "text")]
    fields += [{"name": "at_ms", "type": "long"}, {"name": "more", "type": kind}]
    return {"type": "record", "name": "MessageSent", "fields": fields}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (["null", "string"], b"\x02\x02x", b"\x01\x02x"),  # the branch -1
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, b"\x02", b"\x01"),  # the symbol -1
        ("boolean", b"\x01", b"\x07"),
        ("long", b"\x80\x00", b"\x80" * 10 + b"\x01"),  # zero in two bytes, and in eleven
        ("int", number(2**31 - 1), number(2**31)),
        ({"type": "map", "values": "long"}, b"\x01\x06\x02k\x02\x00", b"\x01\x08\x02k\x02\x00"),
        ({"type": "fixed", "name": "F", "size": 2}, b"ab", b"a"),
    ],
)
def test_skipped_fields_are_validated_as_strictly_as_read_ones__c_16(kind: Any, good: bytes, bad: bytes) -> None:
    read, before = reader_for(_foreign(kind)), b"\x02e\x02s\x02t\x02"
    assert read(before + good, 0) == MessageSent(event_id="e", at_ms=1, sender_id="s", text="t")
    with pytest.raises(Malformed) as caught:
        read(before + bad, 0)
    assert (caught.value.reason, caught.value.field) == (Reason.UNDECODABLE, "MessageSent.more")


def test_a_number_may_be_written_in_more_bytes_than_it_needs() -> None:
    plain = encode(HELLO)
    assert plain[10:13] == b"\x02e\x02"
    assert decode(plain[:12] + b"\x82\x00" + plain[13:]) == HELLO


def test_a_number_beyond_32_bits_is_undecodable_where_there_are_32__c_16() -> None:
    window = sample("RiskWindow", count=2**31 - 1)
    data = encode(window)
    assert decode(data) == window
    assert refused(data[:-5] + number(2**31)).field == "RiskWindow.count"
    with pytest.raises(OverflowError):
        encode(replace(window, count=2**31))  # type: ignore[call-arg]


@example(float("nan"))
@given(st.sampled_from([float("inf"), float("-inf")]))
def test_a_coordinate_that_is_nan_is_decoded_for_validation_to_refuse(value: float) -> None:
    record = decode(encode(LocationUpdated(event_id="e", at_ms=1, account_id="a", latitude=value, longitude=0)))
    assert isinstance(record, LocationUpdated)
    assert repr(record.latitude) == repr(value)


@pytest.mark.parametrize("end", range(11, 30))
def test_a_fault_never_repeats_content_of_the_message__c_14(end: int) -> None:
    secret = MessageSent(
        event_id="4111111111111111", at_ms=1, sender_id="4111111111111111", text="pay 4111111111111111"
    )
    message = refused(encode(secret)[:end]).message
    assert "4111" not in message
    assert "pay" not in message
