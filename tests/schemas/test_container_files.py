"""Avro container files: the same records as lines of JSON, readable by the general libraries."""

import bz2
import io
import json
import lzma
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import avro.datafile
import avro.io
import fastavro
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from schemas.codec import encode_body
from schemas.containers import compression, container
from schemas.json_form import to_json
from schemas.jsonl import BadLine, read_file, write_file
from schemas.malformed import Malformed, Reason
from schemas.records import RECORDS, AccountForgotten, FriendAdded, MessageSent, Record
from schemas.schema_versions import CURRENT
from tests.schemas.record_strategies import example, records_of

PUBLIC = sorted(name for name in RECORDS if CURRENT[name].topic != "internal")
public_record = st.sampled_from(PUBLIC).flatmap(records_of)
HELLO = MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="hello")
FRIENDS = FriendAdded(event_id="f", at_ms=2, account_id="a", friend_id="b")


def file_of(*records: Record) -> bytes:
    out = io.BytesIO()
    container.write(out, records)
    return out.getvalue()


def content(data: bytes) -> list[Record | Malformed]:
    return [found for found, _ in container.read(io.BytesIO(data))]


@given(st.lists(public_record, max_size=5))
def test_a_written_file_is_read_back(records: list[Record]) -> None:
    assert content(file_of(*records)) == records


@pytest.mark.parametrize("action", [None, "BAN"])
def test_an_optional_symbol_of_a_type_that_another_record_has_too_is_read_back(action: str | None) -> None:
    revoked, managed = example("RevokeCommand", action=action), example("ManageMember", until_ms=None)
    for records in ([revoked], [revoked, managed], [managed, revoked, HELLO]):
        assert content(file_of(*records)) == records


@given(st.lists(public_record, max_size=3))
def test_the_general_libraries_read_what_we_write(records: list[Record]) -> None:
    names = [type(record).__name__ for record in records]
    data = file_of(*records)
    found = list(fastavro.reader(io.BytesIO(data), return_record_name=True))
    assert [name for name, _ in found] == [f"kithward.{name}" for name in names]
    reference = list(avro.datafile.DataFileReader(io.BytesIO(data), avro.io.DatumReader()))
    assert reference == [value for _, value in found]


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2", "xz", "lz4"])
@given(records=st.lists(records_of("Decision"), max_size=3))
@settings(max_examples=20)
def test_a_file_of_one_record_by_another_writer_is_read(codec: str, records: list[Record]) -> None:
    out = io.BytesIO()
    plain = [{key: value for key, value in to_json(record).items() if key != "type"} for record in records]
    fastavro.writer(out, fastavro.parse_schema(dict(CURRENT["Decision"].schema)), plain, codec=codec)
    assert content(out.getvalue()) == records


def foreign(values: list[Any], codec: str = "null") -> bytes:
    other = {"type": "record", "name": "Other", "fields": [{"name": "x", "type": {"type": "array", "items": "string"}}]}
    schema: list[Any] = [other, dict(CURRENT["MessageSent"].schema)]
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(schema), values, codec=codec)
    return out.getvalue()


def test_a_record_that_is_not_ours_is_one_fault_and_the_next_is_read__c_16() -> None:
    hello = ("kithward.MessageSent", asdict(HELLO))
    found = content(foreign([hello, ("Other", {"x": ["a", "b"]}), hello]))
    assert [found[0], found[2]] == [HELLO, HELLO]
    assert isinstance(found[1], Malformed)
    assert found[1].reason is Reason.UNKNOWN_SCHEMA


@given(st.data())
def test_a_file_cut_off_anywhere_gives_what_is_whole_and_one_fault__c_16(draw: st.DataObject) -> None:
    data = file_of(HELLO, FRIENDS)
    end = draw.draw(st.integers(0, len(data) - 1))
    header = len(file_of())
    if end < header:
        with pytest.raises(Malformed):
            content(data[:end])
    elif end == header:
        assert content(data[:end]) == []
    else:
        assert [type(found) for found in content(data[:end])] == [Malformed]


