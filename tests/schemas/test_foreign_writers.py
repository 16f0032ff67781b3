"""Schemas of other writers: aliases, doubles for whole numbers, unions of records, references to other subjects."""

import io
import json
from typing import Any

import fastavro
import pytest

from schemas import registry
from schemas.codec import encode_body
from schemas.confluent import ConfluentFraming
from schemas.containers import container
from schemas.malformed import Malformed, Reason
from schemas.records import FriendAdded, MessageSent, Record
from schemas.resolution import reader_for
from schemas.schema_versions import CURRENT, with_definitions
from tests.schemas.test_confluent import FakeRegistry, framed, framing_of, refused, server

__all__ = ["server"]

HELLO = MessageSent(event_id="e", at_ms=1_740_999_600_000, sender_id="s", recipient_id="r", text="hello")
FRIENDS = FriendAdded(event_id="f", at_ms=2, account_id="a", friend_id="b", since_ms=7)
VALUES = {"event_id": "e", "at_ms": 1_740_999_600_000, "sender_id": "s", "recipient_id": "r", "text": "hello"}
OURS: dict[str, Any] = json.loads(json.dumps(dict(CURRENT["MessageSent"].schema)))


def written(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def in_file(schema: Any, *values: Any) -> list[Record | Malformed]:
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(json.loads(json.dumps(schema))), values)
    return [found for found, _ in container.read(io.BytesIO(out.getvalue()))]


def changed(field: str, **change: Any) -> dict[str, Any]:
    return OURS | {"fields": [each | change if each["name"] == field else each for each in OURS["fields"]]}


@pytest.mark.parametrize("namespace", ["kithward", "com.acme"])
def test_a_record_with_our_name_as_an_alias_is_ours(namespace: str) -> None:
    schema = OURS | {"name": "ChatMessage", "namespace": namespace, "aliases": ["kithward.MessageSent"]}
    assert reader_for(schema)(written(schema, VALUES), 0) == HELLO
    assert in_file(schema, VALUES) == [HELLO]


def test_a_field_with_our_name_as_an_alias_is_ours() -> None:
    schema = changed("text", name="body", aliases=["content", "text"])
    assert in_file(schema, {**VALUES, "body": "hello"}) == [HELLO]


def test_a_file_with_ours_and_an_alias_of_it_has_both() -> None:
    other = OURS | {"name": "ChatMessage", "namespace": "com.acme", "aliases": ["kithward.MessageSent"]}
    values = [("kithward.MessageSent", VALUES), ("com.acme.ChatMessage", VALUES)]
    assert in_file([OURS, other], *values) == [HELLO, HELLO]


@pytest.mark.parametrize("kind", ["double", ["null", "double"], ["long", "double"]])
def test_a_whole_number_in_a_double_is_a_long(kind: Any) -> None:
    schema = changed("at_ms", type=kind)
    assert in_file(schema, VALUES | {"at_ms": 1_740_999_600_000.0}) == [HELLO]
    assert reader_for(schema)(written(schema, VALUES | {"at_ms": 1_740_999_600_000.0}), 0) == HELLO


def test_a_float_counts_as_what_it_holds() -> None:
    (found,) = in_file(changed("at_ms", type="float"), VALUES | {"at_ms": 4_096.0})
    assert getattr(found, "at_ms", None) == 4_096


@pytest.mark.parametrize("value", [0.5, float("nan"), float("inf"), 2.0**60])
def test_any_other_number_in_a_double_is_a_fault_of_its_record_alone__c_16(value: float) -> None:
    bad, good = in_file(changed("at_ms", type="double"), VALUES | {"at_ms": value}, VALUES)
    assert isinstance(bad, Malformed)
    assert (bad.reason, bad.message) == (Reason.UNDECODABLE, "MessageSent.at_ms: not a whole number")
    assert good == HELLO


def test_a_nullable_double_is_a_nullable_long() -> None:
    ours: dict[str, Any] = dict(CURRENT["FriendAdded"].schema)
    fields = [each | {"type": ["null", "double"]} if each["name"] == "since_ms" else each for each in ours["fields"]]
    value = {"event_id": "f", "at_ms": 2, "account_id": "a", "friend_id": "b", "mutual": True}
    found = in_file(ours | {"fields": fields}, value | {"since_ms": 7.0}, value | {"since_ms": None})
    assert [getattr(each, "since_ms", "") for each in found] == [7, None]


OTHER = {"type": "record", "name": "Other", "namespace": "com.acme", "fields": [{"name": "x", "type": "long"}]}


