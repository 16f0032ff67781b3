"""How do bytes written with one schema become a record of today? Key: the writer's schema, matched by names.

Avro's schema resolution, as far as the contract needs it: fields may be added with a default, dropped, reordered or
promoted. A schema that cannot be resolved to ours is `Malformed` with the reason UNKNOWN_SCHEMA.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Final

from schemas import avro_reader, records
from schemas.avro_reader import Read
from schemas.malformed import Malformed, Reason
from schemas.released import CURRENT

Schema = Any
"""A schema as JSON: a name, a list (union) or an object."""

_PRIMITIVES: Final[Mapping[str, Read]] = {
    "null": avro_reader.read_null,
    "boolean": avro_reader.read_boolean,
    "int": avro_reader.read_int,
    "long": avro_reader.read_long,
    "float": avro_reader.read_float,
    "double": avro_reader.read_double,
    "bytes": avro_reader.read_bytes,
    "string": avro_reader.read_string,
}
_SMALLEST: Final = {"null": 0, "float": 4, "double": 8}
"""Bytes that a value has at least, where that is not one."""
_PROMOTIONS: Final[Mapping[tuple[str, str], Callable[[Any], Any] | None]] = {
    ("int", "long"): None,
    ("int", "float"): float,
    ("int", "double"): float,
    ("long", "float"): float,
    ("long", "double"): float,
    ("float", "double"): None,
    ("string", "bytes"): str.encode,
}


def unresolvable(fault: str) -> Malformed:
    """The writer's schema is none that we can read."""
    return Malformed(Reason.UNKNOWN_SCHEMA, fault)


def _plain(name: str) -> str:
    """A name without its namespace: records are matched by that alone."""
    return name.rpartition(".")[2]


class _Names:
    """The named types of one schema, known from where they are defined on. Recursive types are refused."""

    def __init__(self) -> None:
        self._defined: dict[str, Schema] = {}
        self._open: set[str] = set()

    def look_up(self, schema: Schema) -> Schema:
        """The schema's definition: an object, a list, or a primitive's name."""
        if isinstance(schema, dict):
            if "name" in schema:
                self._defined[_plain(schema["name"])] = schema
            return schema["type"] if schema["type"] in _PRIMITIVES else schema
        if isinstance(schema, list) or schema in _PRIMITIVES:
            return schema
        return self._defined[_plain(schema)]

    def enter(self, name: str) -> None:
        """A record begins; within itself it may not occur."""
        if name in self._open:
            raise unresolvable("a record that contains itself")
        self._open.add(name)

    def leave(self, name: str) -> None:
        """The record is complete and may occur again."""
        self._open.discard(name)


def _kind(schema: Schema) -> str:
    return schema if isinstance(schema, str) else "union" if isinstance(schema, list) else schema["type"]


