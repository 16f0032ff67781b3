"""Fuzzing of every form of input with mutations of valid records: `python -m tests.security.fuzz --records 200000`.

Whatever the bytes are, a reader returns records or says what is wrong with them, and needs memory by their size.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import fastavro

from jobs.errors import BadInput
from jobs.replay.event_files import InputRules, open_events
from schemas import codec, jsonl
from schemas.confluent import ConfluentFraming
from schemas.containers import container
from schemas.containers.compression import FREE_BYTES, MAX_RATIO
from schemas.malformed import Malformed
from schemas.records import MessageSent
from schemas.registry import Registry
from tests.schemas.test_container_files import with_blocks
from tests.security.floods import FLOODS, START_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemas.records import Record

    Read = Callable[[bytes], int]

PEAK_AT_LEAST: Final = 12 * FREE_BYTES
"""Bytes that reading may take however short the input is: the dictionary of xz alone has eight mebibytes."""
PEAK_PER_BYTE: Final = 2 * MAX_RATIO
"""Bytes that reading may take for each byte of input, beyond those: the content of a block, and its records."""
_TIMES: Final = (0, 1, 2, 7, 40)
_RARE: Final = 20  # one input in so many is of a form that takes long to make
_IN_THE_HEAD: Final = 0.1  # share of containers whose schema is mutated
_ARRAYS: Final = 0.5
_COMPRESSED: Final = 0.3
_BETWEEN: Final = "\n"
_CODECS: Final = ("null", "deflate", "snappy", "bzip2", "xz", "lz4", "zstandard")
_FOREIGN: Final = {
    "type": "record",
    "name": "kithward.MessageSent",
    "fields": [
        {"name": "event_id", "type": "string"},
        {"name": "at_ms", "type": "double"},
        {"name": "sender_id", "type": "string", "default": "a"},
        {"name": "recipient_id", "type": "string", "default": "b"},
        {"name": "text", "type": "string"},
    ],
}
"""A schema as another writer has it: other types, other defaults."""


class _Shelf(Registry):
    """A registry in this process, which knows the schemas that were written to it and no other."""

    def __init__(self) -> None:
        super().__init__("http://nowhere")
        self._kept: list[object] = []

    def schema(self, number: int) -> object:
        if not 0 <= number < len(self._kept):
            return {"type": "record", "name": "Unknown", "fields": []}
        return self._kept[number]

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:  # noqa: ARG002 - as a registry
        self._kept.append(json.loads(json.dumps(schema)))
        return len(self._kept) - 1


@dataclass
class Report:
    """What a run has seen: inputs by form and result, and the largest peak of memory beyond what is allowed."""

    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: dict[str, tuple[float, int, int]] = field(default_factory=dict)  # peak a byte, peak, size of the input
    failures: list[str] = field(default_factory=list)

    def add(self, form: str, data: bytes, result: str, peak: int) -> None:
        """Count an input and what reading it took."""
        self.results[form, result] += 1
        ratio = max(peak - PEAK_AT_LEAST, 0) / max(len(data), 1)
        self.worst[form] = max(self.worst.get(form, (0.0, 0, 0)), (ratio, peak, len(data)))
        if result.startswith("crashed") or ratio > PEAK_PER_BYTE:
            self.failures.append(f"{form}: {result}, {peak} bytes for {len(data)}: {data[:200].hex()}")

    def lines(self) -> Iterator[str]:
        """Yield the lines to print: counts, the worst of each form, the first failures."""
        for (form, result), count in sorted(self.results.items()):
            yield f"{form:14} {result:20} {count:>9,}"
        for form, (ratio, peak, size) in sorted(self.worst.items()):
            yield f"{form:14} worst peak {peak:,} bytes for {size:,} ({ratio:.1f} a byte beyond {PEAK_AT_LEAST:,})"
        yield from self.failures[:20]


def records(rng: random.Random) -> Record:
    """Return a valid record."""
    if rng.random() < 0.2:
        text = rng.choice(["hello", "付款", "x" * 2_000, "\U0001f600" * 50, ""])
        return MessageSent(event_id="m", at_ms=START_MS, sender_id="a", recipient_id="b", text=text)
    return rng.choice(list(FLOODS.values()))(rng.randrange(1_000))


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice(_TIMES)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _insert(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data) + 1)
    data[place:place] = rng.choice(_INSERTED) * rng.choice(_TIMES)


def _replace(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data) + 1)
    piece = rng.choice(_INSERTED)
    data[place : place + len(piece)] = piece


def _double(data: bytearray, rng: random.Random) -> None:
    first, last = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    data[first:first] = data[first:last] * rng.choice(_TIMES)


_INSERTED: Final = (
    b"\x00",
    b"\x01",  # -1: a block that declares its size, a negative length
    b"\xff" * 9 + b"\x01",  # the smallest long
    b"\xfe" + b"\xff" * 8 + b"\x01",  # the largest
    b"\x80\x80\x80\x80\x10",  # a length of four gigabytes
    b"\xff" * 12,  # a number without an end
    b"\xed\xa0\x80",  # a surrogate
    b"\xc3\x01" + bytes(8),  # an unknown fingerprint
    b"[" * 500,
    b'{"a":' * 300,
    b'"\\ud800"',
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"null",
    b"9" * 400,
    b'"type":"MessageSent",',
    b"\n",
)
_MUTATIONS: Final = (_flip, _cut, _insert, _replace, _double)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with some mutations."""
    changed = bytearray(data)
    for _ in range(rng.randint(0, 3)):
        rng.choice(_MUTATIONS)(changed, rng)
    return bytes(changed)


