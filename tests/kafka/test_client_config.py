"""Kafka client properties: settings of Java and Python clients, and faults of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers, load_brokers
from jobs.kafka.client_properties import JAVA_TIMES, PRODUCER_TIMES, TIMES
from jobs.kafka.oauth_token import ClientCredentials
from jobs.kafka.topic_admin import open_admin
from jobs.kafka.topic_io import open_consumer, open_producer
from tests.support.given import kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="job" password="s3cr=t;#";'


OAUTH_MODULE = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
OAUTH = [
    "security.protocol=SASL_PLAINTEXT",
    "sasl.mechanism=OAUTHBEARER",
    "sasl.oauthbearer.token.endpoint.url=https://login.example/token",
    f'sasl.jaas.config={OAUTH_MODULE} required clientId="job" clientSecret="s3cr" scope="kafka";',
]


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return written(tmp_path / "ca.pem", ["-----BEGIN CERTIFICATE-----"])


def secure(directory: Path, authority: Path, *more: str) -> Path:
    lines = [
        "# how the job comes in",
        "security.protocol = SASL_SSL",
        "sasl.mechanism=SCRAM-SHA-512",
        f"sasl.jaas.config={LOGIN}",
        "ssl.truststore.type=PEM",
        f"ssl.truststore.location={authority}",
        *more,
    ]
    return written(directory / "client.properties", lines)


def test_without_a_file_only_the_address_is_set() -> None:
    here = load_brokers("broker:9092", None)
    assert here.for_java() == {"bootstrap.servers": "broker:9092"}
    assert here.for_python()["bootstrap_servers"] == "broker:9092"
    assert here.for_python()["security_protocol"] == "PLAINTEXT"


def test_java_clients_get_the_properties_with_the_shaded_login_module(tmp_path: Path, authority: Path) -> None:
    given = load_brokers("broker:9093", secure(tmp_path, authority)).for_java()
    assert given["sasl.jaas.config"] == f"org.apache.flink.kafka.shaded.{LOGIN}"
    assert given["ssl.truststore.location"] == str(authority)
    assert given["security.protocol"] == "SASL_SSL"


def test_python_clients_get_the_same_settings_under_their_names(tmp_path: Path, authority: Path) -> None:
    assert load_brokers("broker:9093", secure(tmp_path, authority)).for_python() == {
        "bootstrap_servers": "broker:9093",
        "security_protocol": "SASL_SSL",
        "ssl_check_hostname": True,
        "ssl_cafile": str(authority),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "job",
        "sasl_plain_password": "s3cr=t;#",
    }


def test_a_client_certificate_and_no_host_name_check(tmp_path: Path, authority: Path) -> None:
    more = (f"ssl.keystore.location={authority}", "ssl.key.password=k", "ssl.endpoint.identification.algorithm=")
    given = load_brokers("broker:9093", secure(tmp_path, authority, *more)).for_python()
    assert (given["ssl_certfile"], given["ssl_keyfile"], given["ssl_password"]) == (str(authority), str(authority), "k")
    assert given["ssl_check_hostname"] is False


def test_the_clients_name_and_times_are_those_of_both_kinds(tmp_path: Path) -> None:
    lines = ["client.id=fraud-team", "request.timeout.ms=20000", "delivery.timeout.ms=60000", "retry.backoff.ms=200"]
    brokers = load_brokers("broker:9092", written(tmp_path / "client.properties", lines))
    assert brokers.for_java().items() >= dict(line.split("=") for line in lines).items()
    common = {"client_id": "fraud-team", "request_timeout_ms": 20_000, "retry_backoff_ms": 200}
    assert brokers.for_python().items() >= common.items()
    assert "delivery_timeout_ms" not in brokers.for_python()  # consumers know no such thing
    assert brokers.for_python(producer=True).items() >= (common | {"delivery_timeout_ms": 60_000}).items()


def test_python_clients_accept_all_that_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka's clients refuse settings that they do not know, before they connect."""
    monkeypatch.setattr("jobs.kafka.topic_io._CONNECT_MS", 1)
    monkeypatch.setattr("jobs.kafka.topic_admin._CONNECT_MS", 1)
    lines = [f"{name}=2000" for name in (*TIMES, *PRODUCER_TIMES, *JAVA_TIMES)]
    file = written(tmp_path / "client.properties", ["client.id=a", *lines])
    brokers = load_brokers("127.0.0.1:1", file)
    for opened in (open_producer(brokers), open_consumer(brokers, ["messages"]), open_admin(brokers)):
        with pytest.raises(BadInput, match="no Kafka broker answers there"), opened:
            pass


def test_oauth_is_client_credentials_for_both_kinds(tmp_path: Path) -> None:
    brokers = load_brokers("broker:9093", written(tmp_path / "client.properties", OAUTH))
    java = brokers.for_java()
    shaded = "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.oauthbearer"
    assert java["sasl.jaas.config"].startswith(f"{shaded}.OAuthBearerLoginModule required clientId=")
    assert java["sasl.login.callback.handler.class"] == "kithward.OAuthLogin"
    assert java["sasl.oauthbearer.token.endpoint.url"] == "https://login.example/token"
    python = brokers.for_python()
    expected = ClientCredentials("https://login.example/token", "job", "s3cr", "kafka")
    assert (python["sasl_mechanism"], python["sasl_oauth_token_provider"]) == ("OAUTHBEARER", expected)
    assert "s3cr" not in repr(python)


