"""Bootstrap servers: what is accepted, and the one sentence for each fault, before any connection."""

from __future__ import annotations

import pytest

from jobs.kafka.bootstrap_servers import parse_bootstrap_servers
from tests.support.given import kithward, the_one_line


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("broker:9092", "broker:9092"),
        ("broker-1.example.org:9092, broker_2:1", "broker-1.example.org:9092,broker_2:1"),
        ("127.0.0.1:65535", "127.0.0.1:65535"),
        ("[::1]:9092,[fe80::1]:9093", "[::1]:9092,[fe80::1]:9093"),
    ],
)
def test_addresses_with_ports_are_accepted(text: str, parsed: str) -> None:
    assert parse_bootstrap_servers(text) == parsed


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "--bootstrap: expected host:port, or several with commas between them"),
        (" ", "--bootstrap: expected host:port, or several with commas between them"),
        ("broker", "--bootstrap 'broker': 'broker' has no port; expected host:port, such as broker:9092"),
        ("a:1,broker", "--bootstrap 'a:1,broker': 'broker' has no port; expected host:port, such as broker:9092"),
        ("[::1]", "--bootstrap '[::1]': '[::1]' has no port; expected host:port, such as [::1]:9092"),
        ("broker:", "--bootstrap 'broker:': the port '' is not a number from 1 to 65535"),
        ("broker:kafka", "--bootstrap 'broker:kafka': the port 'kafka' is not a number from 1 to 65535"),
        ("broker:0", "--bootstrap 'broker:0': the port '0' is not a number from 1 to 65535"),
        ("broker:65536", "--bootstrap 'broker:65536': the port '65536' is not a number from 1 to 65535"),
        ("broker:-1", "--bootstrap 'broker:-1': the port '-1' is not a number from 1 to 65535"),
        ("broker:٩", "--bootstrap 'broker:٩': the port '٩' is not a number from 1 to 65535"),
        ("a:1,", "--bootstrap 'a:1,': an address is missing before or after a comma"),
        ("a:1,,b:2", "--bootstrap 'a:1,,b:2': an address is missing before or after a comma"),
        (":9092", "--bootstrap ':9092': '' is neither a host name nor an address"),
        ("bro ker:9092", "--bootstrap 'bro ker:9092': 'bro ker' is neither a host name nor an address"),
        ("a;b:9092", "--bootstrap 'a;b:9092': 'a;b' is neither a host name nor an address"),
        ("[::g]:9092", "--bootstrap '[::g]:9092': '[::g]' is neither a host name nor an address"),
        ("[::1:9092", "--bootstrap '[::1:9092': '[::1:9092' is neither a host name nor an address"),
        (
            "::1:9092",
            "--bootstrap '::1:9092': '::1:9092' has several colons; an IPv6 address needs brackets, as in [::1]:9092",
        ),
        (
            "SASL_SSL://broker:9093",
            "--bootstrap 'SASL_SSL://broker:9093': 'SASL_SSL://broker:9093' has a scheme; expected host:port alone",
        ),
    ],
)
def test_each_fault_is_one_sentence_before_any_connection(
    monkeypatch: pytest.MonkeyPatch, text: str, fault: str
) -> None:
    connections: list[object] = []
    monkeypatch.setattr("socket.socket.connect", lambda _, address: connections.append(address))
    assert the_one_line(kithward("dead-letters", "show", "--bootstrap", text)) == f"kithward: {fault}"
    assert connections == []
