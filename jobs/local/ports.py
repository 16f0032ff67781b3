"""Free TCP ports on 127.0.0.1, for servers that are about to start."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

HOST = "127.0.0.1"

# Below the ephemeral range: no outgoing connection takes one of these between the probe and the server's own bind.
_PORTS = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Return `count` different ports that nothing listens on.

    They are chosen at random, so that servers that start at the same time rarely choose the same one.
    """
    ports: list[int] = []
    with ExitStack() as probes:
        while len(ports) < count:
            port = secrets.choice(_PORTS)
            probe = probes.enter_context(socket.socket())
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            ports.append(port)
    return ports
