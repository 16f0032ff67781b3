"""Hypothesis strategies of records: every record that its schema allows, and one plain example of each type."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from schemas import records
from schemas.json_form import from_json
from schemas.records import RECORDS, Record
from schemas.schema_versions import CURRENT, Schema

_PLAIN: Mapping[str, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    "bytes": st.binary(max_size=200),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "null": st.none(),
}


def _values(schema: Schema) -> st.SearchStrategy[Any]:
    if isinstance(schema, list):
        return st.one_of([_values(branch) for branch in schema])
    if isinstance(schema, str):
        return _PLAIN[schema] if schema in _PLAIN else st.sampled_from(list(getattr(records, schema)))
    if schema["type"] == "array":
        return st.lists(_values(schema["items"]), max_size=3).map(tuple)
    cls = getattr(records, schema["name"])
    if schema["type"] == "enum":
        return st.sampled_from(list(cls))
    return st.builds(cls, **{field["name"]: _values(field["type"]) for field in schema["fields"]})


def records_of(name: str) -> st.SearchStrategy[Record]:
    """Return the strategy of all records of a type that its schema allows, valid or not."""
    return _values(CURRENT[name].schema)


any_record = st.sampled_from(sorted(RECORDS)).flatmap(records_of)

_EXAMPLES: Mapping[str, Any] = {
    "at_ms": 1_700_000_000_000,
    "since_ms": 1_690_000_000_000,
    "last_used_ms": 1_699_000_000_000,
    "effective_at_ms": 1_700_000_060_000,
    "latitude": 48.2,
    "longitude": 16.4,
    "radius_m": 2_000.0,
    "avatar_hash": "AAECAwQFBgc=",
    "avatar_image": None,
    "group_id": None,
    "number": "+43 133",
    "revoked_by": "FollowRevoked-follower_id",
}


def _example(kind: str, field: Mapping[str, Any]) -> object:
    name, schema = field["name"], field["type"]
    if name in _EXAMPLES and not (name == "group_id" and schema == "string"):
        return _EXAMPLES[name]
    inner = next(branch for branch in schema if branch != "null") if isinstance(schema, list) else schema
    if inner == "MemberRole":
        return "ADMIN"
    if isinstance(inner, dict) and inner["type"] == "record" and inner is schema:
        return {each["name"]: _example(kind, each) for each in inner["fields"]}
    if isinstance(inner, dict):
        return {"enum": inner.get("symbols", [""])[0], "array": [], "record": None}[inner["type"]]
    return {"string": f"{kind}-{name}", "boolean": True, "long": 7, "int": 7, "double": 0.5, "bytes": "AAEC"}[inner]


def example(name: str, **fields: object) -> Record:
    """Return a valid record of a type, with the given fields in their JSON form."""
    filled = {field["name"]: _example(name, field) for field in CURRENT[name].schema["fields"]}
    return from_json({"type": name, **filled, **fields})
