"""The job with a schema registry of another vendor: Apicurio, through the Confluent API."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from jobs.deploy.installation import ROOT, java
from jobs.flink.rest_client import wait
from jobs.local.broker import FRUGAL
from jobs.local.child_process import ChildProcess
from jobs.local.ports import free_ports
from jobs.runtime.wire_format import time_of
from schemas.codec import encode_body
from schemas.confluent import ConfluentFraming
from schemas.malformed import Malformed, Reason
from schemas.records import ContactAdded, ContactKind, Decision, Record
from schemas.registry import MEDIA_TYPE, Registry
from schemas.schema_versions import CURRENT
from schemas.topics import INPUT_OF
from tests.e2e.support.clock import ticks
from tests.e2e.support.proxy import Proxy
from tests.e2e.support.stage import WITHIN_S
from tests.schemas.test_confluent import framed
from tests.support.given import HOUR, NOON, friends, kithward, message, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.e2e.support.stage import Scene

API = "/apis/ccompat/v7"
REFUSES = "decisions-kithward.Decision"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Provide a registry's `host:port`."""
    with start_registry(tmp_path_factory.mktemp("registry") / "log") as address:
        yield address


@contextmanager
def start_registry(log: Path) -> Iterator[str]:
    """Start an empty registry."""
    (jar,) = (ROOT / "build" / "registry").glob("*-runner.jar")
    (port,) = free_ports(1)
    where = ("-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={port}")
    running = ChildProcess((java(), *FRUGAL, *where, "-jar", str(jar)), log=log)
    try:
        wait(lambda: answers(f"http://127.0.0.1:{port}{API}/subjects"), "the registry does not answer", WITHIN_S)
        yield f"127.0.0.1:{port}"
    finally:
        running.stop()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as response:  # noqa: S310
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def of(address: str) -> ConfluentFraming:
    return ConfluentFraming(Registry(f"http://{address}{API}"))


def request(address: str, method: str, path: str, body: dict[str, Any]) -> Any:
    data, headers = json.dumps(body).encode(), {"Content-Type": MEDIA_TYPE}
    with urlopen(Request(f"http://{address}{API}{path}", data, headers, method=method), timeout=30) as response:
        assert response.status == 200
        return json.loads(response.read())


def register(address: str, subject: str, schema: Any, *references: str) -> int:
    """Register a schema, which may refer to the first version of other subjects of the same name, and return its id."""
    refers = [{"name": name, "subject": name, "version": 1} for name in references]
    body = {"schema": json.dumps(schema), "references": refers}
    number: int = request(address, "POST", f"/subjects/{subject}/versions", body)["id"]
    return number


def send(scene: Scene, framing: ConfluentFraming, records: Iterable[Record]) -> None:
    for record in records:
        topic = INPUT_OF[type(record)]
        scene.produce(
            topic.name, framing.encode(record, topic.name), key=topic.key_of(record).encode(), at_ms=time_of(record)
        )
    scene.flush()


def advance_time(scene: Scene, framing: ConfluentFraming, at_ms: int) -> None:
    """Advance the watermark in every partition."""
    for record in ticks(at_ms):
        name = INPUT_OF[type(record)].name
        for partition in range(1 if name == "policies" else 2):
            scene.produce(name, framing.encode(record, name), at_ms=at_ms, partition=partition)
    scene.flush()