def test_a_union_of_records_with_one_subject_per_topic_is_read(server: FakeRegistry) -> None:
    union = [OTHER, dict(CURRENT["FriendAdded"].schema), OURS]
    framing, number = framing_of(server), server.add({"schema": json.dumps(union)})
    assert framing.decode(framed(number, b"\x02" + encode_body(FRIENDS))) == FRIENDS
    assert framing.decode(framed(number, b"\x04" + encode_body(HELLO))) == HELLO
    assert refused(framing, framed(number, b"\x00\x02")).reason is Reason.UNKNOWN_SCHEMA
    for wrong in (b"", b"\x06", b"\x01", b"\x02"):
        assert refused(framing, framed(number, wrong)).reason is Reason.UNDECODABLE


@pytest.mark.parametrize("union", [[], [OTHER], ["null", "string"], [["null"]]])
def test_a_union_without_a_record_of_ours_is_an_unknown_schema__c_16(server: FakeRegistry, union: Any) -> None:
    assert refused(framing_of(server), framed(server.add({"schema": json.dumps(union)}), b"\x00")).reason is (
        Reason.UNKNOWN_SCHEMA
    )


def reference(name: str, version: int = 1) -> dict[str, Any]:
    return {"name": name, "subject": name, "version": version}


def with_meta(server: FakeRegistry, references: Any) -> tuple[ConfluentFraming, bytes]:
    """Register messages with one more field, whose type refers to another subject, which refers to one more."""
    trace = {"type": "enum", "name": "Trace", "namespace": "com.acme", "symbols": ["A", "B"]}
    meta = {"type": "record", "name": "Meta", "namespace": "com.acme", "fields": [{"name": "trace", "type": "Trace"}]}
    server.versions["/subjects/com.acme.Trace/versions/1"] = {"schema": json.dumps(trace)}
    server.versions["/subjects/com.acme.Meta/versions/1"] = {
        "schema": json.dumps(meta),
        "references": [reference("com.acme.Trace")],
    }
    fields = [{"name": "meta", "type": "com.acme.Meta"}, {"name": "more", "type": ["null", "com.acme.Meta"]}]
    schema = OURS | {"fields": fields + OURS["fields"]}
    number = server.add({"schema": json.dumps(schema), "references": references})
    return framing_of(server), framed(number, b"\x02" + b"\x02\x00" + encode_body(HELLO))


def test_a_schema_that_refers_to_other_subjects_is_resolved(server: FakeRegistry) -> None:
    framing, data = with_meta(server, [reference("com.acme.Meta")])
    assert framing.decode(data) == framing.decode(data) == HELLO
    assert server.asked == [
        "GET /schemas/ids/1",
        "GET /subjects/com.acme.Meta/versions/1",
        "GET /subjects/com.acme.Trace/versions/1",
    ]


@pytest.mark.parametrize(
    "references",
    [
        [],
        [reference("com.acme.Meta", 2)],
        [{"name": "x"}],
        [17],
        [reference("\ud800")],
        [reference("x" * 100_000)],
        5,
    ],
)
def test_a_schema_whose_reference_is_missing_is_unknown__c_16(server: FakeRegistry, references: Any) -> None:
    framing, data = with_meta(server, references)
    assert refused(framing, data).reason is Reason.UNKNOWN_SCHEMA


@pytest.mark.parametrize("note", ['{"a":' * 2_000 + "1" + "}" * 2_000, "9" * 5_000], ids=["deep", "long"])
def test_a_schema_with_a_note_that_is_not_read_is_unknown__c_16(server: FakeRegistry, note: str) -> None:
    """The registry has answered, and would answer the same for ever: to wait for another answer would stop the job."""
    text = json.dumps(OURS | {"note": "?"}).replace('"?"', note)
    assert refused(framing_of(server), framed(server.add({"schema": text}), b"")).reason is Reason.UNKNOWN_SCHEMA
    framing, data = with_meta(server, [reference("com.acme.Meta")])
    server.versions["/subjects/com.acme.Meta/versions/1"]["schema"] = text
    assert refused(framing, data).reason is Reason.UNKNOWN_SCHEMA


def test_references_are_followed_up_to_a_bound_and_once_each(
    server: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MAX_REFERENCES", 3)
    for version in range(1, 10):
        server.versions[f"/subjects/loop/versions/{version}"] = {
            "schema": json.dumps(OTHER),
            "references": [reference("loop", version), reference("loop", version + 1)],
        }
    framing, data = with_meta(server, [reference("loop")])
    assert refused(framing, data).reason is Reason.UNKNOWN_SCHEMA
    assert len(server.asked) <= 5


def test_a_definition_without_a_namespace_keeps_none() -> None:
    plain = {"type": "record", "name": "Plain", "fields": [{"name": "x", "type": "long"}]}
    found = with_definitions(OURS | {"fields": [{"name": "p", "type": "Plain"}]}, [plain])
    names = fastavro.parse_schema(found)
    assert names["fields"][0]["type"]["name"] == "Plain"  # type: ignore[index, call-overload]
