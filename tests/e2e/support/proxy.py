"""A TCP proxy that can be cut: a network outage between its clients and one address."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

_CHUNK = 65_536


class Proxy:
    """A proxy with a fixed address; `open` sets its target."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._target: tuple[str, int] | None = None
        self._changing = threading.Lock()  # no connection is made while it is being cut

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listener.close()

    def open(self, target: str) -> None:
        """Forward connections to `host:port`."""
        host, port = target.split(":")
        self._target = (host, int(port))

    def cut(self) -> None:
        """Close all connections and refuse new ones."""
        with self._changing:
            self._target = None
            while self._ends:
                _end(self._ends.pop())

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                self._connect(self._listener.accept()[0])

    def _connect(self, caller: socket.socket) -> None:
        with self._changing:
            there = self._connect_target()
            if there is None:
                caller.close()
                return
            self._ends += (caller, there)
        for one, other in ((caller, there), (there, caller)):
            threading.Thread(target=_forward, args=(one, other), daemon=True).start()

    def _connect_target(self) -> socket.socket | None:
        try:
            return None if self._target is None else socket.create_connection(self._target)
        except OSError:
            return None  # as if the connection were cut: the client may try again


def _forward(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while chunk := one.recv(_CHUNK):
            other.sendall(chunk)
    _end(other)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
