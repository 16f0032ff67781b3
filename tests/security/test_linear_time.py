"""Parsing of hostile input in linear time: every parser gets a mebibyte of its worst case.

It may take four times as long as for a quarter of that, but not sixteen times, as with nested loops. The CPU time of
this thread is measured, and the best of several tries counts, so that a busy machine does not fail the test.
"""

from __future__ import annotations

import json
import struct
import time
import zlib
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.kafka.client_config import load_brokers
from jobs.policy import yaml_document
from jobs.policy.errors import InvalidPolicy
from operators.likeness.avif_cost import UnusualAvifError, coded_pixels
from operators.likeness.image_decoding import decode_grey
from operators.policy.model import Policy
from operators.screening.prefilter import Prefilter
from operators.screening.regex import pattern_spans
from operators.screening.screening import matchers_of
from operators.text.normalisation import normalise
from schemas.codec import decode, encode
from schemas.jsonl import read_line
from schemas.malformed import Malformed
from schemas.records import IncidentReported, MessageSent
from schemas.resolution import reader_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from operators.screening.matcher import Matcher

MEBIBYTE = 1 << 20
QUARTER = MEBIBYTE // 4
TOO_MUCH = 9.0
"""Between four times, which is linear, and sixteen."""
NOTHING_S = 0.05
"""Work that takes no longer than this for the whole passes: a quarter of it is too short to measure."""
TRIES = 3


def assert_linear(work: Callable[[bytes], object], worst: Callable[[int], bytes]) -> None:
    whole, part = worst(MEBIBYTE), worst(QUARTER)
    assert len(whole) >= 3 * len(part)
    ratios = []
    for _ in range(TRIES):
        whole_s = spent_s(work, whole)
        ratios.append(whole_s / max(spent_s(work, part), NOTHING_S / 4))
        if whole_s < NOTHING_S or ratios[-1] < TOO_MUCH:
            return
    pytest.fail(f"four times the input took {min(ratios):.1f} times the work")


def spent_s(work: Callable[[bytes], object], data: bytes) -> float:
    began_s = time.thread_time()
    with suppress(Malformed, InvalidPolicy, BadInput, UnusualAvifError):
        work(data)
    return time.thread_time() - began_s


