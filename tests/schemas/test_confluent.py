"""Framing with a schema registry, against a fake registry over real HTTP."""

import json
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import confluent, registry
from schemas.codec import Framing, SingleObjectFraming, encode_body
from schemas.confluent import UNKNOWN_FOR_S, ConfluentFraming
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent, Record
from schemas.registry import Registry, RegistryUnavailable, SchemaRefused
from schemas.schema_versions import CURRENT
from schemas.topics import OUTPUTS, TOPICS
from tests.schemas.record_strategies import any_record

HELLO = MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="hello")
OLD = {
    "type": "record",
    "name": "MessageSent",
    "namespace": "kithward",
    "fields": [{"name": name, "type": "string"} for name in ("event_id", "sender_id", "text")]
    + [{"name": "at_ms", "type": "int"}],
}


class FakeRegistry(ThreadingHTTPServer):
    """A registry in memory: schemas by id and subject, and a log of requests; `broken` replaces its answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.schemas: dict[int, dict[str, Any]] = {}
        self.subjects: dict[str, int] = {}
        self.versions: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.broken: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, answer: dict[str, Any]) -> int:
        number = len(self.schemas) + 1
        self.schemas[number] = answer
        return number

    def register(self, subject: str, schema: str) -> int:
        if subject not in self.subjects:
            self.subjects[subject] = self.add({"schema": schema})
        return self.subjects[subject]


class Handler(BaseHTTPRequestHandler):
    server: FakeRegistry

    def do_GET(self) -> None:
        by_id = self.server.schemas.get(int(self.path.rpartition("/")[2])) if "/ids/" in self.path else None
        known = self.server.versions.get(self.path, by_id)
        missing = {"error_code": 40403, "message": "Schema not found"}
        self.answer(404 if known is None else 200, json.dumps(known or missing).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = self.server.register(self.path.split("/")[2], body["schema"])
        self.answer(200, json.dumps({"id": number}).encode())

    def answer(self, code: int, body: bytes) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.headers.append(dict(self.headers))
        code, body = self.server.broken or (code, body)
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Suppress the log of the server."""


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    fake = FakeRegistry()
    thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    fake.shutdown()
    thread.join()
    fake.server_close()


def framing_of(server: FakeRegistry, clock: Callable[[], float] = lambda: 0.0) -> ConfluentFraming:
    return ConfluentFraming(Registry(server.url, timeout_s=5), clock)


def framed(number: int, body: bytes) -> bytes:
    return b"\x00" + number.to_bytes(4, "big") + body


def refused(framing: Framing, data: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        framing.decode(data)
    return caught.value


def test_a_value_is_a_zero_the_schemas_id_and_the_body(server: FakeRegistry) -> None:
    data = framing_of(server).encode(HELLO, "messages")
    assert data == framed(1, encode_body(HELLO))


def test_the_subject_is_topic_and_record_name(server: FakeRegistry) -> None:
    framing = framing_of(server)
    framing.encode(HELLO, "messages")
    framing.encode(HELLO, "messages")
    framing.encode(HELLO, "other/topic")
    assert server.asked == [
        "POST /subjects/messages-kithward.MessageSent/versions",
        "POST /subjects/other%2Ftopic-kithward.MessageSent/versions",
    ]
    assert json.loads(server.schemas[1]["schema"]) == CURRENT["MessageSent"].schema


@given(records=st.lists(any_record, min_size=1, max_size=20))
def test_a_value_of_one_framing_is_read_by_another(records: list[Record]) -> None:
    class Shelf(Registry):
        def __init__(self) -> None:
            super().__init__("http://nowhere")
            self.kept: list[object] = []

        def schema(self, number: int) -> object:
            return self.kept[number]

        def register(self, subject: str, schema: Mapping[str, Any]) -> int:
            assert subject.startswith("t-kithward.")
            self.kept.append(json.loads(json.dumps(schema)))
            return len(self.kept) - 1

    shelf = Shelf()
    writer, reader = ConfluentFraming(shelf), ConfluentFraming(shelf)
    assert [reader.decode(writer.encode(record, "t")) for record in records] == records


def test_a_schema_is_requested_once(server: FakeRegistry) -> None:
    data = framing_of(server).encode(HELLO, "messages")
    reader = framing_of(server)
    assert [reader.decode(data) for _ in range(3)] == [HELLO] * 3
    assert server.asked[1:] == ["GET /schemas/ids/1"]


def test_another_versions_bytes_are_resolved_to_ours(server: FakeRegistry) -> None:
    number = server.add({"schema": json.dumps(OLD)})
    found = framing_of(server).decode(framed(number, b"\x02e\x02s\x02t\x02"))
    assert found == MessageSent(event_id="e", at_ms=1, sender_id="s", text="t")


@pytest.mark.parametrize(
    "answer",
    [
        {"schema": '"string"'},
        {"schema": '{"type": "record", "name": "Other", "fields": []}'},
        {"schema": "message M {}", "schemaType": "PROTOBUF"},
    ],
)
def test_a_schema_that_is_none_of_ours_is_unknown__c_16(server: FakeRegistry, answer: dict[str, Any]) -> None:
    number = server.add(answer)
    assert refused(framing_of(server), framed(number, b"")).reason is Reason.UNKNOWN_SCHEMA


def test_an_id_never_assigned_is_unknown_and_cached_as_such__c_16(server: FakeRegistry) -> None:
    now = [0.0]
    framing = framing_of(server, lambda: now[0])
    for _ in range(3):
        assert refused(framing, framed(1, encode_body(HELLO))).reason is Reason.UNKNOWN_SCHEMA
    assert len(server.asked) == 1
    server.add({"schema": json.dumps(CURRENT["MessageSent"].schema)})
    now[0] = UNKNOWN_FOR_S
    assert framing.decode(framed(1, encode_body(HELLO))) == HELLO


def test_no_more_unknown_ids_are_kept_than_the_bound(server: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confluent, "MAX_UNKNOWN", 2)
    framing = framing_of(server)
    for number in (1, 2, 3, 3, 2, 1):
        refused(framing, framed(number, b""))
    assert [path.rpartition("/")[2] for path in server.asked] == ["1", "2", "3", "1"]


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x00", b"\x00\x00\x00\x01", b"\xc3\x01" + b"\x00" * 9, b"{}"])
def test_what_is_not_in_the_framing_is_undecodable__c_16(server: FakeRegistry, data: bytes) -> None:
    assert refused(framing_of(server), data).reason is Reason.UNDECODABLE
    assert server.asked == []


def test_a_body_that_is_cut_off_or_too_long_is_undecodable__c_16(server: FakeRegistry) -> None:
    framing = framing_of(server)
    data = framing.encode(HELLO, "messages")
    assert {refused(framing, data[:end]).reason for end in range(5, len(data))} == {Reason.UNDECODABLE}
    assert refused(framing, data + b"x").reason is Reason.UNDECODABLE


@pytest.mark.parametrize(
    "broken",
    [
        (500, b"{}"),
        (401, b'{"error_code": 401}'),
        (404, b"<html>no such page</html>"),
        (404, b'{"error_code": 404}'),
        (404, b"[]"),
        (429, b""),
        (200, b""),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"schema": 5}'),
        (200, b'{"schema": "nonsense"}'),
        (200, b"[" * 100_000),
        (200, b"\xff"),
    ],
)
def test_a_registry_that_gives_no_usable_answer_is_unavailable_and_nothing_is_lost__c_17(
    server: FakeRegistry, broken: tuple[int, bytes]
) -> None:
    server.broken = broken
    framing = framing_of(server)
    with pytest.raises(RegistryUnavailable):
        framing.decode(framed(1, encode_body(HELLO)))
    with pytest.raises(RegistryUnavailable):
        framing.encode(HELLO, "messages")
    server.broken = None
    assert framing.decode(framing.encode(HELLO, "messages")) == HELLO


