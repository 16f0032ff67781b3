"""Kafka client properties: a `.properties` file as Kafka's own tools read it with `--command-config`.

Only properties that both Java's and Python's clients support are accepted: one that either ignored would make the two
halves of the job connect differently.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import javaproperties

from jobs.errors import BadInput
from jobs.small_files import read_small_text

if TYPE_CHECKING:
    from collections.abc import Mapping

OAUTH: Final = "OAUTHBEARER"
TOKEN_ENDPOINT: Final = "sasl.oauthbearer.token.endpoint.url"  # noqa: S105 - a property's name
TIMES: Final = (
    "request.timeout.ms",
    "retry.backoff.ms",
    "reconnect.backoff.ms",
    "reconnect.backoff.max.ms",
    "metadata.max.age.ms",
)
"""Times of all clients, in milliseconds; Python's names have underscores."""
PRODUCER_TIMES: Final = ("delivery.timeout.ms",)
JAVA_TIMES: Final = ("socket.connection.setup.timeout.ms",)
"""Times that Python's clients do not have: those of the tool wait ten seconds for a connection."""

_LOGIN: Final = re.compile(r'\S+\s+required((?:\s+\w+="[^"\\]*")+)\s*;')
_LOGIN_OPTION: Final = re.compile(r'(\w+)="([^"\\]*)"')
_SEPARATED: Final = re.compile(r"\s*(?:\\.|[^\\=:\s])+\s*[=:]", re.DOTALL)
_PLAIN_PATH: Final = re.compile(r"[\w./-]+")
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,200}")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "security.protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl.mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", OAUTH),
    "ssl.truststore.type": ("PEM",),
    "ssl.keystore.type": ("PEM",),
    "ssl.endpoint.identification.algorithm": ("https", ""),
}
_FILES: Final = ("ssl.truststore.location", "ssl.keystore.location")
_SECRETS: Final = ("sasl.jaas.config", "ssl.key.password")
_KNOWN: Final = frozenset(
    {*_CHOICES, *_FILES, *_SECRETS, *TIMES, *PRODUCER_TIMES, *JAVA_TIMES, TOKEN_ENDPOINT, "client.id"}
)
_MAX_MS: Final = 2**31 - 1
_REQUEST_MS: Final = (1_000, 500_000)
"""Between how long a broker may keep a fetch waiting and how long it keeps an idle connection."""
_REQUEST_DEFAULT_MS: Final = 30_000
_TO_PEM: Final = (
    "Python's clients read PEM only; convert it once: keytool -importkeystore -srckeystore FILE "
    "-destkeystore store.p12 -deststoretype PKCS12, then openssl pkcs12 -in store.p12 -out store.pem"
)