@given(st.data())
def test_a_file_with_a_wrong_byte_never_raises_another_error(draw: st.DataObject) -> None:
    data = bytearray(file_of(HELLO, FRIENDS, HELLO))
    header = len(file_of())
    data[draw.draw(st.integers(0, 3) | st.integers(header, len(data) - 1))] ^= draw.draw(st.integers(1, 255))
    with suppress(Malformed):
        assert all(isinstance(found, (Record, Malformed)) for found in content(bytes(data)))


def with_header(schema: str, codec: str = "null") -> bytes:
    entries = {"avro.schema": schema, "avro.codec": codec}
    out = b"Obj\x01" + bytes([len(entries) * 2])
    for key, value in entries.items():
        for part in (key.encode(), value.encode()):
            assert len(part) < 64
            out += bytes([len(part) * 2]) + part
    return out + b"\x00" + b"S" * 16


@pytest.mark.parametrize(
    "data", [b"", b"Obj", b"{}", b"Obj\x01", with_header("nonsense"), with_header('"int"', "brotli")]
)
def test_a_file_without_a_usable_header_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        content(data)
    assert caught.value.reason is Reason.UNDECODABLE


@pytest.mark.parametrize("schema", ['"int"', "{}", "17", '{"type": "array", "items": "null"}', "[[]]"])
def test_a_file_of_anything_but_records_is_an_unknown_schema(schema: str) -> None:
    with pytest.raises(Malformed) as caught:
        content(with_header(schema))
    assert caught.value.reason is Reason.UNKNOWN_SCHEMA


PACKED = ["deflate", "snappy", "zstandard", "bzip2", "xz", "lz4"]


@pytest.mark.parametrize("codec", PACKED)
def test_a_compressed_block_that_expands_beyond_the_bound_is_refused(
    codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "MAX_BLOCK_BYTES", 1_000)
    if codec == "zstandard":  # The library writes it only with yet another library.
        many = with_blocks(json.dumps(dict(CURRENT["MessageSent"].schema)), codec, [(1, bytes(5_000))])
    else:
        many = foreign([("Other", {"x": ["a" * 5_000]})], codec=codec)
    (fault,) = content(many)
    assert isinstance(fault, Malformed)
    assert fault.fault == "a block larger than we accept"