def repeated(pattern: str | bytes, before: str = "", after: str = "") -> Callable[[int], bytes]:
    unit = pattern.encode() if isinstance(pattern, str) else pattern
    return lambda size: before.encode() + unit * (size // len(unit)) + after.encode()


@cache
def screen() -> Matcher:
    found, *_ = matchers_of(Policy())
    return found


TEXTS = {
    "digits": "1",
    "digits and hyphens": "1-",
    "digits and points": "411.",
    "pairs of digits": "12 ",
    "check characters": "X",
    "almost a card": "4111 1111 1111 1112 ",
    "dots": ".",
    "labels": "a.",
    "hosts": "shop.example/",
    "schemes": "http://",
    "ideographs and dots": "付.",
    "ideographs": "付款",
    "full width": "ｐａｙ",
    "combining marks": "\u0301",
    "a letter and its marks": "e\u0301\u0323",
    "zero width": "\u200b",
    "separators": "p-a-y-m-e-n-",
    "almost a keyword": "paymen",
    "keywords": "payment ",
    "hangul": "각",
    "what grows most in NFKC": "\ufdfa",
    "flags": "🇦",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_message_is_normalised_and_searched_in_linear_time__fa_12(name: str) -> None:
    assert_linear(lambda data: screen().find(normalise(data.decode())), repeated(TEXTS[name]))


@pytest.mark.parametrize("name", TEXTS)
def test_a_batch_is_prefiltered_in_linear_time(name: str) -> None:
    assert_linear(lambda data: Prefilter((screen(),)).candidate_texts([data]), repeated(TEXTS[name]))


@pytest.mark.parametrize("pattern", ["(a+)+b", "a*a*a*b", "(a|aa)+$", "a.*b.*c", "[a-z]+[0-9]"])
def test_a_pattern_of_the_target_condition_is_matched_in_linear_time__if_19(pattern: str) -> None:
    assert_linear(lambda data: list(pattern_spans(data.decode(), (pattern,))), repeated("a"))


LINES = {
    "nested lists": repeated("["),
    "nested objects": repeated('{"a":'),
    "escapes": repeated("\\u0041", '{"type":"MessageSent","text":"', '"}'),
    "backslashes": repeated("\\\\", '{"type":"MessageSent","text":"', '"}'),
    "an open string": repeated("a", '{"type":"'),
    "a number": repeated("9", '{"type":"MessageSent","at_ms":', "}"),
    "a fraction": repeated("9", '{"type":"MessageSent","at_ms":0.', "}"),
    "an exponent": repeated("9", '{"type":"MessageSent","at_ms":1e', "}"),
    "blanks": repeated(" ", "{"),
    "one field again and again": repeated('"a":1,', "{", '"b":1}'),
    "base64": repeated("AAAA", '{"type":"ProfileChanged","avatar_image":"', '"}'),
    "many objects": repeated('"o",', '{"type":"IncidentReported","object_ids":[', '"o"]}'),
    "no UTF-8": repeated(b"\xff"),
    "half pairs": repeated("\\ud800", '{"type":"MessageSent","text":"', '"}'),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_json_is_read_in_linear_time(name: str) -> None:
    assert_linear(read_line, LINES[name])


def _message(text: str) -> bytes:
    return encode(MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text=text))


def _report(size: int) -> bytes:
    report = IncidentReported(
        event_id="e", at_ms=1, incident_id="i", reporter_id="r", latitude=0.0, longitude=0.0, kind="k",
        object_ids=("o",) * (size // 2),
    )  # fmt: skip
    return encode(report)


VALUES = {
    "a long text": lambda size: _message("x" * size),
    "a text that is cut off": lambda size: _message("x" * size)[:-1],
    "a long way to a number": lambda size: _message("")[:10] + b"\xff" * size,
    "many objects": _report,
    "objects in blocks of one": lambda size: _report(2)[:-4] + b"\x02\x02o" * (size // 3) + b"\x00",
    "zeros": lambda size: _message("")[:10] + bytes(size),
}


@pytest.mark.parametrize("name", VALUES)
def test_an_avro_value_is_read_in_linear_time(name: str) -> None:
    assert_linear(decode, VALUES[name])


def _schema_of_many(size: int) -> bytes:
    fields = [{"name": f"f{number}", "type": "int"} for number in range(size // 40)]
    return json.dumps({"type": "record", "name": "MessageSent", "namespace": "kithward", "fields": fields}).encode()


def _schema_of_unions(size: int) -> bytes:
    fields = [{"name": "text", "type": ["null"] + ["string"] * (size // 10)}]
    return json.dumps({"type": "record", "name": "MessageSent", "namespace": "kithward", "fields": fields}).encode()


@pytest.mark.parametrize("worst", [_schema_of_many, _schema_of_unions])
def test_a_foreign_schema_is_resolved_in_linear_time(worst: Callable[[int], bytes]) -> None:
    assert_linear(lambda data: reader_for(json.loads(data)), worst)


DOCUMENTS = {
    "nested lists": repeated("["),
    "nested mappings": repeated("{a: "),
    "a list": repeated("- a\n", "a:\n"),
    "keys": repeated("? a\n"),
    "one key again and again": repeated("a: 1\n"),
    "aliases": repeated("- *a\n", "a: &a [1, 2, 3]\nb:\n"),
    "aliases of aliases": repeated("- &a [*a, *a]\n", "a: &a [1]\nb:\n"),
    "anchors": repeated("- &a 1\n", "a:\n"),
    "escapes": repeated("\\u0041", 'a: "', '"\n'),
    "an open string": repeated("a ", 'a: "'),
    "folded lines": repeated("a\n\n  ", "a: >\n  "),
    "comments": repeated("#\n"),
    "blanks": repeated(" "),
    "documents": repeated("---\n"),
    "half pairs in JSON": repeated("\\ud83d", '{"a": "', '"}'),
    "a number": repeated("9", "a: "),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_policy_is_read_in_linear_time(name: str) -> None:
    # The document's limit is a mebibyte, so what is measured stays below it.
    assert_linear(lambda data: yaml_document.read(data[: yaml_document.MAX_BYTES].decode()), DOCUMENTS[name])


PROPERTIES = {
    "a long value": repeated("a", "sasl.jaas.config="),
    "values that go on": repeated("a\\\n  ", "sasl.jaas.config="),
    "blanks": repeated(" ", "sasl.jaas.config=m required", "x"),
    "quotes": repeated('username="', "sasl.jaas.config=m required "),
    "lines": repeated("a\n"),
    "sections": repeated("[a]\n"),
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_file_of_properties_is_read_in_linear_time(name: str, tmp_path: Path) -> None:
    file = tmp_path / "client.properties"

    def read(data: bytes) -> None:
        file.write_bytes(data)
        load_brokers("here:9092", file)

    assert_linear(read, PROPERTIES[name])


def _png(chunk: bytes) -> Callable[[int], bytes]:
    def of(size: int) -> bytes:
        head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + chunk * (size // len(chunk))

    return of


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PICTURES = {
    "PNG of empty notes": _png(_chunk(b"tEXt", b"a\0")),
    "PNG of empty data": _png(_chunk(b"IDAT", b"")),
    "JPEG of stuffing": repeated(b"\xff", after=""),
    "JPEG of empty notes": lambda size: b"\xff\xd8" + b"\xff\xfe\x00\x02" * (size // 4),
    "JPEG of application's notes": lambda size: b"\xff\xd8" + b"\xff\xe1\x00\x08Exif\0\0" * (size // 10),
    "GIF of empty notes": lambda size: b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xfe\x00" * (size // 3),
    "WebP of empty parts": lambda size: b"RIFF\xff\xff\xff\0WEBP" + b"VP8X\0\0\0\0" * (size // 8),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_refused_in_linear_time(name: str) -> None:
    assert_linear(lambda data: decode_grey(data, 2 * MEBIBYTE, 40_000_000), PICTURES[name])


def _box(name: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4) + name + content


def _avif(places: bytes, infos: bytes = b"") -> bytes:
    return _box(b"meta", bytes(4) + _box(b"iinf", bytes(6) + infos) + _box(b"iloc", places))


AVIFS = {
    "empty boxes": repeated(b"\0\0\0\x08free"),
    "empty descriptions": lambda size: _avif(bytes(8), b"\0\0\0\x08infe" * (size // 8)),
    "items of one byte": lambda size: _avif(
        b"\2\0\0\0\x04\0" + (1 << 30).to_bytes(4) + (bytes(9) + b"\1" + bytes(3) + b"\1") * (size // 14)
    ),
    "items of nothing": lambda size: _avif(b"\2\0\0\0\x04\0" + (1 << 30).to_bytes(4) + bytes(size)),
}


@pytest.mark.parametrize("name", AVIFS)
def test_an_avif_is_measured_in_linear_time__ai_30(name: str) -> None:
    assert_linear(coded_pixels, AVIFS[name])
