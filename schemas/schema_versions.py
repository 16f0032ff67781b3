"""All released schemas, by record name and version, and by fingerprint.

A file `schemas/avro/<Record>.<version>.avsc` is a release: it is never edited and never removed, because bytes
written with it may be in a topic or in a file for years. The highest version is the one in force.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from typing import Any, Final

from fastavro.schema import fingerprint, to_parsing_canonical_form

PREFIX: Final = b"\xc3\x01"
"""Marker of Avro's single-object encoding, before the fingerprint of the schema."""


Schema = Any
"""A schema as JSON: a name, a list (union) or an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of the schema of a record. `schema` is the JSON of the file; `topic` is the topic of the record."""

    name: str
    version: int
    topic: str
    schema: Mapping[str, Any]
    header: bytes

    @property
    def fingerprint(self) -> str:
        """The CRC-64-AVRO of the parsing canonical form as 16 hex digits, in wire order."""
        return self.header[len(PREFIX) :].hex()


def named_types(schema: Schema) -> Iterator[Mapping[str, Any]]:
    """Yield every named type that a schema defines: record, enum or fixed; innermost first."""
    if isinstance(schema, list):
        for branch in schema:
            yield from named_types(branch)
    elif isinstance(schema, dict):
        yield from named_types([field["type"] for field in schema.get("fields", ())])
        yield from named_types([schema.get("items"), schema.get("values")])
        if "name" in schema:
            yield schema


def define_types_once(schema: Schema, seen: set[str]) -> Schema:
    """Return a schema that defines each named type once and then refers to its name, as the library requires."""
    if isinstance(schema, list):
        return [define_types_once(branch, seen) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("name") in seen:
        return schema["name"]
    if schema["type"] in ("record", "enum", "fixed"):
        seen.add(schema["name"])
    inner = {key: define_types_once(schema[key], seen) for key in ("items", "values") if key in schema}
    if "fields" in schema:
        inner["fields"] = [field | {"type": define_types_once(field["type"], seen)} for field in schema["fields"]]
    return schema | inner


def with_definitions(schema: Schema, others: Iterable[Schema]) -> Schema:
    """Return a schema in which the first use of a type that another schema defines is its definition."""
    missing = {_full_name(other, ""): other for other in others if isinstance(other, dict) and "name" in other}
    return _define(schema, missing, "") if missing else schema


def _define(schema: Schema, missing: dict[str, Schema], namespace: str) -> Schema:
    if isinstance(schema, list):
        return [_define(branch, missing, namespace) for branch in schema]
    if isinstance(schema, str):
        name = schema if "." in schema or not namespace else f"{namespace}.{schema}"
        definition = missing.pop(name, None) or missing.pop(schema, None)
        return schema if definition is None else _define({"namespace": ""} | definition, missing, "")
    if not isinstance(schema, dict):
        return schema
    if "name" in schema:
        name = _full_name(schema, namespace)
        missing.pop(name, None)
        namespace = name.rpartition(".")[0]
    inner = {key: _define(schema[key], missing, namespace) for key in ("items", "values") if key in schema}
    if isinstance(schema.get("type"), dict | list):
        inner["type"] = _define(schema["type"], missing, namespace)
    if isinstance(schema.get("fields"), list):
        inner["fields"] = [
            field | {"type": _define(field.get("type"), missing, namespace)} if isinstance(field, dict) else field
            for field in schema["fields"]
        ]
    return schema | inner


def _full_name(schema: Mapping[str, Any], namespace: str) -> str:
    name = str(schema["name"])
    namespace = str(schema.get("namespace", namespace))
    return name if "." in name or not namespace else f"{namespace}.{name}"


def header_for(schema: Mapping[str, Any]) -> bytes:
    """Return the 10 bytes before a body written with this schema (Avro 1.12, Single-object encoding)."""
    return PREFIX + bytes.fromhex(fingerprint(to_parsing_canonical_form(dict(schema)), "CRC-64-AVRO"))


def _release(file: Traversable) -> Release:
    name, version, _ = file.name.split(".")
    schema = json.loads(file.read_text(encoding="utf-8"))
    return Release(name=name, version=int(version), topic=schema["topic"], schema=schema, header=header_for(schema))


def _files() -> Iterator[Traversable]:
    root = files("schemas") / "avro"
    found = chain(root.iterdir(), (root / "internal").iterdir())
    return (file for file in found if file.name.endswith(".avsc"))


RELEASES: Final = tuple(sorted(map(_release, _files()), key=lambda release: (release.name, release.version)))
CURRENT: Final[Mapping[str, Release]] = {release.name: release for release in RELEASES}
BY_HEADER: Final[Mapping[bytes, Release]] = {release.header: release for release in RELEASES}
