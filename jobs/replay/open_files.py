"""Reading of many files with few of them open: a file is opened again where it was left."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from collections import OrderedDict
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from jobs.errors import BadInput, bad_path
from jobs.replay.event_paths import STANDARD_INPUT

if TYPE_CHECKING:
    from pathlib import Path

MAX_OPEN_FILES: Final = 64
_BUFFERS_BYTES: Final = 32 * 2**20
_BUFFER_BYTES: Final = (8 * 2**10, 128 * 2**10)
"""Smallest and largest buffer of a file; between them all buffers together have `_BUFFERS_BYTES`."""


class OpenFiles:
    """Files by path, of which the latest used are open. A pipe is copied first, since events are read twice."""

    def __init__(self, count: int) -> None:
        least, most = _BUFFER_BYTES
        self._buffer_bytes = min(max(_BUFFERS_BYTES // max(count, 1), least), most)
        self._open: OrderedDict[Path, int] = OrderedDict()
        self._copies: dict[Path, IO[bytes]] = {}
        self._identities: dict[Path, tuple[int, int]] = {}

    def add(self, path: Path) -> int:
        """Open a file for the first time, and return its size. Raise BadInput if it cannot be read."""
        try:
            if path == STANDARD_INPUT:
                self._copies[path] = _copy_of(_standard_input())
            elif path not in self._copies and not path.is_file():
                self._copies[path] = _copy_of(path.open("rb"))
            found = os.fstat(self._descriptor(path))
        except OSError as fault:
            raise bad_path(path, fault) from fault
        self._identities[path] = (found.st_dev, found.st_ino)
        return found.st_size

    def stream(self, path: Path, *, is_gzip: bool = False) -> IO[bytes]:
        """Return the content from its beginning, unpacked."""
        content = io.BufferedReader(_PooledFile(self, path), self._buffer_bytes)
        if not is_gzip:
            return content
        return io.BufferedReader(_Unpacked(path, gzip.GzipFile(fileobj=content)), self._buffer_bytes)

    def read_into(self, path: Path, buffer: memoryview, at: int) -> int:
        """Read bytes of a file from an offset. Raise BadInput if that fails, or if it is no longer the same file."""
        try:
            return os.preadv(self._descriptor(path), [buffer], at)
        except OSError as fault:
            raise bad_path(path, fault) from fault

    def close(self) -> None:
        """Close all files."""
        while self._open:
            os.close(self._open.popitem()[1])
        for copy in self._copies.values():
            copy.close()

    def _descriptor(self, path: Path) -> int:
        if path in self._copies:
            return self._copies[path].fileno()
        if path not in self._open:
            if len(self._open) >= MAX_OPEN_FILES:
                os.close(self._open.popitem(last=False)[1])
            self._open[path] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._require_same(path)
        self._open.move_to_end(path)
        return self._open[path]

    def _require_same(self, path: Path) -> None:
        found = os.fstat(self._open[path])
        if self._identities.get(path, (found.st_dev, found.st_ino)) != (found.st_dev, found.st_ino):
            raise BadInput(path, "was replaced while it was read")


class _PooledFile(io.RawIOBase):
    """A file of `OpenFiles`, with a position of its own."""

    def __init__(self, files: OpenFiles, path: Path) -> None:
        self._files, self._path, self._at = files, path, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._files.read_into(self._path, buffer, self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            raise io.UnsupportedOperation
        self._at = offset + (self._at if whence == os.SEEK_CUR else 0)
        return self._at

    def tell(self) -> int:
        return self._at


class _Unpacked(io.RawIOBase):
    """The content of a gzip file; BadInput where it is damaged or cut off."""

    def __init__(self, path: Path, packed: gzip.GzipFile) -> None:
        self._path, self._packed = path, packed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            return self._packed.readinto(buffer)
        except EOFError:
            raise BadInput(self._path, "is cut off: its gzip stream has no end") from None
        except (gzip.BadGzipFile, zlib.error):
            raise BadInput(self._path, "is damaged: its gzip stream cannot be unpacked") from None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._packed.seek(offset, whence)

    def tell(self) -> int:
        return self._packed.tell()


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:
        raise BadInput("standard input", "is closed")
    return sys.stdin.buffer


def _copy_of(stream: IO[bytes]) -> IO[bytes]:
    copy = TemporaryFile()  # noqa: SIM115 - closed with the other files
    with stream:
        copyfileobj(stream, copy)
    copy.flush()
    return copy
