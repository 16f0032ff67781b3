"""The job with TLS and authentication to Kafka, and with minimal access rights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from jobs.flink.rest_client import wait
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_io import read_topic
from jobs.local.broker import Broker
from jobs.runtime.wire_format import time_of
from schemas.codec import decode, encode
from schemas.topics import INPUT_OF, TOPICS, Direction
from tests.e2e.support.certificates import PASSWORD, Authority, authority
from tests.support.given import HOUR, NOON, friends, kithward, message, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.flink.rest_client import Job
    from tests.e2e.support.stage import Scene

WITHIN_S = 120
ADMIN, JOB = "admin", "job"
SECURE = "SECURE"
_MECHANISM = "listener.name.secure.scram-sha-512"
_OAUTH = "listener.name.secure.oauthbearer"
OAUTH_MODULE = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("certificates") / "trusted")


@pytest.fixture(scope="module")
def broker(trusted: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    settings = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:{ADMIN}",  # only connections from this machine are anonymous
        "ssl.keystore.location": str(trusted.signed("127.0.0.1")),
        "ssl.keystore.password": PASSWORD,
        "ssl.keystore.type": "PKCS12",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER",
        f"{_MECHANISM}.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        # Without keys to check signatures by, the broker accepts unsigned tokens: which is what a test wants.
        f"{_OAUTH}.sasl.jaas.config": f"{OAUTH_MODULE} required;",
    }
    place = tmp_path_factory.mktemp("broker")
    with Broker(place, listeners={SECURE: "SASL_SSL"}, settings=settings) as running:
        admin = KafkaAdminClient(bootstrap_servers=running.bootstrap)
        users = [
            UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, f"{name}-pw") for name in (ADMIN, JOB)
        ]
        assert set(admin.alter_user_scram_credentials(users).values()) == {None}
        assert admin.create_acls(rights())["failed"] == []
        admin.close()
        yield running


def rights() -> list[ACL]:
    """Return the job's access rights, as the documentation lists them."""
    outputs = [topic.name for topic in TOPICS.values() if topic.direction is Direction.OUTPUT]
    return [
        # Outputs too: the sink looks for open transactions there.
        *(_right(ResourceType.TOPIC, name, ACLOperation.READ) for name in TOPICS),
        *(_right(ResourceType.TOPIC, name, ACLOperation.WRITE) for name in outputs),
        *(_right(ResourceType.GROUP, name, ACLOperation.READ) for name in ("kithward", "kithward-running")),
        _right(ResourceType.TRANSACTIONAL_ID, "kithward", ACLOperation.WRITE, ACLResourcePatternType.PREFIXED),
    ]


def _right(
    kind: ResourceType,
    name: str,
    operation: ACLOperation,
    pattern: ACLResourcePatternType = ACLResourcePatternType.LITERAL,
) -> ACL:
    what = ResourcePattern(kind, name, pattern)
    return ACL(f"User:{JOB}", "*", operation, ACLPermissionType.ALLOW, what)


def client(directory: Path, trusted: Authority, name: str, password: str) -> Path:
    login = f'org.apache.kafka.common.security.scram.ScramLoginModule required username="{name}" password="{password}";'
    lines = ["sasl.mechanism=SCRAM-SHA-512", f"sasl.jaas.config={login}"]
    return written(directory / f"{name}.properties", [*over_tls(trusted), *lines])


def over_tls(trusted: Authority) -> list[str]:
    """Return the client properties for TLS, beside those of the login."""
    return [
        "security.protocol=SASL_SSL",
        "ssl.truststore.type=PEM",
        f"ssl.truststore.location={trusted.certificate}",
    ]


def test_a_job_with_minimal_rights_runs_over_tls(
    broker: Broker, trusted: Authority, scene: Scene, tmp_path: Path
) -> None:
    admin = client(tmp_path, trusted, ADMIN, f"{ADMIN}-pw")
    made = kithward("topics", "create", "--bootstrap", broker.address(SECURE), "--kafka-config", admin)
    assert made.exit_code == 0, made.output
    job = decides(broker, client(tmp_path, trusted, JOB, f"{JOB}-pw"), scene, tmp_path)
    assert_not_logged(f"{JOB}-pw", scene, job)
    job.cancel()


def decides(broker: Broker, config: Path, scene: Scene, tmp_path: Path) -> Job:
    """Return a running job of these client properties, which has decided on a message and made a checkpoint."""
    checkpoints = (scene.directory / "checkpoints").as_uri()
    job = scene.cluster.submit(
        "-m", "jobs", "run", "--bootstrap", broker.address(SECURE), "--kafka-config", str(config),
        "--checkpoints", checkpoints,
        "--policy", str(written(tmp_path / "policy.yaml", ["version: v1", "common: {idle_ms: 1s}"])),
    )  # fmt: skip
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    for record in (friends(), message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR)):
        # One after the other: who is read as a friend when the clock has gone on comes too late for the message.
        producer.send(INPUT_OF[type(record)].name, encode(record), timestamp_ms=time_of(record)).get()
    producer.close()
    decided = Brokers(broker.bootstrap)
    wait(lambda: len(list(read_topic(decided, "commands"))) > 1, "nothing is decided", WITHIN_S)
    commands = {type(decode(found.value or b"")).__name__ for found in read_topic(decided, "commands")}
    assert commands == {"ExitSession", "Warn"}
    wait(lambda: job.checkpoints() > 0, "no checkpoint comes", WITHIN_S)
    return job


def assert_not_logged(password: str, scene: Scene, job: Job) -> None:
    """Look for a password wherever operators look: logs, what was written for a restart, and Flink's pages."""
    logs = [file for file in Path(scene.cluster.environment["FLINK_LOG_DIR"]).rglob("*") if file.is_file()]
    kept = [file for file in (scene.directory / "checkpoints").rglob("*") if file.is_file()]
    assert any(b"transactionalId='kithward" in file.read_bytes() for file in logs)
    assert kept
    assert [file for file in (*logs, *kept) if password.encode() in content_if_any(file)] == []
    for page in ("/jobmanager/config", f"/jobs/{job.id}", f"/jobs/{job.id}/config", f"/jobs/{job.id}/plan"):
        told = json.dumps(scene.cluster.rest.get(page))
        assert told != "{}"
        assert password not in told


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("topic_admin", "topic_io"):
        monkeypatch.setattr(f"jobs.kafka.{module}._CONNECT_MS", 3_000)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("verb", [("topics", "create"), ("dead-letters", "show"), ("run",)])
def test_a_wrong_password_is_reported(
    broker: Broker, trusted: Authority, scene: Scene, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    before = scene.cluster.rest.jobs()
    config = client(tmp_path, trusted, JOB, "guessed")
    result = kithward(*verb, "--bootstrap", broker.address(SECURE), "--kafka-config", config)
    assert result.exit_code == 2
    assert "is it the user or the password?" in the_one_line(result)
    assert "guessed" not in result.output
    assert scene.cluster.rest.jobs() == before


@pytest.mark.usefixtures("hasty")
def test_a_broker_with_an_untrusted_certificate_is_refused(broker: Broker, tmp_path: Path) -> None:
    stranger = authority(tmp_path / "stranger")
    config = client(tmp_path, stranger, JOB, f"{JOB}-pw")
    result = kithward("run", "--bootstrap", broker.address(SECURE), "--kafka-config", config)
    assert result.exit_code == 2
    assert "certificate verify failed" in the_one_line(result)


def content_if_any(file: Path) -> bytes:
    """Return a file's bytes, or none if a newer checkpoint has replaced it meanwhile."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
