"""Decoding of a block of an Avro object container file, written with the schema of a record or of a union of records.

The library reads a block in one call, and each record that it found is encoded again: where that yields the bytes of
the block, the library accepted nothing that is not valid Avro, and the end of each record is known. Blocks for which
this does not hold, and large ones, are decoded record by record.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any, Final

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas.malformed import Malformed, undecodable
from schemas.records import Record
from schemas.resolution import ResolvedRecord, inline_schema, is_record
from schemas.schema_versions import CURRENT, Schema, define_types_once, header_for
from schemas.strict_avro import PRIMITIVES, end_of, number
from schemas.writer_names import unresolvable

Item = tuple[Record | Malformed, bytes]
"""A record, or the fault in its bytes; and the bytes."""

AT_ONCE_BYTES: Final = 2**20
"""Largest block that is read in one call: its content may need hundreds of times as much memory. Other writers' blocks
have 16 to 64 kB before compression."""


class BlockReader:
    """Reader of the blocks of a file whose writer's schema is that of a record or of a union of records.

    Raises `Malformed` (UNKNOWN_SCHEMA) for any other schema.
    """

    def __init__(self, schema: Schema) -> None:
        self._spelt = inline_schema(schema)
        self._is_union = isinstance(self._spelt, list)
        branches = self._spelt if self._is_union else [self._spelt]
        if not branches or not all(map(is_record, branches)):
            raise unresolvable("not a schema of records")
        once = define_types_once(self._spelt, set())
        self._records = [
            _WriterRecord(branch, index if self._is_union else None, is_walked=_needs_walk(branch) or _refers(named))
            for index, (branch, named) in enumerate(zip(branches, once if self._is_union else [once], strict=True))
        ]
        self._by_name = {record.full_name: record for record in self._records}
        self._all = parse_schema({"type": "array", "items": once})

    def read(self, count: int, body: bytes) -> Iterable[Item]:
        """Return `count` records from the bytes of a block, and a fault if there is anything else.

        A value of a record that is not ours is skipped and returned as a `Malformed`. Where the end of a record cannot
        be found, the rest of the block is one fault.
        """
        return self._read_at_once(count, body) or self._read_one_by_one(count, body)

    def may_contain(self, name: str, count: int, body: bytes) -> bool:
        """Return whether one of the records of a block may be ours of that name.

        Invalid Avro that the library accepts makes no difference: up to there it reads as the walk does.
        """
        values = self._values(count, body)
        return values is None or any(record.name == name for record, _ in values)

    def _read_at_once(self, count: int, body: bytes) -> Sequence[Item]:
        """Return the items of a block; nothing where they have to be decoded one by one."""
        again, ends = BytesIO(), [0]
        values = self._values(count, body) or ()
        for record, value in values:
            if record.is_walked:
                return ()
            again.write(record.index)
            schemaless_writer(again, record.schema, value, disable_tuple_notation=True)
            ends.append(again.tell())
        if again.getvalue() != body:
            return ()
        raws = (body[start:end] for start, end in pairwise(ends))
        return [(record.convert(value, raw), raw) for (record, value), raw in zip(values, raws, strict=True)]

    def _values(self, count: int, body: bytes) -> "Sequence[tuple[_WriterRecord, Any]] | None":
        """Have the library read the block as an array, which it is but for its framing; None if it cannot."""
        if not 0 <= count <= len(body) <= AT_ONCE_BYTES:
            return None
        data = BytesIO(_encode_long(count) + body + _encode_long(0))
        try:
            found: Any = schemaless_reader(data, self._all, None, return_record_name=True)
        except (EOFError, IndexError, ValueError, OverflowError):
            return None
        if self._is_union:
            return [(self._by_name[name], value) for name, value in found]
        return [(self._records[0], value) for value in found]

    def _read_one_by_one(self, count: int, body: bytes) -> Iterator[Item]:
        for raw, fault in divide(self._spelt, count, body):
            if fault is None:
                yield self._records[number(raw, 0)[0] if self._is_union else 0].read(raw), raw
            else:
                yield fault, raw


def divide(schema: Schema, count: int, body: bytes) -> Iterator[tuple[bytes, Malformed | None]]:
    """Yield the bytes of each of the `count` values of a block, whose schema has every type inlined.

    Where the end of a value cannot be found, the rest of the block comes with the fault, and so do bytes left over.
    """
    at = 0
    for _ in range(min(count, len(body))):  # No value is empty.
        try:
            end = end_of(schema, body, at)
        except Malformed as fault:
            yield body[at:], fault
            return
        yield body[at:end], None
        at = end
    if at != len(body) or count > len(body):
        yield body[at:], undecodable("a block of another length than it declares")


class _WriterRecord:
    """One record schema of the writer, whether it is one of ours or not."""

    def __init__(self, spelt: Schema, index: int | None, *, is_walked: bool) -> None:
        self.full_name: str = spelt["name"]
        self.index = b"" if index is None else _encode_long(index)
        self.schema = parse_schema(define_types_once(spelt, set()))
        self.is_walked = is_walked
        try:
            self._record: ResolvedRecord | Malformed = ResolvedRecord(spelt)
            self.name = self._record.name
        except Malformed as fault:
            self._record, self.name = fault, ""
        self._is_ours = self.name in CURRENT and header_for(spelt) == CURRENT[self.name].header

    def read(self, raw: bytes) -> Record | Malformed:
        """Return the record in strictly valid bytes, or the fault in it alone."""
        if isinstance(self._record, Malformed):
            return self._record
        try:
            return self._record.decode(raw[len(self.index) :])
        except Malformed as fault:
            return fault

    def convert(self, value: Any, raw: bytes) -> Record | Malformed:  # noqa: ANN401 - the library's value
        """Return the record for a value that the library read from strictly valid bytes, or the fault in it alone."""
        if self._is_ours and isinstance(self._record, ResolvedRecord):
            return self._record.from_datum(value)
        return self.read(raw)


def _needs_walk(schema: Schema, *, among_others: bool = False) -> bool:
    """Return whether a value can only be decoded by the strict walk.

    For a number of 32 bits the library accepts a larger one, and writes it again; a record that is a branch of a union
    is returned together with its name.
    """
    if isinstance(schema, list):
        return any(_needs_walk(branch, among_others=True) for branch in schema)
    if isinstance(schema, dict):
        inner = [schema.get("items"), schema.get("values"), *(field["type"] for field in schema.get("fields", ()))]
        return (among_others and schema["type"] == "record") or any(map(_needs_walk, inner))
    return bool(schema == "int")


def _refers(schema: Schema) -> bool:
    """Return whether a branch of a union is a type that is defined elsewhere: it is returned together with its name."""
    if isinstance(schema, list):
        return any(branch not in PRIMITIVES if isinstance(branch, str) else _refers(branch) for branch in schema)
    if isinstance(schema, dict):
        inner = [schema.get("items"), schema.get("values"), *(field["type"] for field in schema.get("fields", ()))]
        return any(map(_refers, inner))
    return False


def _encode_long(value: int) -> bytes:
    out = BytesIO()
    schemaless_writer(out, "long", value)
    return out.getvalue()
