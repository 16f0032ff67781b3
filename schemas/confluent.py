"""Framing of values with a Confluent schema registry: `00`, the id of the schema in four bytes, the Avro body.

The subject is `<topic>-kithward.<Record>` (TopicRecordNameStrategy), with the topic's name on the
broker. The writer's schema comes from the registry and is resolved to ours by name, so a producer may be older or newer
than this job.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any, Final

from schemas import codec
from schemas.malformed import TRUNCATED, Malformed, Reason, undecodable
from schemas.records import Record
from schemas.registry import Registry
from schemas.schema_versions import CURRENT, Schema
from schemas.topic_names import CONTRACT_NAMES, TopicNames
from schemas.topics import Topic

MAGIC: Final = 0
MAX_READERS: Final = 1_024
"""Schemas in the cache. A platform has dozens."""
MAX_UNKNOWN: Final = 65_536
"""Unknown ids in a cache of their own: however many come, they displace no schema."""
UNKNOWN_FOR_S: Final = 30.0
"""How long an unknown id is cached as unknown, so that poison messages do not flood the registry with requests."""
_LAST_ID: Final = 2**31 - 1
"""The largest id that a registry gives. It answers a larger one as a wrong address, which would be asked again."""
_PREFIX: Final = Struct(">bI")

ReadAny = Callable[[bytes, int], Any]
"""Returns what is in a value's body, which begins at a place in the value; all of the rest must be it."""


class SchemaReaders:
    """Readers of a registry's values, by the id that each begins with. `make` returns the reader for a schema.

    Holds caches and no connection; create one per process.
    """

    def __init__(
        self, registry: Registry, make: Callable[[Schema], ReadAny], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._registry, self._make, self._clock = registry, make, clock
        self._readers: OrderedDict[int, ReadAny] = OrderedDict()
        self._unknown: OrderedDict[int, tuple[Malformed, float]] = OrderedDict()  # and until when it counts as that

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - what the readers return
        """Return what a value holds.

        Raises `Malformed` (UNKNOWN_SCHEMA for an id or schema without a reader, else UNDECODABLE), and
        `RegistryUnavailable` if the registry gives no answer now.
        """
        if not data or data[0] != MAGIC:
            raise undecodable("not in the registry's framing")
        if len(data) < _PREFIX.size:
            raise undecodable(TRUNCATED)
        return self._reader(_PREFIX.unpack_from(data)[1])(data, _PREFIX.size)

    def _reader(self, number: int) -> ReadAny:
        read = self._readers.get(number)
        if read is None:
            self._raise_if_unknown(number)
            read = self._readers[number] = self._look_up(number)
        self._readers.move_to_end(number)
        if len(self._readers) > MAX_READERS:
            self._readers.popitem(last=False)
        return read

    def _raise_if_unknown(self, number: int) -> None:
        fault, until_s = self._unknown.get(number, (None, 0.0))
        if fault is not None and self._clock() < until_s:
            raise Malformed(fault.reason, fault.fault, fault.field)

    def _look_up(self, number: int) -> ReadAny:
        schema = self._registry.schema(number) if number <= _LAST_ID else None
        try:
            if schema is None:
                raise Malformed(Reason.UNKNOWN_SCHEMA, f"the registry has no Avro schema {number}")  # noqa: TRY301
            read = self._make(schema)
        except Malformed as fault:
            self._unknown[number] = fault, self._clock() + UNKNOWN_FOR_S
            self._unknown.move_to_end(number)
            if len(self._unknown) > MAX_UNKNOWN:
                self._unknown.popitem(last=False)
            raise
        self._unknown.pop(number, None)
        return read


class ConfluentFraming:
    """A `Framing` that uses a registry. Holds caches and no connection; create one per process."""

    def __init__(
        self, registry: Registry, clock: Callable[[], float] = time.monotonic, names: TopicNames = CONTRACT_NAMES
    ) -> None:
        self.registry = registry
        self._names = names
        self._readers = SchemaReaders(registry, codec.reader_of, clock)
        self._numbers: dict[tuple[str, type[Record]], int] = {}

    def encode(self, record: Record, topic: str) -> bytes:
        """Return the value. Raises `RegistryUnavailable` without an id for the schema, `SchemaRefused` if refused."""
        return _PREFIX.pack(MAGIC, self._number(topic, type(record))) + codec.encode_body(record)

    def register(self, topics: Iterable[Topic]) -> None:
        """Register the schemas of topics before the first write. Raises `SchemaRefused`, `RegistryUnavailable`."""
        for topic in topics:
            for kind in topic.records:
                self._number(topic.name, kind)

    def decode(self, data: bytes) -> Record:
        """Return the record of a value. Raises as `SchemaReaders.decode`; a schema that is none of ours is unknown."""
        record: Record = self._readers.decode(data)
        return record

    def _number(self, topic: str, kind: type[Record]) -> int:
        key = topic, kind
        if key not in self._numbers:
            self._numbers[key] = self._register(*key)
        return self._numbers[key]

    def _register(self, topic: str, kind: type[Record]) -> int:
        return self.registry.register(
            f"{self._names.physical(topic)}-kithward.{kind.__name__}", CURRENT[kind.__name__].schema
        )
