"""A writer's names for our records and fields: the same ones, or ones that have ours among their aliases.

Avro gives aliases to the reader's schema. Writers that renamed a record for themselves leave ours in an alias, so the
schema that we read with is given the writer's names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastavro import parse_schema

from schemas.malformed import Malformed, Reason
from schemas.schema_versions import CURRENT, Schema, named_types

_PRINTABLE_NAME: Final = re.compile(r"[A-Za-z_.]{1,100}")
_INEXACT: Final = frozenset(("float", "double"))


def unresolvable(fault: str) -> Malformed:
    """Return the fault of a writer's schema that cannot be resolved to ours."""
    return Malformed(Reason.UNKNOWN_SCHEMA, fault)


def add_aliases(plain: Schema, original: Schema) -> None:
    """Add the aliases of an original schema to its canonical form, which has none."""
    by_name = {definition["name"]: definition for definition in named_types(parse_schema(original))}
    for definition in named_types(plain):
        _copy_aliases(definition, by_name[definition["name"]])
        for field, other in zip(
            definition.get("fields", ()), by_name[definition["name"]].get("fields", ()), strict=True
        ):
            _copy_aliases(field, other)


def name_of_ours(writer: Mapping[str, Any]) -> str:
    """Return the name of our record that a writer's record is. Raises `Malformed` (UNKNOWN_SCHEMA) if it is none."""
    for name in _names(writer):
        if name in CURRENT:
            return name
    full_name = str(writer["name"])
    shown = f"{full_name} is " if _PRINTABLE_NAME.fullmatch(full_name) else ""
    raise unresolvable(f"{shown}a record that we do not have")


def reader_schema(writer: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return our schema with the writer's name, its names of fields as aliases, and doubles where it writes them."""
    theirs = {field["name"]: field for field in writer["fields"]}
    fields = []
    for field in ours["fields"]:
        alias = next((name for name, other in theirs.items() if field["name"] in other.get("aliases", ())), None)
        renamed = field if alias is None or field["name"] in theirs else field | {"aliases": [alias]}
        written = theirs.get(field["name"] if renamed is field else alias)
        fields.append(renamed if written is None else renamed | {"type": _widened(field["type"], written["type"])})
    return {**ours, "name": writer["name"], "fields": fields}


def whole_numbers(widened: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return the names of our fields whose type was widened to a double."""
    pairs = zip(widened["fields"], ours["fields"], strict=True)
    return [field["name"] for other, field in pairs if other["type"] != field["type"]]


def _widened(ours: Schema, theirs: Schema) -> Schema:
    branches = theirs if isinstance(theirs, list) else [theirs]
    if not any(branch in _INEXACT for branch in branches if isinstance(branch, str)):
        return ours
    if isinstance(ours, list):
        return ["double" if branch == "long" else branch for branch in ours]
    return "double" if ours == "long" else ours


def _names(writer: Mapping[str, Any]) -> Iterator[str]:
    for name in (writer["name"], *_aliases(writer)):
        yield name.rpartition(".")[2]


def _aliases(definition: Mapping[str, Any]) -> Sequence[str]:
    found = definition.get("aliases", ())
    return [name for name in found if isinstance(name, str)] if isinstance(found, list | tuple) else []


def _copy_aliases(target: Any, source: Mapping[str, Any]) -> None:  # noqa: ANN401 - a part of a schema
    if aliases := _aliases(source):
        target["aliases"] = aliases
