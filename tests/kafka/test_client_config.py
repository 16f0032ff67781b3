"""Kafka client properties: settings of Java and Python clients, and faults of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers, load_brokers
from tests.support.given import kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="job" password="s3cr=t;#";'


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
        (["ssl.truststore.type=JKS"], "ssl.truststore.type: must be one of PEM"),
        (["ssl.truststore.location=/no/such/file"], "there is no file /no/such/file"),
        (["bootstrap.servers=broker:9092"], "give it with --bootstrap"),
        (["security.protocol=SASL_SSL"], "so sasl.mechanism is needed"),
        (["security.protocol=SASL_SSL", "sasl.mechanism=PLAIN"], "so sasl.jaas.config is needed"),
        (["sasl.jaas.config=Module required password=secret;"], "sasl.jaas.config: must be LOGIN-MODULE required"),
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
