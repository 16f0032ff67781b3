"""How are the records of a block of a container file read? Key: the writer's schema, of a record or of several.

The library reads a block in one call, and each record that it has found is written again: where that makes the block's
very bytes, the library has not taken anything that is no Avro, and it is known where each record ends. Blocks for which
this does not hold, and large ones, are walked record by record.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any, Final

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas.malformed import Malformed, undecodable
from schemas.records import Record
from schemas.resolution import ForeignRecord, bounded, is_record, unresolvable
from schemas.schema_versions import CURRENT, Schema, header_for, named_once
from schemas.strict_avro import end_of, number

Item = tuple[Record | Malformed, bytes]
"""A record with its bytes; or what is wrong with them."""

AT_ONCE_BYTES: Final = 2**20
"""Of a block that is read in one call: its content may take hundreds of times as much memory. Other writers' blocks
have 16 to 64 kB, before they are packed."""


class Blocks:
    """Reads the blocks of a file that was written with a schema: of a record, or of a union of records.

    Raises `Malformed` (UNKNOWN_SCHEMA) for another schema.
    """

    def __init__(self, schema: Schema) -> None:
        self._spelt = bounded(schema)
        self._is_union = isinstance(self._spelt, list)
        branches = self._spelt if self._is_union else [self._spelt]
        if not branches or not all(map(is_record, branches)):
            raise unresolvable("not a schema of records")
        self._records = [
            _WriterRecord(branch, index if self._is_union else None) for index, branch in enumerate(branches)
        ]
        self._by_name = {record.full_name: record for record in self._records}
        self._all = parse_schema({"type": "array", "items": named_once(self._spelt, set())})

    def read(self, count: int, body: bytes) -> Iterable[Item]:
        """Return so many records out of a block's bytes, and a fault if there is anything else.

        A value of a record that is not ours is passed over, and comes out as the `Malformed` that it is. Where the end
        of a record cannot be found, the rest of the block is one fault.
        """
        return self._read_at_once(count, body) or self._read_one_by_one(count, body)

    def may_hold(self, name: str, count: int, body: bytes) -> bool:
        """Return whether one of a block's records may be ours of that name.

        What the library takes that is no Avro makes no difference: up to there it reads as the walk does.
        """
        values = self._values(count, body)
        return values is None or any(record.name == name for record, _ in values)

    def _read_at_once(self, count: int, body: bytes) -> Sequence[Item]:
        """Return the items of a block; nothing where they have to be walked."""
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
        return [(record.taken(value, raw), raw) for (record, value), raw in zip(values, raws, strict=True)]

    def _values(self, count: int, body: bytes) -> "Sequence[tuple[_WriterRecord, Any]] | None":
        """Let the library read a block as what it is but for its frame: an array. None if it cannot."""
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
        at = 0
        for _ in range(min(count, len(body))):  # No record is empty.
            try:
                end = end_of(self._spelt, body, at)
            except Malformed as fault:
                yield fault, body[at:]
                return
            record = self._records[number(body, at)[0] if self._is_union else 0]
            raw = body[at:end]
            yield record.read(raw), raw
            at = end
        if at != len(body) or count > len(body):
            yield undecodable("a block of another length than it says"), body[at:]


class _WriterRecord:
    """One record of the writer's schema, whether it is one of ours or not."""

    def __init__(self, spelt: Schema, index: int | None) -> None:
        self.full_name: str = spelt["name"]
        self.name = self.full_name.rpartition(".")[2]
        self.index = b"" if index is None else _encode_long(index)
        self.schema = parse_schema(named_once(spelt, set()))
        self.is_walked = _needs_walk(spelt)
        try:
            self._record: ForeignRecord | Malformed = ForeignRecord(spelt)
        except Malformed as fault:
            self._record = fault
        self._is_ours = self.name in CURRENT and header_for(spelt) == CURRENT[self.name].header

    def read(self, raw: bytes) -> Record | Malformed:
        """Return the record that stands in strict bytes, or what is wrong with it alone."""
        if isinstance(self._record, Malformed):
            return self._record
        try:
            return self._record.resolved(raw[len(self.index) :])
        except Malformed as fault:
            return fault

    def taken(self, value: Any, raw: bytes) -> Record | Malformed:  # noqa: ANN401 - as the library has it
        """Return the record that the library has read out of strict bytes, or what is wrong with it alone."""
        if self._is_ours and isinstance(self._record, ForeignRecord):
            return self._record.made(value)
        return self.read(raw)


def _needs_walk(schema: Schema, *, among_others: bool = False) -> bool:
    """Whether a value can only be walked.

    For a number of 32 bits the library takes a larger one, and writes it again; a record that is one of a union comes
    out together with its name.
    """
    if isinstance(schema, list):
        return any(_needs_walk(branch, among_others=True) for branch in schema)
    if isinstance(schema, dict):
        inner = [schema.get("items"), schema.get("values"), *(field["type"] for field in schema.get("fields", ()))]
        return (among_others and schema["type"] == "record") or any(map(_needs_walk, inner))
    return bool(schema == "int")


def _encode_long(value: int) -> bytes:
    out = BytesIO()
    schemaless_writer(out, "long", value)
    return out.getvalue()