def test_an_unreachable_registry_is_unavailable(server: FakeRegistry) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(RegistryUnavailable, match=url):
        ConfluentFraming(Registry(url, timeout_s=1)).decode(framed(1, b""))


def test_an_answer_is_read_only_up_to_a_bound(server: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_ANSWER_BYTES", 50)
    number = server.add({"schema": json.dumps(CURRENT["MessageSent"].schema)})
    with pytest.raises(RegistryUnavailable):
        framing_of(server).decode(framed(number, b""))


def test_headers_go_with_every_request(server: FakeRegistry) -> None:
    Registry(server.url + "/", headers={"Authorization": "Basic abc"}).register("s", {})
    assert server.headers[0]["Authorization"] == "Basic abc"
    assert server.asked == ["POST /subjects/s/versions"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "registry:8081", ""])
def test_an_address_is_http_or_https(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        Registry(url)


@given(any_record)
def test_without_a_registry_the_framing_is_single_object_encoding(record: Record) -> None:
    framing: Framing = SingleObjectFraming()
    assert framing.decode(framing.encode(record, "t")) == record
    assert framing.encode(record, "t").startswith(b"\xc3\x01")


@pytest.mark.parametrize("code", [409, 422])
def test_a_schema_that_is_not_compatible_is_refused_for_good(server: FakeRegistry, code: int) -> None:
    server.broken = code, b'{"error_code": 409, "message": "no"}'
    with pytest.raises(SchemaRefused, match=r"refuses our schema of decisions-kithward\.Decision"):
        framing_of(server).register(OUTPUTS)
    with pytest.raises(SchemaRefused, match=r"messages-kithward\.MessageSent"):
        framing_of(server).encode(HELLO, "messages")


def test_a_schema_registered_in_advance_is_not_requested_again(server: FakeRegistry) -> None:
    framing = framing_of(server)
    framing.register(TOPICS.values())
    asked = len(server.asked)
    framing.encode(HELLO, "messages")
    assert asked == len(server.asked) == sum(len(topic.records) for topic in TOPICS.values())


def test_credentials_in_the_address_are_sent_and_never_shown(server: FakeRegistry) -> None:
    known = Registry(server.url.replace("http://", "http://job:s3cr%40t@"))
    known.register("a", {"type": "string"})
    assert b64decode(server.headers[0]["Authorization"].removeprefix("Basic ")) == b"job:s3cr@t"
    server.broken = 500, b""
    with pytest.raises(RegistryUnavailable) as told:
        known.register("b", {"type": "string"})
    assert server.url in str(told.value)
    assert "s3cr" not in f"{told.value} {told.value.__cause__}"
