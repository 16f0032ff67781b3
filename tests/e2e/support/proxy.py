"""A TCP proxy that can be cut: a network outage between its clients and one address."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

_CHUNK = 65_536


class Proxy:
    """Has an address of its own from the beginning; what it leads to is said when it is opened."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._target: tuple[str, int] | None = None
        self._changing = threading.Lock()  # nobody gets through while it is being cut

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listener.close()

    def open(self, target: str) -> None:
        """Pass on to `host:port`."""
        host, port = target.split(":")
        self._target = (host, int(port))

    def cut(self) -> None:
        """Let no byte through any more: who calls is hung up on."""
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
            there = self._reached()
            if there is None:
                caller.close()
                return
            self._ends += (caller, there)
        for one, other in ((caller, there), (there, caller)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()

    def _reached(self) -> socket.socket | None:
        try:
            return None if self._target is None else socket.create_connection(self._target)
        except OSError:
            return None  # as if it were cut: the caller may try again


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while chunk := one.recv(_CHUNK):
            other.sendall(chunk)
    _end(other)


def _end(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
