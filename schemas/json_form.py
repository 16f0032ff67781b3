"""JSON form of records: `{"type": "MessageSent", ...}`, bytes as base64, enums as their symbols.

Composed once per current schema, like the Avro forms. Absent fields get the schema's default. Unknown ones are refused,
or ignored and reported to the caller: a misspelt optional field must not be dropped silently.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final, cast

from msgspec.structs import fields

from schemas import records
from schemas.malformed import Malformed, Reason
from schemas.records import RECORDS, Record
from schemas.schema_versions import CURRENT, Schema

FromJson = Callable[[Any], Any]
OnUnknown = Callable[[str], None]
"""Called with each field that is ignored, as `MessageSent.trace_id`."""

_EXACT: Final = 2**53
"""Up to here a double holds every whole number exactly."""

_PRINTABLE_NAME: Final = re.compile(r"[A-Za-z_]{1,64}")
"""A name in somebody else's line is quoted only if it looks like one: it could be a piece of a message (C-14)."""


def _not_a(wanted: str) -> Malformed:
    return Malformed(Reason.UNDECODABLE, f"not {wanted}")


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _not_a("a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _not_a("valid Unicode: a surrogate stands alone") from None
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise _not_a("a string of base64")
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise _not_a("valid base64") from None


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _not_a("true or false")
    return value


def _double(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _not_a("a number")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise Malformed(Reason.OUT_OF_RANGE, "not a finite number")
    return number


def _integer(bits: int) -> FromJson:
    bound = 2 ** (bits - 1)

    def integer(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value) if abs(value) <= _EXACT else bound
        if isinstance(value, bool) or not isinstance(value, int):
            raise _not_a("a whole number")
        if not -bound <= value < bound:
            raise Malformed(Reason.OUT_OF_RANGE, f"a number beyond {bits} bits")
        return value

    return integer


def _nullable(inner: FromJson) -> FromJson:
    return lambda value: None if value is None else inner(value)


def _enum(members: Mapping[str, Any]) -> FromJson:
    def enum(value: object) -> object:
        member = members.get(value) if isinstance(value, str) else None
        if member is None:
            raise _not_a("one of " + ", ".join(members))
        return member

    return enum


def _array(item: FromJson) -> FromJson:
    def array(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _not_a("a list")
        return tuple(map(item, value))

    return array


def _mapping(inner: FromJson) -> FromJson:
    def mapping(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _not_a("an object")
        return {_string(key): inner(content) for key, content in value.items()}

    return mapping


def _refuse_unknown(name: str) -> None:
    raise Malformed(Reason.UNDECODABLE, f"the record has no field {name.partition('.')[2]}")


def _record(
    cls: Callable[..., Any], parts: Mapping[str, FromJson], required: frozenset[str], on_unknown: OnUnknown
) -> FromJson:
    def record(value: object) -> object:
        if not isinstance(value, dict):
            raise _not_a("an object")
        if missing := required - value.keys():
            raise Malformed(Reason.MISSING_FIELD, "missing", min(missing))
        values = {}
        for name, content in value.items():
            part = parts.get(name)
            if part is None:
                on_unknown(f"{cls.__name__}.{_printable_name(name)}")
                continue
            try:
                values[name] = part(content)
            except Malformed as fault:
                raise fault.within(name) from None
        return cls(**values)

    return record


def _printable_name(name: object) -> str:
    return name if isinstance(name, str) and _PRINTABLE_NAME.fullmatch(name) else "of such a name"


_PRIMITIVES: Final[Mapping[str, FromJson]] = {
    "string": _string,
    "bytes": _bytes,
    "boolean": _boolean,
    "int": _integer(32),
    "long": _integer(64),
    "double": _double,
}


def _reader(schema: Schema, names: dict[str, FromJson], on_unknown: OnUnknown) -> FromJson:
    if isinstance(schema, list):
        return _nullable(_reader(next(branch for branch in schema if branch != "null"), names, on_unknown))
    if isinstance(schema, str):
        return _PRIMITIVES.get(schema) or names[schema]
    if schema["type"] == "array":
        return _array(_reader(schema["items"], names, on_unknown))
    if schema["type"] == "map":
        return _mapping(_reader(schema["values"], names, on_unknown))
    cls = getattr(records, schema["name"])
    if schema["type"] == "enum":
        return names.setdefault(schema["name"], _enum(cls.__members__))
    parts = {field["name"]: _reader(field["type"], names, on_unknown) for field in schema["fields"]}
    required = frozenset(field.name for field in fields(cls) if field.required)
    return names.setdefault(schema["name"], _record(cls, parts, required, on_unknown))


class JsonForm:
    """Reader of records in JSON; `on_unknown` gets the fields that no schema has, which are refused without it."""

    def __init__(self, on_unknown: OnUnknown = _refuse_unknown) -> None:
        self._readers = {name: _reader(release.schema, {}, on_unknown) for name, release in CURRENT.items()}

    def read(self, value: object) -> Record:
        """Return the record that a JSON object describes.

        Raises `Malformed`: MISSING_FIELD, UNKNOWN_SCHEMA (no such type), OUT_OF_RANGE (a number beyond its bits or not
        finite), else UNDECODABLE.
        """
        if not isinstance(value, dict):
            raise _not_a("an object")
        if "type" not in value:
            raise Malformed(Reason.MISSING_FIELD, "missing", "type")
        name = value["type"]
        if not isinstance(name, str) or name not in RECORDS:
            raise Malformed(Reason.UNKNOWN_SCHEMA, f"there is no record {_printable_name(name)}", "type")
        try:
            return cast("Record", self._readers[name]({key: part for key, part in value.items() if key != "type"}))
        except Malformed as fault:
            raise fault.within(name) from None


def field_readers(name: str) -> Mapping[str, FromJson]:
    """Return the reader of each field of the current schema of a record; one raises `Malformed` as `JsonForm` does."""
    names: dict[str, FromJson] = {}
    return {field["name"]: _reader(field["type"], names, _refuse_unknown) for field in CURRENT[name].schema["fields"]}


STRICT: Final = JsonForm()
from_json: Final = STRICT.read


def _json_value(value: Any) -> Any:  # noqa: ANN401
    """Return the JSON value for a value of a record."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return [_json_value(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _json_value(content) for key, content in value.items()}
    return {name: _json_value(getattr(value, name)) for name in value.__struct_fields__}


def to_json(record: Record) -> dict[str, Any]:
    """Return the record as a JSON object, its type first, then every field in the order of the schema."""
    return {"type": type(record).__name__, **_json_value(record)}
