"""Avro codec: round trips, and interoperability with fastavro and the reference implementation."""

import io
import json
from functools import cache

import avro.io
import avro.schema
import fastavro
import pytest
from hypothesis import given
from msgspec import to_builtins
from msgspec.structs import asdict, replace

from schemas.codec import HEADER_SIZE, decode, encode, encode_body, header_of
from schemas.records import RECORDS, MessageSent, Record
from schemas.schema_versions import BY_HEADER, CURRENT, RELEASES, Release
from tests.schemas.record_strategies import any_record


@given(any_record)
def test_every_record_survives_a_round_trip(record: Record) -> None:
    assert decode(encode(record)) == record


@given(any_record)
def test_fastavro_reads_what_we_write(record: Record) -> None:
    schema = fastavro.parse_schema(dict(CURRENT[type(record).__name__].schema))
    body = io.BytesIO(encode_body(record))
    assert fastavro.schemaless_reader(body, schema, None) == _lists(to_builtins(record, builtin_types=(bytes,)))
    assert not body.read()


@given(any_record)
def test_we_read_what_fastavro_writes(record: Record) -> None:
    schema = fastavro.parse_schema(dict(CURRENT[type(record).__name__].schema))
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, to_builtins(record, builtin_types=(bytes,)))
    assert decode(header_of(type(record)) + out.getvalue()) == record
    assert encode_body(record) == out.getvalue()


@pytest.mark.parametrize("beyond", [2**63, -(2**63) - 1])
def test_a_number_beyond_64_bits_is_not_written(beyond: int) -> None:
    with pytest.raises(OverflowError):
        encode(MessageSent(event_id="e", at_ms=beyond, sender_id="a", recipient_id="b", text=""))


@cache
def _reference(name: str) -> avro.io.DatumReader:
    return avro.io.DatumReader(avro.schema.parse(json.dumps(CURRENT[name].schema)))


@given(any_record)
def test_the_reference_implementation_reads_what_we_write(record: Record) -> None:
    reader = _reference(type(record).__name__)
    read = reader.read(avro.io.BinaryDecoder(io.BytesIO(encode_body(record))))
    assert read == _lists(to_builtins(record, builtin_types=(bytes,)))


def _lists(value: object) -> object:
    """Return a record as the libraries decode it: arrays are lists."""
    if isinstance(value, dict):
        return {key: _lists(content) for key, content in value.items()}
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: f"{release.name}.{release.version}")
def test_a_header_is_the_prefix_and_the_fingerprint_that_the_reference_implementation_computes(
    release: Release,
) -> None:
    parsed = avro.schema.parse(json.dumps(release.schema))
    assert release.header == b"\xc3\x01" + parsed.fingerprint("CRC-64-AVRO")


def test_no_two_schemas_have_one_fingerprint() -> None:
    assert len(BY_HEADER) == len(RELEASES)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_record_is_written_with_the_header_of_its_newest_version(name: str) -> None:
    assert [release.header for release in RELEASES if release.name == name][-1] == header_of(RECORDS[name])
    assert len(header_of(RECORDS[name])) == HEADER_SIZE


def test_a_number_beyond_its_bits_is_never_encoded() -> None:
    message = MessageSent(event_id="e", at_ms=2**63, sender_id="s", text="")
    with pytest.raises(OverflowError):
        encode(message)


@given(any_record)
def test_a_list_that_is_none_is_never_encoded(record: Record) -> None:
    lists = [name for name, value in asdict(record).items() if isinstance(value, tuple)]
    for name in lists:
        with pytest.raises(TypeError):
            encode(replace(record, **{name: None}))