def login_of(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the options of the login module in `sasl.jaas.config`; none if there is none."""
    module = _LOGIN.fullmatch(properties.get("sasl.jaas.config", ""))
    return dict(_LOGIN_OPTION.findall(module[1])) if module else {}


def read_properties(path: Path) -> dict[str, str]:
    """Return the properties of a file. Raise BadInput, without any secret, for an invalid one."""
    properties = _parse(path)
    for name, value in properties.items():
        _check_property(path, name, value)
    protocol = properties.get("security.protocol", "PLAINTEXT")
    needed = ("sasl.mechanism", "sasl.jaas.config") if protocol.startswith("SASL") else ()
    for name in needed:
        if name not in properties:
            raise BadInput(path, f"security.protocol is {protocol}, so {name} is needed")
    _check_login(path, properties)
    _check_times(path, properties)
    _check_use(path, properties, protocol)
    # Flink's processes have other working directories, so paths are made absolute.
    return {name: str(Path(value).resolve()) if name in _FILES else value for name, value in properties.items()}


def _parse(path: Path) -> dict[str, str]:
    try:
        elements = list(javaproperties.parse(read_small_text(path)))
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
    if name in {"ssl.truststore.password", "ssl.keystore.password"}:
        raise BadInput(path, f"{name}: is for stores that are not PEM. {_TO_PEM}")
    if name not in _KNOWN:
        raise BadInput(path, f"{name}: is not supported; supported are {', '.join(sorted(_KNOWN))}")
    if value not in _CHOICES.get(name, (value,)):
        hint = f". {_TO_PEM}" if value.upper() in {"JKS", "PKCS12"} else ""
        raise BadInput(path, f"{name}: must be one of {', '.join(filter(None, _CHOICES[name]))}{hint}")
    if name in _FILES and not Path(value).is_file():
        # With a line that goes on by mistake the value may end in the next property, and that may be a secret.
        raise BadInput(path, f"{name}: there is no file {value if _PLAIN_PATH.fullmatch(value) else 'of that name'}")
    if name == "client.id" and not _CLIENT_ID.fullmatch(value):
        raise BadInput(path, f"{name}: must be up to 200 letters, digits and . _ -")
    if name == TOKEN_ENDPOINT:
        _check_endpoint(path, name, value)


def _check_endpoint(path: Path, name: str, value: str) -> None:
    """Raise BadInput for what is no address, and for one with a login, which clients would ignore, and then print."""
    try:
        address = httpx.URL(value)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in {"http", "https"} or not address.host:
        raise BadInput(path, f"{name}: must be an address that begins with https:// or http://")
    if address.userinfo:
        raise BadInput(path, f"{name}: must be without user and password, which are clientId and clientSecret")


def _check_login(path: Path, properties: Mapping[str, str]) -> None:
    if "sasl.jaas.config" not in properties:
        return
    is_oauth = properties.get("sasl.mechanism") == OAUTH
    names = ("clientId", "clientSecret") if is_oauth else ("username", "password")
    if not login_of(properties).keys() >= set(names):
        options = " ".join(f'{name}="..."' for name in names)
        raise BadInput(path, f"sasl.jaas.config: must be LOGIN-MODULE required {options};")
    if is_oauth and TOKEN_ENDPOINT not in properties:
        raise BadInput(path, f"sasl.mechanism is {OAUTH}, so {TOKEN_ENDPOINT} is needed")


def _check_use(path: Path, properties: Mapping[str, str], protocol: str) -> None:
    """Raise BadInput for a property that clients pass over: a login, say, that they would not use."""
    for name in properties:
        if name.startswith("sasl.") and not protocol.startswith("SASL"):
            raise BadInput(path, f"{name}: has no effect, because security.protocol is {protocol}; it needs SASL")
        if name.startswith("ssl.") and not protocol.endswith("SSL"):
            raise BadInput(path, f"{name}: has no effect, because security.protocol is {protocol}; it needs SSL")
    if TOKEN_ENDPOINT in properties and properties["sasl.mechanism"] != OAUTH:
        raise BadInput(path, f"{TOKEN_ENDPOINT}: has no effect, because sasl.mechanism is not {OAUTH}")
    if "ssl.key.password" in properties and "ssl.keystore.location" not in properties:
        raise BadInput(path, "ssl.key.password: has no effect without ssl.keystore.location")


def _check_times(path: Path, properties: Mapping[str, str]) -> None:
    for name in (*TIMES, *PRODUCER_TIMES, *JAVA_TIMES):
        least, most = _REQUEST_MS if name == "request.timeout.ms" else (1, _MAX_MS)
        text = properties.get(name, str(least))
        if (
            not text.isascii()
            or not text.isdecimal()
            or len(text) > len(str(_MAX_MS))
            or not least <= int(text) <= most
        ):
            raise BadInput(path, f"{name}: must be a number from {least:,} to {most:,}, in milliseconds")
    request_ms = int(properties.get("request.timeout.ms", _REQUEST_DEFAULT_MS))
    if int(properties.get("delivery.timeout.ms", _MAX_MS)) < request_ms:
        raise BadInput(path, f"delivery.timeout.ms: must be at least request.timeout.ms, which is {request_ms:,}")
