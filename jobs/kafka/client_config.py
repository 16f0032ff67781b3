"""Kafka client configuration: addresses, TLS and SASL, for Flink's Java clients and for kafka-python.

The file is a `.properties` file as Kafka's own tools read it with `--command-config`. Only properties that both kinds
of clients support are accepted: one that either ignored would make the two halves of the job connect differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import javaproperties

from jobs.errors import BadInput, bad_path
from jobs.kafka.bootstrap_servers import parse_bootstrap_servers
from schemas.topic_names import CONTRACT_NAMES, TopicNames

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE_BYTES: Final = 65_536
_LOGIN: Final = re.compile(r'\S+\s+required\s+username="([^"\\]*)"\s+password="([^"\\]*)"\s*;')
_SEPARATED: Final = re.compile(r"\s*(?:\\.|[^\\=:\s])+\s*[=:]", re.DOTALL)
_KAFKA_CLASS: Final = re.compile(r"^org\.apache\.kafka\.")
_SHADED: Final = "org.apache.flink.kafka.shaded.org.apache.kafka."
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "security.protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl.mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "ssl.truststore.type": ("PEM",),
    "ssl.keystore.type": ("PEM",),
    "ssl.endpoint.identification.algorithm": ("https", ""),
}
_FILES: Final = ("ssl.truststore.location", "ssl.keystore.location")
_SECRETS: Final = ("sasl.jaas.config", "ssl.key.password")
_KNOWN: Final = frozenset({*_CHOICES, *_FILES, *_SECRETS})


class Secret(str):
    """A string whose repr is hidden: clients write their settings into their logs."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a placeholder."""
        return "'...'"


@dataclass(frozen=True, slots=True)
class Brokers:
    """Kafka's bootstrap servers (`host:port,...`), client properties, and the topics' names there.

    The properties hold secrets and are never printed.
    """

    bootstrap: str
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    topics: TopicNames = CONTRACT_NAMES

    def __str__(self) -> str:
        return self.bootstrap

    def for_java(self) -> dict[str, str]:
        """Return the settings of Java clients. Flink's connector shades Kafka's classes, so class names are moved."""
        moved = {
            name: _KAFKA_CLASS.sub(_SHADED, value) if name == "sasl.jaas.config" else value
            for name, value in self.properties.items()
        }
        return {"bootstrap.servers": self.bootstrap, **moved}

    def for_python(self) -> dict[str, object]:
        """Return the settings of kafka-python's clients, by its names."""
        given = self.properties
        settings: dict[str, object] = {"bootstrap_servers": self.bootstrap}
        settings["security_protocol"] = given.get("security.protocol", "PLAINTEXT")
        settings["ssl_check_hostname"] = given.get("ssl.endpoint.identification.algorithm", "https") == "https"
        settings["ssl_cafile"] = given.get("ssl.truststore.location")
        settings["ssl_certfile"] = settings["ssl_keyfile"] = given.get("ssl.keystore.location")
        settings["ssl_password"] = Secret(given["ssl.key.password"]) if "ssl.key.password" in given else None
        settings["sasl_mechanism"] = given.get("sasl.mechanism")
        login = _LOGIN.fullmatch(given.get("sasl.jaas.config", ""))
        if login is not None:
            settings["sasl_plain_username"], settings["sasl_plain_password"] = login[1], Secret(login[2])
        return {name: value for name, value in settings.items() if value is not None}


def load_brokers(bootstrap: str, config: Path | None, topics: TopicNames = CONTRACT_NAMES) -> Brokers:
    """Return the brokers with the properties of a file.

    Raise BadInput for an invalid address and, without any secret, for an invalid file.
    """
    return Brokers(parse_bootstrap_servers(bootstrap), {} if config is None else _read_properties(config), topics)


def _read_properties(path: Path) -> dict[str, str]:
    properties = _parse(path)
    for name, value in properties.items():
        _check_property(path, name, value)
    protocol = properties.get("security.protocol", "PLAINTEXT")
    needed = ("sasl.mechanism", "sasl.jaas.config") if protocol.startswith("SASL") else ()
    for name in needed:
        if name not in properties:
            raise BadInput(path, f"security.protocol is {protocol}, so {name} is needed")
    # Flink's processes have other working directories, so paths are made absolute.
    return {name: str(Path(value).resolve()) if name in _FILES else value for name, value in properties.items()}


def _parse(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as file:
            elements = list(javaproperties.parse(file.read(_FILE_BYTES)))
    except OSError as fault:
        raise bad_path(path, fault) from fault
    except UnicodeDecodeError as fault:
        raise BadInput(path, "is not UTF-8 text") from fault
    except javaproperties.InvalidUEscapeError as fault:
        raise BadInput(path, f"is not a properties file: {fault}") from None
    given: dict[str, str] = {}
    line = 1
    for element in elements:
        if isinstance(element, javaproperties.KeyValue):
            if _SEPARATED.match(element.source) is None:
                raise BadInput(path, f"line {line}: expected name=value")
            if element.key in given:
                raise BadInput(path, f"line {line}: {element.key} is given twice")
            given[element.key] = element.value
        line += element.source.count("\n")
    return given


def _check_property(path: Path, name: str, value: str) -> None:
    if name == "bootstrap.servers":
        raise BadInput(path, "bootstrap.servers: give it with --bootstrap instead")
    if name not in _KNOWN:
        raise BadInput(path, f"{name}: is not supported; supported are {', '.join(sorted(_KNOWN))}")

    if value not in _CHOICES.get(name, (value,)):
        raise BadInput(path, f"{name}: must be one of {', '.join(filter(None, _CHOICES[name]))}")
    if name in _FILES and not Path(value).is_file():
        raise BadInput(path, f"{name}: there is no file {value}")
    if name == "sasl.jaas.config" and _LOGIN.fullmatch(value) is None:
        raise BadInput(path, f'{name}: must be LOGIN-MODULE required username="..." password="...";')