def test_a_store_without_a_type_is_pem_for_java_too(tmp_path: Path, authority: Path) -> None:
    file = written(tmp_path / "client.properties", ["security.protocol=SSL", f"ssl.truststore.location={authority}"])
    assert load_brokers("broker:9093", file).for_java()["ssl.truststore.type"] == "PEM"


def test_a_value_may_continue_on_the_next_line(tmp_path: Path) -> None:
    lines = ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", "sasl.jaas.config=Module required \\"]
    file = written(tmp_path / "client.properties", [*lines, '    username="a" password="b";'])
    assert (
        load_brokers("here:9092", file).for_java()["sasl.jaas.config"] == 'Module required username="a" password="b";'
    )


def test_secrets_are_not_printed(tmp_path: Path, authority: Path) -> None:
    brokers = load_brokers("broker:9093", secure(tmp_path, authority))
    assert "s3cr" not in f"{brokers} {brokers!r}"
    assert repr(brokers) == repr(Brokers("broker:9093"))


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["security.protokol=SSL"], "security.protokol: is not supported"),
        (["security.protocol=TLS"], "security.protocol: must be one of PLAINTEXT, SSL"),
        (["ssl.truststore.type=JKS"], "ssl.truststore.type: must be one of PEM. Python's clients read PEM only"),
        (["ssl.keystore.password=secret"], "keytool -importkeystore"),
        (["request.timeout.ms=soon"], "request.timeout.ms: must be a number from 1,000 to 500,000, in milliseconds"),
        (["request.timeout.ms=999"], "request.timeout.ms: must be a number"),
        (["delivery.timeout.ms=20000"], "delivery.timeout.ms: must be at least request.timeout.ms, which is 30,000"),
        (["client.id=a b"], "client.id: must be up to 200 letters"),
        ([*OAUTH[:2], OAUTH[3]], "so sasl.oauthbearer.token.endpoint.url is needed"),
        (
            [*OAUTH[:3], 'sasl.jaas.config=Module required clientId="secret";'],
            'required clientId="..." clientSecret="..."',
        ),
        (["sasl.oauthbearer.token.endpoint.url=file:///etc/passwd"], "must be an address that begins with https://"),
        (["sasl.oauthbearer.token.endpoint.url=https://login:secret"], "must be an address that begins with https://"),
        (["sasl.oauthbearer.token.endpoint.url=https://"], "must be an address that begins with https://"),
        (
            ["sasl.oauthbearer.token.endpoint.url=https://job:secret@login.example/"],
            "must be without user and password",
        ),
        (["#" * 65_536, "security.protocol=SSL"], "is larger than 65,536 characters"),
        (["ssl.truststore.location=/no/such/file"], "there is no file /no/such/file"),
        (["ssl.keystore.location=/no/such/file\\", "ssl.key.password=secret"], "there is no file of that name"),
        (["bootstrap.servers=broker:9092"], "give it with --bootstrap"),
        (["security.protocol=SASL_SSL"], "so sasl.mechanism is needed"),
        (["security.protocol=SASL_SSL", "sasl.mechanism=PLAIN"], "so sasl.jaas.config is needed"),
        (["sasl.jaas.config=Module required password=secret;"], "sasl.jaas.config: must be LOGIN-MODULE required"),
        (OAUTH[1:], "sasl.mechanism: has no effect, because security.protocol is PLAINTEXT; it needs SASL"),
        (["ssl.key.password=secret"], "ssl.key.password: has no effect, because security.protocol is PLAINTEXT"),
        (["security.protocol=SSL", "ssl.key.password=secret"], "has no effect without ssl.keystore.location"),
        (
            [OAUTH[0], "sasl.mechanism=PLAIN", OAUTH[2], f"sasl.jaas.config={LOGIN}"],
            "sasl.oauthbearer.token.endpoint.url: has no effect, because sasl.mechanism is not OAUTHBEARER",
        ),
        (["security.protocol=SSL", "what is this"], "line 2: expected name=value"),
        (["security.protocol=SSL", "security.protocol=SSL"], "line 2: security.protocol is given twice"),
    ],
)
def test_faults_are_named_without_secrets(tmp_path: Path, lines: list[str], fault: str) -> None:
    file = written(tmp_path / "client.properties", lines)
    with pytest.raises(BadInput) as raised:
        load_brokers("here:9092", file)
    assert str(raised.value).startswith(f"{file}: ")
    assert fault in str(raised.value)
    assert "secret" not in str(raised.value)


VERBS = pytest.mark.parametrize(
    "verb",
    [
        ("topics", "create"),
        ("dead-letters", "show"),
        ("dead-letters", "resend"),
        ("run",),
        ("whatif", "--policy", "docs/policy.yaml", "--topic", "messages"),
        ("policy", "publish", "jobs/scenario/policy.yaml"),
        ("explain", "--topic", "decisions"),
    ],
)
"""Every verb that connects to Kafka."""


@VERBS
def test_every_verb_that_uses_kafka_reads_the_file(verb: tuple[str, ...], tmp_path: Path) -> None:
    result = kithward(*verb, "--kafka-config", tmp_path / "missing.properties")
    assert result.exit_code == 2
    assert "missing.properties: no such file" in the_one_line(result)


@VERBS
def test_every_verb_that_uses_kafka_takes_names_of_topics(verb: tuple[str, ...], tmp_path: Path) -> None:
    result = kithward(*verb, "--topics", tmp_path / "missing.yaml")
    assert "missing.yaml: no such file" in the_one_line(result)
    assert "--topic-prefix eu/" in the_one_line(kithward(*verb, "--topic-prefix", "eu/"))
