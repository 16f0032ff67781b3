"""Schema compatibility: every released version is readable by the current one, and no release was edited."""

import json
from itertools import chain
from pathlib import Path

import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse

from schemas.records import RECORDS
from schemas.schema_versions import CURRENT, RELEASES, Release, Schema, named_types

PINNED = Path(__file__).with_name("fingerprints.txt")


def label(release: Release) -> str:
    return f"{release.name}.{release.version}"


@pytest.mark.parametrize("release", RELEASES, ids=label)
def test_every_released_version_is_readable_by_the_current_one(release: Release) -> None:
    reader, writer = (parse(json.dumps(schema)) for schema in (CURRENT[release.name].schema, release.schema))
    result = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
    assert result.compatibility is SchemaCompatibilityType.compatible, result.messages


@pytest.mark.parametrize("release", RELEASES, ids=label)
def test_no_field_of_an_earlier_version_is_gone_or_of_another_type(release: Release) -> None:
    assert parts_of(release.schema).items() <= parts_of(CURRENT[release.name].schema).items()


def parts_of(schema: Schema) -> dict[tuple[str, str], str]:
    """Return every field of every record in a schema with its type, and every symbol of every enum."""
    named = list(named_types(schema))
    fields = {(of["name"], field["name"]): outline(field["type"]) for of in named for field in of.get("fields", ())}
    return fields | {(of["name"], symbol): "symbol" for of in named for symbol in of.get("symbols", ())}


def outline(schema: Schema) -> str:
    """Return a type with named types replaced by their names."""
    if isinstance(schema, list):
        return str([outline(branch) for branch in schema])
    if isinstance(schema, dict) and "name" not in schema:
        return str({key: outline(inner) for key, inner in schema.items()})
    return schema["name"] if isinstance(schema, dict) else str(schema)


def test_no_released_schema_was_edited_or_removed() -> None:
    """A new file needs a new line here; a changed line means that existing bytes can no longer be read."""
    now = sorted(f"{label(release)} {release.fingerprint}" for release in RELEASES)
    assert now == PINNED.read_text("utf-8").splitlines()


@pytest.mark.parametrize("release", RELEASES, ids=label)
def test_a_file_is_named_after_its_record_and_the_versions_have_no_gap(release: Release) -> None:
    assert release.schema["name"] == release.name
    assert release.schema["namespace"] == "kithward"
    versions = [other.version for other in RELEASES if other.name == release.name]
    assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize("release", RELEASES, ids=label)
def test_every_schema_documents_its_fields(release: Release) -> None:
    types = list(named_types(release.schema))
    parts = chain(types, chain.from_iterable(schema.get("fields", ()) for schema in types))
    assert [part["name"] for part in parts if not part.get("doc", "").endswith((".", ".)"))] == []


@pytest.mark.parametrize("release", RELEASES, ids=label)
def test_what_may_be_null_is_null_unless_given(release: Release) -> None:
    fields = [field for schema in named_types(release.schema) for field in schema.get("fields", ())]
    nullable = [field for field in fields if isinstance(field["type"], list)]
    assert all(field["type"][0] == "null" and field["default"] is None for field in nullable)


def test_every_current_schema_has_its_record() -> None:
    assert RECORDS.keys() == CURRENT.keys()
