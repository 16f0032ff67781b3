"""How do bytes written with one schema become a record of today? Key: the writer's schema, matched by names.

Avro's schema resolution, as far as the contract needs it: fields may be added with a default, dropped, reordered or
promoted. A schema that cannot be resolved to ours is `Malformed` with the reason UNKNOWN_SCHEMA.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, fields
from typing import Any, Final

from schemas import avro_reader, records
from schemas.avro_reader import Read
from schemas.malformed import Malformed, Reason
from schemas.released import CURRENT, Schema, named_types

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
MAX_PARTS: Final = 10_000
"""Types in a writer's schema, each counted as often as it is used. Our largest record has a few dozen."""
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


def _names(schema: Schema) -> dict[str, Schema]:
    return {_plain(definition["name"]): definition for definition in named_types(schema)}


_OURS: Final[Mapping[str, Schema]] = _names([release.schema for release in CURRENT.values()])


def _definition(schema: Schema, names: Mapping[str, Schema]) -> Schema:
    """Return an object, a list, or a primitive's name: whatever the schema is short for."""
    if isinstance(schema, dict):
        return schema["type"] if schema["type"] in _PRIMITIVES else schema
    return schema if isinstance(schema, list) or schema in _PRIMITIVES else names[_plain(schema)]


def _kind(schema: Schema) -> str:
    return schema if isinstance(schema, str) else "union" if isinstance(schema, list) else schema["type"]


class Resolver:
    """Composes readers for what one foreign schema, `whole`, says. `ours` is None for what is read and dropped."""

    def __init__(self, whole: Schema) -> None:
        self._names = _names(whole)
        self._open: set[str] = set()
        self._parts = 0

    def resolve(self, theirs: Schema, ours: Schema | None) -> Read:
        """Return the reader of values written with `theirs`. Raises `Malformed` (UNKNOWN_SCHEMA)."""
        theirs = self._counted(_definition(theirs, self._names))
        ours = None if ours is None else _definition(ours, _OURS)
        if isinstance(theirs, list):
            return self._union(theirs, ours)
        ours = self._branch(theirs, ours) if isinstance(ours, list) else ours
        kind = _kind(theirs)
        if kind in _PRIMITIVES:
            return self._primitive(kind, ours)
        if ours is not None and _kind(ours) != kind:
            raise unresolvable(f"{kind} where we have {_kind(ours)}")
        return self._complex(kind, theirs, ours or {})

    def _counted(self, theirs: Schema) -> Schema:
        """Bound what names may unfold to: a short schema can say a record of two records of two records, and so on."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise unresolvable("a schema of too many parts")
        return theirs

    def _complex(self, kind: str, theirs: Schema, ours: Schema) -> Read:
        if kind == "record":
            return self._record(theirs, ours)
        if kind == "enum":
            return self._enum(theirs, ours)
        if kind == "fixed":
            return avro_reader.fixed(_size(theirs))
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
            return _refuse

    def _branch(self, theirs: Schema, ours: list[Schema]) -> Schema:
        """Our branch for their value: the same kind if there is one, else one to which it can be promoted."""
        candidates = [_definition(branch, _OURS) for branch in ours]
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
        with self._inside(name):
            reads = [self.resolve(field["type"], own.get(field["name"])) for field in theirs["fields"]]
        return avro_reader.record(names, reads, _maker(getattr(records, name), names) if ours else list)

    @contextmanager
    def _inside(self, name: str) -> Iterator[None]:
        """Stay inside a record, where it may not occur again: nothing would bound its depth."""
        if name in self._open:
            raise unresolvable("a record that contains itself")
        self._open.add(name)
        try:
            yield
        finally:
            self._open.discard(name)

    def _enum(self, theirs: Schema, ours: Schema) -> Read:
        if not ours:
            return avro_reader.enum(list(theirs["symbols"]))
        members: Mapping[str, Any] = getattr(records, _plain(ours["name"])).__members__
        return avro_reader.enum([members.get(symbol) for symbol in theirs["symbols"]])

    def _smallest(self, schema: Schema) -> int:
        schema = self._counted(_definition(schema, self._names))
        kind = _kind(schema)
        if kind == "record":
            return sum(self._smallest(field["type"]) for field in schema["fields"])
        return _size(schema) if kind == "fixed" else _SMALLEST.get(kind, 1)


def _size(schema: Schema) -> int:
    size = schema["size"]
    if not isinstance(size, int) or size < 1:
        raise unresolvable("a fixed type without a size")
    return size


def _converted(read: Read, convert: Callable[[Any], Any]) -> Read:
    def converted(data: bytes, at: int) -> tuple[Any, int]:
        value, end = read(data, at)
        return convert(value), end

    return converted


def _refuse(_data: bytes, _at: int) -> tuple[Any, int]:
    raise avro_reader.undecodable("a kind of value that the field does not have")


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
    return _composed(_ours, theirs)


def reader_of_any(theirs: Schema) -> Read:
    """Return the reader of a record or a union of records, as container files have it.

    A value of a record that is not ours is read to its end, and comes out as the `Malformed` that it is.
    Raises `Malformed` (UNKNOWN_SCHEMA) if even its end cannot be found.
    """
    return _composed(_any, theirs)


def _composed(how: Callable[[Resolver, Schema], Read], theirs: Schema) -> Read:
    try:
        return how(Resolver(theirs), theirs)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise unresolvable("not a schema of a record") from None


def _ours(resolver: Resolver, theirs: Schema) -> Read:
    name = _plain(theirs["name"])
    if name not in CURRENT:
        raise unresolvable("a record that we do not have")
    return _named(name, resolver.resolve(theirs, CURRENT[name].schema))


def _any(resolver: Resolver, theirs: Schema) -> Read:
    if isinstance(theirs, list):
        return avro_reader.union([_ours_or_fault(resolver, branch) for branch in theirs])
    return _ours_or_fault(resolver, theirs)


def _ours_or_fault(resolver: Resolver, theirs: Schema) -> Read:
    try:
        return _ours(resolver, theirs)
    except Malformed as fault:
        return _faulty(resolver.resolve(theirs, None), fault)


def _faulty(skip: Read, fault: Malformed) -> Read:
    return lambda data, at: (fault, skip(data, at)[1])


def _named(name: str, read: Read) -> Read:
    """Name the record in whatever is wrong within it."""

    def named(data: bytes, at: int) -> tuple[Any, int]:
        try:
            return read(data, at)
        except Malformed as fault:
            raise fault.within(name) from None

    return named
