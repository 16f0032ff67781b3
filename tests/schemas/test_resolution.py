"""Schema resolution of older and newer schemas, with `fastavro` as the reference."""

import io
import json
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.malformed import Malformed, Reason
from schemas.records import ContactAdded, ContactKind, FriendAdded, LocationUpdated, MessageSent, Record
from schemas.resolution import reader_for
from schemas.schema_versions import CURRENT, Schema


def written(schema: dict[str, Any], value: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def record(name: str, **fields: object) -> dict[str, Any]:
    body = [{"name": field, "type": kind} for field, kind in fields.items()]
    return {"type": "record", "name": name, "namespace": "kithward", "fields": body}


def read(schema: dict[str, Any], value: dict[str, Any]) -> Record:
    return reader_for(schema)(written(schema, value), 0)


IDS = {"event_id": "string", "at_ms": "long"}
VALUES = {"event_id": "e", "at_ms": 1}


def test_a_field_that_an_older_schema_lacks_gets_its_default() -> None:
    old = record("FriendAdded", **IDS, account_id="string", friend_id="string")
    assert read(old, {**VALUES, "account_id": "a", "friend_id": "f"}) == FriendAdded(
        event_id="e", at_ms=1, account_id="a", friend_id="f", mutual=True, since_ms=None
    )


def test_a_field_that_a_newer_schema_adds_is_skipped() -> None:
    extra = {"type": "array", "items": record("New", inner={"type": "map", "values": ["null", "double"]})}
    new = record("MessageSent", **IDS, more=extra, sender_id="string", text="string", last="bytes")
    value = {**VALUES, "more": [{"inner": {"a": 1.5, "b": None}}], "sender_id": "s", "text": "t", "last": b"x"}
    assert read(new, value) == MessageSent(event_id="e", at_ms=1, sender_id="s", text="t")


def test_fields_may_be_in_another_order() -> None:
    other = record("MessageSent", text="string", sender_id="string", at_ms="long", event_id="string")
    assert read(other, {**VALUES, "sender_id": "s", "text": "t"}) == MessageSent(
        event_id="e", at_ms=1, sender_id="s", text="t"
    )


def test_numbers_are_promoted_and_unions_widened() -> None:
    place = record(
        "LocationUpdated", event_id="string", at_ms="int", account_id="string", latitude="float", longitude="int"
    )
    found = read(place, {**VALUES, "account_id": "a", "latitude": 0.5, "longitude": 3})
    assert found == LocationUpdated(event_id="e", at_ms=1, account_id="a", latitude=0.5, longitude=3.0)
    plain = record("MessageSent", **IDS, sender_id="string", recipient_id="string", text="string")
    assert read(plain, {**VALUES, "sender_id": "s", "recipient_id": "r", "text": "t"}) == MessageSent(
        event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="t"
    )


def test_a_union_may_have_its_branches_reordered() -> None:
    turned = record("MessageSent", **IDS, sender_id="string", recipient_id=["string", "null"], text="string")
    for recipient in ("r", None):
        found = read(turned, {**VALUES, "sender_id": "s", "recipient_id": recipient, "text": "t"})
        assert found == MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id=recipient, text="t")


def test_a_logical_type_is_read_as_what_it_is_made_of() -> None:
    timed = record(
        "MessageSent",
        event_id="string",
        at_ms={"type": "long", "logicalType": "timestamp-millis"},
        sender_id="string",
        text="string",
    )
    assert read(timed, {**VALUES, "sender_id": "s", "text": "t"}) == MessageSent(
        event_id="e", at_ms=1, sender_id="s", text="t"
    )


def test_a_symbol_that_we_do_not_have_is_undecodable_only_where_it_occurs() -> None:
    kinds = {"type": "enum", "name": "ContactKind", "symbols": ["COLLEAGUE", "OTHER", "FOLLOW", "ADDRESS_BOOK"]}
    new = record("ContactAdded", **IDS, account_id="string", contact_id="string", kind=kinds)
    value = {**VALUES, "account_id": "a", "contact_id": "c", "kind": "FOLLOW"}
    found = read(new, value)
    assert isinstance(found, ContactAdded)
    assert found.kind is ContactKind.FOLLOW
    with pytest.raises(Malformed) as caught:
        read(new, {**value, "kind": "COLLEAGUE"})
    assert (caught.value.reason, caught.value.field) == (Reason.UNDECODABLE, "ContactAdded.kind")


