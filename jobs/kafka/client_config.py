"""Kafka client configuration: addresses, TLS and SASL, for Flink's Java clients and for kafka-python.

Both kinds of clients connect in the same way: `jobs.kafka.client_properties` accepts nothing that either would ignore.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jobs.kafka.bootstrap_servers import parse_bootstrap_servers
from jobs.kafka.client_properties import OAUTH, PRODUCER_TIMES, TIMES, TOKEN_ENDPOINT, login_of, read_properties
from schemas.topic_names import CONTRACT_NAMES, TopicNames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KAFKA_CLASS: Final = re.compile(r"^org\.apache\.kafka\.")
_SHADED: Final = "org.apache.flink.kafka.shaded.org.apache.kafka."
_OAUTH_HANDLER: Final = "kithward.OAuthLogin"
"""Our own login of Java clients: Kafka's needs libraries that Flink's connector lacks."""

_PEM: Final = {"ssl.truststore.location": "ssl.truststore.type", "ssl.keystore.location": "ssl.keystore.type"}


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
        types = {kind: "PEM" for place, kind in _PEM.items() if place in moved}
        handler = {"sasl.login.callback.handler.class": _OAUTH_HANDLER} if self._is_oauth else {}
        return {"bootstrap.servers": self.bootstrap, **types, **handler, **moved}

    @property
    def _is_oauth(self) -> bool:
        return self.properties.get("sasl.mechanism") == OAUTH

    def for_python(self, *, producer: bool = False) -> dict[str, object]:
        """Return the settings of kafka-python's clients, or of its producers, by its names."""
        given = self.properties
        settings: dict[str, object] = {"bootstrap_servers": self.bootstrap}
        settings["security_protocol"] = given.get("security.protocol", "PLAINTEXT")
        settings["ssl_check_hostname"] = given.get("ssl.endpoint.identification.algorithm", "https") == "https"
        settings["ssl_cafile"] = given.get("ssl.truststore.location")
        settings["ssl_certfile"] = settings["ssl_keyfile"] = given.get("ssl.keystore.location")
        settings["ssl_password"] = Secret(given["ssl.key.password"]) if "ssl.key.password" in given else None
        settings["sasl_mechanism"] = given.get("sasl.mechanism")
        settings |= self._login()
        settings["client_id"] = given.get("client.id")
        for name in (*TIMES, *(PRODUCER_TIMES if producer else ())):
            settings[name.replace(".", "_")] = int(given[name]) if name in given else None
        return {name: value for name, value in settings.items() if value is not None}

    def _login(self) -> dict[str, object]:
        login = login_of(self.properties)
        if not self._is_oauth:
            secret = Secret(login["password"]) if login else None
            return {"sasl_plain_username": login.get("username"), "sasl_plain_password": secret}
        # Kafka's client is slow to import, so only who uses it imports it.
        from jobs.kafka.oauth_token import ClientCredentials  # noqa: PLC0415

        address, secret = self.properties[TOKEN_ENDPOINT], Secret(login["clientSecret"])
        return {"sasl_oauth_token_provider": ClientCredentials(address, login["clientId"], secret, login.get("scope"))}


def load_brokers(bootstrap: str, config: Path | None, topics: TopicNames = CONTRACT_NAMES) -> Brokers:
    """Return the brokers with the properties of a file.

    Raise BadInput for an invalid address and, without any secret, for an invalid file.
    """
    return Brokers(parse_bootstrap_servers(bootstrap), {} if config is None else read_properties(config), topics)
