"""What events are there in files, and in which order? Several files are merged by event time.

Merged is by the head of each file: the earliest of the heads is next, of equal ones the first file's. It is no sort,
so a file keeps its own order, and one that is out of order stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from jobs.errors import BadInput, bad_path
from schemas import container
from schemas.jsonl import MAX_LINE_BYTES, BadLine, read_line, short_enough
from schemas.malformed import Malformed, Reason
from schemas.records import PolicyPublished, Record
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_PUBLISHED: Final = b"PolicyPublished"
_BEGINNING_MS: Final = -(1 << 63)
_OTHER_FORMS: Final = (
    (container.MAGIC, "is an Avro container file; let its name end in .avro"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd; unpack it first"),
    (b"PK\x03\x04", "is a zip archive; unpack it first"),
    (b"\xff\xfe", "is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16; save it as UTF-8"),
)
"""Whole files in another form: to report each of their lines as a bad one would help nobody."""

LineFilter = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class InputEvent:
    """A line of a file (of a container file: a record), read. What is no event has the time of the one before it."""

    at_ms: int
    file: str  # the file's name, as it was given
    line: int  # counted from 1
    raw: bytes
    parsed: Record | BadLine

    def as_bad_line(self, fault: Malformed) -> BadLine:
        """Return what stands here as a bad line, after it turned out to be one."""
        return _bad(self.line, fault, self.raw)


class EventFiles:
    """Open event files. Close them after use, or have `opened` do it."""

    def __init__(self, files: Sequence[tuple[Path, IO[bytes]]], wanted: LineFilter | None = None) -> None:
        self._files, self._wanted = files, wanted
        self.size = sum(_size(file) for _, file in files)

    def events(self) -> Iterator[InputEvent]:
        """Yield what stands in all files, merged. Raise BadInput for a file that is not what its name says."""
        streams = [_arrivals(path, file, self._wanted) for path, file in self._files]
        return streams[0] if len(streams) == 1 else merge(*streams, key=attrgetter("at_ms"))

    def policies(self) -> Iterator[PolicyPublished]:
        """Yield the policies that the files will bring. Raise BadInput as `arrivals` does: all files are read once."""
        for path, file in self._files:
            for found in _contained(path, file) if _is_container(path) else _published(file):
                if isinstance(found, PolicyPublished):
                    yield found


@contextmanager
def open_events(paths: Sequence[Path], wanted: LineFilter | None = None) -> Iterator[EventFiles]:
    """Open all files, so that none is found missing half-way. Raise BadInput for the first that cannot be read.

    Lines of text that are not `wanted` are passed over unread; of container files everything is read.
    """
    files: list[tuple[Path, IO[bytes]]] = []
    try:
        files.extend((path, _open(path)) for path in paths)
        yield EventFiles(files, wanted)
    finally:
        for _, file in files:
            file.close()


def _open(path: Path) -> IO[bytes]:
    try:
        file: IO[bytes] = path.open("rb")
        if not path.is_file():
            file = _copied(file)
        head = file.read(4)
        file.seek(0)
    except OSError as fault:
        raise bad_path(path, fault) from fault
    for mark, form in () if _is_container(path) else _OTHER_FORMS:
        if head.startswith(mark):
            file.close()
            raise BadInput(path, form)
    return file


def _copied(pipe: IO[bytes]) -> IO[bytes]:
    """Return a pipe's content as a file, for it is read twice."""
    copy = TemporaryFile()  # noqa: SIM115 - closed with the other files
    with pipe:
        copyfileobj(pipe, copy)
    copy.seek(0)
    return copy


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _is_container(path: Path) -> bool:
    return path.suffix == ".avro"


def _arrivals(path: Path, file: IO[bytes], wanted: LineFilter | None) -> Iterator[InputEvent]:
    file.seek(0)
    place, at_ms = str(path), _BEGINNING_MS
    for line, raw, found in _items(path, file) if _is_container(path) else _lines(file, wanted):
        if type(found) in INPUT_OF:
            at_ms = found.at_ms  # type: ignore[union-attr]
        yield InputEvent(at_ms, place, line, raw, found)


def _lines(file: IO[bytes], wanted: LineFilter | None) -> Iterator[tuple[int, bytes, Record | BadLine]]:
    for number, line in enumerate(_bounded(file), start=1):
        raw = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        raw = raw.rstrip(b"\r\n")
        if raw and not raw.isspace() and (wanted is None or wanted(raw)):
            yield number, raw, _event_or_bad(number, raw)


def _event_or_bad(number: int, raw: bytes) -> Record | BadLine:
    try:
        return _event(read_line(short_enough(raw)))
    except Malformed as fault:
        return _bad(number, fault, raw)


def _event(record: Record) -> Record:
    if type(record) in INPUT_OF:
        return record
    raise Malformed(Reason.UNKNOWN_SCHEMA, f"{type(record).__name__} is no event")


def _bounded(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; of one that is too long, the first `MAX_LINE_BYTES` and a little."""
    limit = MAX_LINE_BYTES + 3
    while line := file.readline(limit):
        yield line
        while len(line) == limit and not line.endswith(b"\n"):
            line = file.readline(limit)


def _items(
    path: Path, file: IO[bytes], wanted: type[Record] | None = None
) -> Iterator[tuple[int, bytes, Record | BadLine]]:
    try:
        for number, (found, raw) in enumerate(container.read(file, wanted), start=1):
            yield number, raw, _taken(number, found, raw)
    except Malformed as fault:
        raise BadInput(path, fault.message) from fault


def _taken(number: int, found: Record | Malformed, raw: bytes) -> Record | BadLine:
    try:
        return _event(found) if isinstance(found, Record) else _bad(number, found, raw)
    except Malformed as fault:
        return _bad(number, fault, raw)


def _bad(number: int, fault: Malformed, raw: bytes) -> BadLine:
    return BadLine(line=number, reason=fault.reason, message=fault.message, raw=raw)


def _contained(path: Path, file: IO[bytes]) -> Iterator[Record | BadLine]:
    """Yield the policies of a container file, and what else stands in blocks with such."""
    file.seek(0)
    return (found for _, _, found in _items(path, file, PolicyPublished))


def _published(file: IO[bytes]) -> Iterator[Record | BadLine]:
    """Yield what looks like a policy; other lines are passed over unread, since most lines are messages."""
    file.seek(0)
    for number, line in enumerate(_bounded(file), start=1):
        if _PUBLISHED in line:
            yield _event_or_bad(number, line.removeprefix(_BYTE_ORDER_MARK))