def test_a_branch_that_we_do_not_have_is_undecodable_only_where_it_occurs() -> None:
    new = record("MessageSent", **IDS, sender_id="string", text=["string", "double"])
    assert isinstance(read(new, {**VALUES, "sender_id": "s", "text": "t"}), MessageSent)
    with pytest.raises(Malformed) as caught:
        read(new, {**VALUES, "sender_id": "s", "text": 1.5})
    assert (caught.value.reason, caught.value.field) == (Reason.UNDECODABLE, "MessageSent.text")


TREE: dict[str, Any] = record("MessageSent", next=["null", "MessageSent"])
DEEP: Any = "string"
BOMB: dict[str, Any] = record("MessageSent", a="null", b="null")
for level in range(30):
    BOMB = record("MessageSent" if level == 29 else f"R{level}", a=BOMB | {"name": f"N{level}"}, b=f"N{level}")
for _ in range(3_000):
    DEEP = {"type": "array", "items": DEEP}


@pytest.mark.parametrize(
    "schema",
    [
        "string",
        [],
        {},
        17,
        None,
        {"type": "record", "name": "Nobody", "fields": []},
        {"type": "record", "name": "MessageSent"},
        {"type": "record", "name": "MessageSent", "fields": [{"name": "text", "type": "Unheard"}]},
        {"type": "record", "name": "MessageSent", "fields": [{"name": "text", "type": {"type": []}}]},
        {"type": "enum", "name": "MessageSent", "symbols": ["A"]},
        record("MessageSent", **IDS),
        record("MessageSent", **IDS, sender_id="string", text="double"),
        record("MessageSent", **IDS, sender_id="string", text={"type": "array", "items": "string"}),
        record("LocationUpdated", **IDS, account_id="string", latitude="string", longitude="double"),
        TREE,
        record("MessageSent", one={"type": "fixed", "name": "F", "size": -1}),
        record("MessageSent", one={"type": "fixed", "name": "F", "size": "2"}),
        record(
            "MessageSent", **IDS, sender_id="string", text="string", one={"type": "fixed", "name": "F", "size": 2**63}
        ),
        record("MessageSent", **IDS, sender_id="string", text="string", one=[]),
        record("MessageSent", **IDS, sender_id="string", text="string", **{"\ud800": "string"}),
        record("MessageSent", one={"type": "enum", "name": "E", "symbols": 2}),
        BOMB,
        record("MessageSent", deep=DEEP),
    ],
)
def test_a_schema_that_is_none_of_ours_is_an_unknown_schema__c_16(schema: object) -> None:
    with pytest.raises(Malformed) as caught:
        reader_for(schema)
    assert caught.value.reason is Reason.UNKNOWN_SCHEMA


def _variants(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return variants of a schema: fields in any order, any of those with a default left out."""
    fields = CURRENT[name].schema["fields"]
    optional = [field for field in fields if "default" in field]
    dropped = st.sets(st.sampled_from([field["name"] for field in optional])) if optional else st.just(set())
    chosen = dropped.flatmap(lambda out: st.permutations([field for field in fields if field["name"] not in out]))
    return chosen.map(lambda some: dict(CURRENT[name].schema) | {"fields": some})


@pytest.mark.parametrize("name", ["MessageSent", "FriendAdded", "ProfileChanged", "MemberJoined", "Decision"])
@given(data=st.data())
def test_any_mix_of_fields_is_resolved_as_fastavro_resolves_it(name: str, data: st.DataObject) -> None:
    theirs = data.draw(_variants(name))
    value = {field["name"]: data.draw(_worded(field["type"])) for field in theirs["fields"]}
    raw = written(json.loads(json.dumps(theirs)), value)
    expected: Any = fastavro.schemaless_reader(io.BytesIO(raw), theirs, dict(CURRENT[name].schema))
    found = reader_for(theirs)(raw, 0)
    assert {key: list(v) if isinstance(v, tuple) else v for key, v in _fields(found).items()} == expected


_WORDS: dict[str, Any] = {"string": "word", "long": 9, "boolean": False, "bytes": b"b", "null": None}


def _worded(kind: Schema) -> st.SearchStrategy[Any]:
    if isinstance(kind, list):
        return st.sampled_from(kind).flatmap(_worded)
    if isinstance(kind, str):
        return st.just(_WORDS.get(kind, "ADMIN"))
    return st.just(kind["symbols"][0] if kind["type"] == "enum" else [])


def _fields(record: Record) -> dict[str, Any]:
    return {
        name: getattr(record, name)
        for name in (field["name"] for field in CURRENT[type(record).__name__].schema["fields"])
    }