@pytest.mark.parametrize("codec", ["deflate", "bzip2", "zstandard", "xz"])
def test_what_a_file_expands_to_is_bounded_by_its_size(codec: str) -> None:
    """Zeros are records of ours without an id: each would be a dead letter, hundreds for every byte of the file."""
    zeros = bytes(4 * compression.FREE_BYTES)
    bomb = with_blocks(json.dumps(dict(CURRENT["AccountErased"].schema)), codec, [(len(zeros) // 3, zeros)])
    assert compression.FREE_BYTES + len(bomb) * compression.MAX_RATIO < len(zeros)
    (fault,) = content(bomb)
    assert isinstance(fault, Malformed)
    assert fault.fault == "a block larger than we accept"


def test_a_zstandard_block_is_read_in_one_frame_or_several() -> None:
    body = encode_body(HELLO)
    schema = json.dumps(dict(CURRENT["MessageSent"].schema))
    frames = zstandard.compress(body[:9]) + zstandard.ZstdCompressor(write_content_size=False).compress(body[9:])
    assert content(with_blocks(schema, "zstandard", [(2, body + body)])) == [HELLO, HELLO]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zstandard, "compress", lambda _: frames)
        assert content(with_blocks(schema, "zstandard", [(1, body)])) == [HELLO]


def test_a_block_that_asks_for_more_memory_than_writers_need_is_refused() -> None:
    body = encode_body(HELLO)
    dictionary = {"id": lzma.FILTER_LZMA2, "dict_size": 128 * 2**20}
    window = zstandard.ZstdCompressionParameters(window_log=24)
    packed = {
        "xz": (lzma.compress(body, preset=9), lzma.compress(body, filters=[dictionary])),
        "zstandard": (
            zstandard.compress(body, 19),
            _streamed(zstandard.ZstdCompressor(compression_params=window), body),
        ),
    }
    for codec, (usual, hostile) in packed.items():
        unpack = compression.BlockCodec(codec).unpack
        assert unpack(usual, 1_000) == body
        with pytest.raises(Malformed):
            unpack(hostile, 1_000)


def _streamed(compressor: zstandard.ZstdCompressor, body: bytes) -> bytes:
    """Compress without the size of the content, so that the header states the window."""
    stream = compressor.compressobj()
    return stream.compress(body) + stream.flush()


def with_blocks(schema: str, codec: str, blocks: list[tuple[int, bytes]]) -> bytes:
    """Return a container file of blocks that hold any bytes."""
    out = io.BytesIO()
    entries = {"avro.schema": schema.encode(), "avro.codec": codec.encode()}
    header = {"magic": container.MAGIC, "meta": entries, "sync": bytes(16)}
    fastavro.schemaless_writer(out, container._HEADER, header)
    pack = {
        "deflate": lambda data: zlib.compress(data, 9)[2:-4],
        "bzip2": bz2.compress,
        "zstandard": zstandard.compress,
        "xz": lzma.compress,
    }[codec]
    for count, data in blocks:
        fastavro.schemaless_writer(out, "long", count)
        fastavro.schemaless_writer(out, "bytes", pack(data))
        out.write(bytes(16))
    return out.getvalue()


@pytest.mark.parametrize("codec", PACKED)
@given(wrong=st.binary(max_size=30))
@settings(max_examples=20)
def test_bytes_that_no_codec_writes_are_one_fault(codec: str, wrong: bytes) -> None:
    data = io.BytesIO()
    header = {"magic": container.MAGIC, "meta": {"avro.codec": codec.encode()}, "sync": bytes(16)}
    header["meta"] |= {"avro.schema": json.dumps(dict(CURRENT["MessageSent"].schema)).encode()}
    fastavro.schemaless_writer(data, container._HEADER, header)
    fastavro.schemaless_writer(data, "long", 1)
    fastavro.schemaless_writer(data, "bytes", wrong)
    data.write(bytes(16))
    assert [type(found) for found in content(data.getvalue())] == [Malformed]


def test_a_snappy_block_with_another_checksum_is_a_fault() -> None:
    packed = bytearray(foreign([("kithward.MessageSent", asdict(HELLO))], codec="snappy"))
    packed[-17] ^= 1
    (fault,) = content(bytes(packed))
    assert isinstance(fault, Malformed)
    assert fault.fault == "a block with another checksum than it declares"


def test_a_record_between_operators_has_no_place_in_a_file() -> None:
    between = AccountForgotten(event_id="e", at_ms=0, account_id="a", erased_id="b")
    with pytest.raises(KeyError):
        file_of(between)


def test_the_same_records_make_the_same_file() -> None:
    assert file_of(HELLO, FRIENDS) == file_of(HELLO, FRIENDS)


def test_the_name_of_a_file_says_its_form(tmp_path: Path) -> None:
    lines, packed = tmp_path / "events.jsonl", tmp_path / "events.avro"
    for path in (lines, packed):
        write_file(path, [HELLO, FRIENDS])
        assert list(read_file(path)) == [HELLO, FRIENDS]
    assert lines.read_bytes().startswith(b'{"type"')
    assert packed.read_bytes().startswith(b"Obj")


def test_a_bad_record_of_a_file_has_its_number_and_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "events.avro"
    path.write_bytes(foreign([("Other", {"x": ["a"]}), ("Other", {"x": []})]))
    found = list(read_file(path))
    assert all(isinstance(bad, BadLine) and bad.reason is Reason.UNKNOWN_SCHEMA for bad in found)
    assert [(bad.line, bad.raw) for bad in found if isinstance(bad, BadLine)] == [
        (1, b"\x00\x02\x02a\x00"),
        (2, b"\x00\x00"),
    ]


def test_many_records_make_many_blocks() -> None:
    many = [HELLO] * (2 * container.BLOCK_BYTES // len(encode_body(HELLO)) + 1)
    data = file_of(*many)
    assert content(data) == many
    assert len(list(fastavro.block_reader(io.BytesIO(data)))) > 1