class Resolver:
    """Composes the reader for one pair of schemas. `ours` is None for what is read and dropped."""

    def __init__(self) -> None:
        self._theirs = _Names()
        self._ours = _Names()

    def resolve(self, theirs: Schema, ours: Schema | None) -> Read:
        """Return the reader of values written with `theirs`. Raises `Malformed` (UNKNOWN_SCHEMA)."""
        theirs = self._theirs.look_up(theirs)
        ours = None if ours is None else self._ours.look_up(ours)
        if isinstance(theirs, list):
            return self._union(theirs, ours)
        ours = self._branch(theirs, ours) if isinstance(ours, list) else ours
        kind = _kind(theirs)
        if kind in _PRIMITIVES:
            return self._primitive(kind, ours)
        if ours is not None and _kind(ours) != kind:
            raise unresolvable(f"{kind} where we have {_kind(ours)}")
        return self._complex(kind, theirs, ours or {})

    def _complex(self, kind: str, theirs: Schema, ours: Schema) -> Read:
        if kind == "record":
            return self._record(theirs, ours)
        if kind == "enum":
            return self._enum(theirs, ours)
        if kind == "fixed":
            return avro_reader.fixed(theirs["size"])
        inner = "items" if kind == "array" else "values"
        item, smallest = self.resolve(theirs[inner], ours.get(inner)), self._smallest(theirs[inner])
        if kind == "map":
            return avro_reader.mapping(item, smallest)
        if not smallest:
            raise unresolvable("an array of nothings, whose length nothing bounds")
        return avro_reader.array(item, smallest)

    def _primitive(self, kind: str, ours: Schema | None) -> Read:
        read = _PRIMITIVES[kind]
        if ours is None or ours == kind:
            return read
        if not isinstance(ours, str) or (kind, ours) not in _PROMOTIONS:
            raise unresolvable(f"{kind} where we have {_kind(ours)}")
        convert = _PROMOTIONS[kind, ours]
        return read if convert is None else _converted(read, convert)

    def _union(self, theirs: Sequence[Schema], ours: Schema | None) -> Read:
        branches = [self._attempt(branch, ours) for branch in theirs]
        if len(theirs) == 2 and "null" in theirs:  # noqa: PLR2004
            null_at = theirs.index("null")
            return avro_reader.nullable(branches[1 - null_at], null_at)
        return avro_reader.union(branches)

    def _attempt(self, theirs: Schema, ours: Schema | None) -> Read:
        """Read one branch of their union; that we cannot take it matters only when it occurs."""
        try:
            return self.resolve(theirs, ours)
        except Malformed:
            return _refusal(avro_reader.undecodable("a kind of value that the field does not have"))

    def _branch(self, theirs: Schema, ours: list[Schema]) -> Schema:
        """Our branch for their value: the same kind if there is one, else one to which it can be promoted."""
        candidates = [self._ours.look_up(branch) for branch in ours]
        same = [branch for branch in candidates if _kind(branch) == _kind(theirs)]
        promoted = [branch for branch in candidates if (_kind(theirs), _kind(branch)) in _PROMOTIONS]
        if not same and not promoted:
            raise unresolvable("a kind of value that the field does not have")
        return (same or promoted)[0]

    def _record(self, theirs: Schema, ours: Schema) -> Read:
        name = _plain(theirs["name"])
        if ours and _plain(ours["name"]) != name:
            raise unresolvable("a record of another name")
        own = {field["name"]: field["type"] for field in ours.get("fields", ())}
        names = [field["name"] for field in theirs["fields"]]
        self._theirs.enter(name)
        reads = [self.resolve(field["type"], own.get(field["name"])) for field in theirs["fields"]]
        self._theirs.leave(name)
        return avro_reader.record(names, reads, _maker(getattr(records, name), names) if ours else list)

    def _enum(self, theirs: Schema, ours: Schema) -> Read:
        if not ours:
            return avro_reader.enum(theirs["symbols"])
        members: Mapping[str, Any] = getattr(records, _plain(ours["name"])).__members__
        unknown = avro_reader.undecodable("a symbol that the field does not have")
        return avro_reader.enum([members.get(symbol, unknown) for symbol in theirs["symbols"]])

    def _smallest(self, schema: Schema) -> int:
        schema = self._theirs.look_up(schema)
        kind = _kind(schema)
        if kind == "record":
            return sum(self._smallest(field["type"]) for field in schema["fields"])
        return int(schema["size"]) if kind == "fixed" else _SMALLEST.get(kind, 1)


def _converted(read: Read, convert: Callable[[Any], Any]) -> Read:
    def converted(data: bytes, at: int) -> tuple[Any, int]:
        value, end = read(data, at)
        return convert(value), end

    return converted


def _refusal(fault: Malformed) -> Read:
    def refuse(_data: bytes, _at: int) -> tuple[Any, int]:
        raise fault

    return refuse


def _maker(cls: type, written: Sequence[str]) -> Callable[[list[Any]], Any]:
    """Make the dataclass from the written values; what was not written gets its default.

    It fills the slots directly: calling the class would cost twice as much, and this runs once per message.
    """
    new = object.__new__
    known = {field.name for field in fields(cls)}
    setters = [getattr(cls, name).__set__ if name in known else _drop for name in written]
    defaults = [(getattr(cls, f.name).__set__, f.default) for f in fields(cls) if f.name not in written]
    if any(default is MISSING for _, default in defaults):
        raise unresolvable("a field without default is missing")

    def make(values: list[Any]) -> Any:  # noqa: ANN401
        instance: Any = new(cls)
        for put, value in zip(setters, values, strict=True):
            put(instance, value)
        for put, value in defaults:
            put(instance, value)
        return instance

    return make


def _drop(_instance: object, _value: object) -> None:
    """Forget a value for which we have no field."""


def reader_for(theirs: Schema) -> Read:
    """Return the reader of a record written with `theirs` as our record of that name.

    Raises `Malformed` (UNKNOWN_SCHEMA) if we have none, or if the two cannot be resolved.
    """
    try:
        name = _plain(theirs["name"])
        return _named(name, Resolver().resolve(theirs, CURRENT[name].schema))
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise unresolvable("a schema that is no record of ours") from None


def _named(name: str, read: Read) -> Read:
    """Name the record in whatever is wrong within it."""

    def named(data: bytes, at: int) -> tuple[Any, int]:
        try:
            return read(data, at)
        except Malformed as fault:
            raise fault.within(name) from None

    return named
