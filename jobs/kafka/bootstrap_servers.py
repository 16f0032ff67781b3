"""Bootstrap servers, checked before any connection: `host:port,...`, an IPv6 address in brackets.

Kafka's clients take an address without a port for another port or a name to resolve, and each in its own way: they
would be silent until their timeout.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

from jobs.errors import BadInput

_PORT: Final = re.compile(r"[0-9]{1,5}")
_HOST: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_HIGHEST_PORT: Final = 65_535


def parse_bootstrap_servers(text: str) -> str:
    """Return the addresses without blanks around them. Raise BadInput, which names the wrong one."""
    if not text.strip():
        raise BadInput("--bootstrap", "expected host:port, or several with commas between them")
    addresses = [address.strip() for address in text.split(",")]
    for address in addresses:
        fault = _fault(address)
        if fault is not None:
            raise BadInput(f"--bootstrap {text!r}", fault)
    return ",".join(addresses)


def _fault(address: str) -> str | None:
    if not address:
        return "an address is missing before or after a comma"
    if "://" in address:
        return f"{address!r} has a scheme; expected host:port alone"
    if not address.startswith("[") and address.count(":") > 1:
        return f"{address!r} has several colons; an IPv6 address needs brackets, as in [::1]:9092"
    return _fault_of_parts(address)


def _fault_of_parts(address: str) -> str | None:
    host, colon, port = _split(address)
    if not _is_host(host):
        return f"{host!r} is neither a host name nor an address"
    if not colon:
        return f"{address!r} has no port; expected host:port, such as {host}:9092"
    if not _PORT.fullmatch(port) or not 1 <= int(port) <= _HIGHEST_PORT:
        return f"the port {port!r} is not a number from 1 to {_HIGHEST_PORT}"
    return None


def _split(address: str) -> tuple[str, str, str]:
    if not address.startswith("["):
        return address.partition(":")
    host, bracket, rest = address.partition("]")
    return host + bracket, rest[:1], rest[1:]


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return _HOST.fullmatch(host) is not None
    try:
        IPv6Address(host[1:-1])
    except ValueError:
        return False
    return host.endswith("]")