def test_a_job_retries_its_registry_and_loses_nothing(scene: Scene, registry: str, tmp_path: Path) -> None:
    producer = of(registry)
    contact = ContactAdded(
        event_id="c", at_ms=NOON + 2 * HOUR, account_id="bob", contact_id="carol", kind=ContactKind.FOLLOW
    )
    with Proxy() as between:
        between.open(registry)
        policy = written(tmp_path / "policy.yaml", ["version: v1"])
        where = ("--bootstrap", scene.bootstrap, "--registry", f"http://{between.address}{API}")
        checkpoints = (scene.directory / "checkpoints").as_uri()
        job = scene.cluster.submit("-m", "jobs", "run", *where, "--checkpoints", checkpoints, "--policy", str(policy))
        send(scene, producer, [friends(), message("m1", NOON + HOUR)])
        advance_time(scene, producer, NOON + HOUR + 60_000)
        scene.wait_decisions(1)

        between.cut()
        send(
            scene, producer, [contact, message("m2", NOON + 2 * HOUR)]
        )  # the job has not read the schema of contacts yet
        advance_time(scene, producer, NOON + 2 * HOUR + 60_000)
        wait(lambda: "waits for the schema registry" in read_logs(scene), "nothing is said of it", WITHIN_S)
        assert len(scene.read("decisions")) == 1
        between.open(registry)
        scene.wait_decisions(2)
        assert job.failures() == []
        job.cancel()
    assert scene.read("dead-letters") == []
    decided = [of(registry).decode(found.value or b"") for found in scene.read("decisions")]
    assert [record.cause_event_id for record in decided if isinstance(record, Decision)] == ["m1", "m2"]


def read_logs(scene: Scene) -> str:
    return "".join(log.read_text(errors="replace") for log in scene.stage.logs())


def test_a_schema_is_fetched_once(registry: str) -> None:
    data = of(registry).encode(friends(), "relations")
    with Proxy() as between:
        between.open(registry)
        reader = of(between.address)
        assert reader.decode(data) == friends()
        between.cut()
        assert reader.decode(data) == friends()


def test_an_unknown_schema_id_is_malformed(registry: str) -> None:
    with pytest.raises(Malformed) as refused:
        of(registry).decode(b"\x00\x7f\xff\xff\xff\x00")
    assert refused.value.reason is Reason.UNKNOWN_SCHEMA


def test_references_and_unions_of_another_writer_are_read(registry: str) -> None:
    """The body of a record is that of its kind, behind the fields that only its writer has."""
    trace = {"type": "enum", "name": "Trace", "namespace": "com.acme", "symbols": ["A", "B"]}
    meta = {"type": "record", "name": "Meta", "namespace": "com.acme", "fields": [{"name": "t", "type": "Trace"}]}
    register(registry, "com.acme.Trace", trace)
    register(registry, "com.acme.Meta", meta, "com.acme.Trace")
    friendship, text = (dict(CURRENT[name].schema) for name in ("FriendAdded", "MessageSent"))
    traced = text | {"fields": [{"name": "meta", "type": "com.acme.Meta"}, *text["fields"]]}
    number = register(registry, "messages-traced", traced, "com.acme.Meta")
    union = register(registry, "anything", [friendship, text])
    hello = message("m1", NOON + HOUR)
    assert of(registry).decode(framed(number, b"\x02" + encode_body(hello))) == hello
    assert of(registry).decode(framed(union, b"\x00" + encode_body(friends()))) == friends()
    assert of(registry).decode(framed(union, b"\x02" + encode_body(hello))) == hello


def test_a_schema_that_the_registry_refuses_is_refused_before_the_job_starts(scene: Scene, tmp_path: Path) -> None:
    before = scene.cluster.rest.jobs()
    other = {"type": "record", "name": "Decision", "namespace": "kithward", "fields": [{"name": "x", "type": "int"}]}
    with start_registry(tmp_path / "log") as registry:
        request(registry, "POST", f"/subjects/{REFUSES}/versions", {"schema": json.dumps(other)})
        request(registry, "PUT", f"/config/{REFUSES}", {"compatibility": "FULL"})
        done = kithward("run", "--bootstrap", scene.bootstrap, "--registry", f"http://{registry}{API}")
    assert f"refuses our schema of {REFUSES}" in the_one_line(done)
    assert scene.cluster.rest.jobs() == before


def test_without_a_registry_the_job_does_not_start(scene: Scene) -> None:
    done = kithward("run", "--bootstrap", scene.bootstrap, "--registry", f"http://127.0.0.1:{free_ports(1)[0]}{API}")
    assert "cannot be reached" in the_one_line(done)