def _container(rng: random.Random) -> bytes:
    file = BytesIO()
    container.write(file, [records(rng) for _ in range(rng.randint(0, 3))])
    data = file.getvalue()
    body = data.index(b"avro.schema") if rng.random() < _IN_THE_HEAD else len(data) - 200
    return data[:body] + mutate(data[body:], rng)


def _foreign_container(rng: random.Random) -> bytes:
    """Return a container as another writer has it: any codec, and now and then a block of mebibytes of zeros."""
    text = "\0" * rng.choice((1, 100, 60_000))
    written = [{"event_id": f"m{number}", "at_ms": START_MS, "text": text} for number in range(rng.choice((0, 1, 200)))]
    chosen = rng.choice(_CODECS)
    if chosen == "zstandard":  # which the library writes only with yet another library
        body = BytesIO()
        for each in written:
            fastavro.schemaless_writer(body, _FOREIGN, {"sender_id": "a", "recipient_id": "b", **each})
        data = with_blocks(json.dumps(_FOREIGN), chosen, [(len(written), body.getvalue())])
    else:
        file = BytesIO()
        fastavro.writer(file, _FOREIGN, written, codec=chosen, sync_interval=1 << 24)
        data = file.getvalue()
    head = data.index(b"avro.schema") if rng.random() < _IN_THE_HEAD else min(len(data), 200)
    return data[:head] + mutate(data[head:], rng)


def _document(rng: random.Random) -> bytes:
    """Return a file of JSON: an array or objects over several lines, perhaps compressed."""
    values = [json.loads(jsonl.write_line(records(rng))) for _ in range(rng.randint(0, 3))]
    indent = rng.choice((None, 2))
    text = (
        json.dumps(values, indent=indent)
        if rng.random() < _ARRAYS
        else _BETWEEN.join(json.dumps(value, indent=indent) for value in values)
    )
    data = mutate(text.encode(), rng)
    return mutate(gzip.compress(data, 1, mtime=0), rng) if rng.random() < _COMPRESSED else data


def forms(directory: Path) -> dict[str, tuple[Callable[[random.Random], bytes], Read]]:
    """Return for each form what makes an input, and what reads it and returns the number of results."""
    framing = ConfluentFraming(_Shelf())
    file = directory / "events"

    def read_items(data: bytes) -> int:
        return sum(1 for _ in container.read(BytesIO(data)))

    def read_lines(data: bytes) -> int:
        return sum(1 for _ in jsonl.read_lines(BytesIO(data)))

    def read_file(data: bytes) -> int:
        file.write_bytes(data)
        with open_events((file,), rules=InputRules(max_bad=Fraction(1))) as opened:
            return sum(1 for _ in opened.events())

    return {
        "single-object": (lambda rng: mutate(codec.encode(records(rng)), rng), lambda data: bool(codec.decode(data))),
        "Confluent": (
            lambda rng: mutate(framing.encode(records(rng), "t"), rng),
            lambda data: bool(framing.decode(data)),
        ),
        "JSON lines": (lambda rng: mutate(jsonl.write_line(records(rng)).encode(), rng), read_lines),
        "container": (_container, read_items),
        "foreign container": (_foreign_container, read_items),
        "document": (_document, read_file),
    }


def inputs(number: int, seed: int, directory: Path) -> Iterator[tuple[str, bytes, Read]]:
    """Yield so many inputs; of the forms that take long to make there are few."""
    rng, made = random.Random(seed), forms(directory)
    common, rare = ["single-object", "Confluent", "JSON lines"], ["container", "foreign container", "document"]
    for place in range(number):
        name = rare[place // _RARE % len(rare)] if place % _RARE == 0 else common[place % len(common)]
        make, read = made[name]
        yield name, make(rng), read


def run(number: int, seed: int, directory: Path) -> Report:
    """Read so many inputs; files are written into the directory."""
    report = Report()
    tracemalloc.start()
    try:
        for form, data, read in inputs(number, seed, directory):
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            result = _result(read, data)
            report.add(form, data, result, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return report


def _result(read: Read, data: bytes) -> str:
    try:
        results = read(data)
    except (Malformed, BadInput):
        return "malformed"
    except Exception as fault:  # noqa: BLE001 - this is what is looked for
        return f"crashed by {type(fault).__name__}"
    return "read" if results <= len(data) + 1 else "crashed by more results than bytes"


def main() -> None:
    """Run and print what was seen; exit code 1 for a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="fuzz-") as directory:
        report = run(options.records, options.seed, Path(directory))
    sys.stdout.write("\n".join((*report.lines(), "")))
    raise SystemExit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
