"""Event files, in JSON lines or Avro container files, merged by event time.

It is a merge, not a sort: of the next events of all files the earliest comes first, of equal ones that of the first
file. So each file keeps its own order, and events that are out of order within a file stay so.
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
from schemas.jsonl import MAX_LINE_BYTES, BadLine, check_line_length, read_line
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
"""Formats that are refused as a whole: a dead letter for each of their lines would help nobody."""

LineFilter = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class InputEvent:
    """A parsed line of a file, or a record of a container file. A bad line has the time of the event before it."""

    at_ms: int
    file: str  # its path, as it was given
    line: int  # counted from 1
    raw: bytes
    parsed: Record | BadLine

    def as_bad_line(self, fault: Malformed) -> BadLine:
        """Return this line as a bad line, for an event that is found to be malformed later."""
        return _bad_line(self.line, fault, self.raw)


class EventFiles:
    """Open event files; `open_events` opens and closes them."""

    def __init__(self, files: Sequence[tuple[Path, IO[bytes]]], line_filter: LineFilter | None = None) -> None:
        self._files, self._line_filter = files, line_filter
        self.size = sum(_size(file) for _, file in files)

    def events(self) -> Iterator[InputEvent]:
        """Yield the events and bad lines of all files, merged. Raise BadInput for a file in another format."""
        streams = [_events(path, file, self._line_filter) for path, file in self._files]
        return streams[0] if len(streams) == 1 else merge(*streams, key=attrgetter("at_ms"))

    def policies(self) -> Iterator[PolicyPublished]:
        """Yield the policies in the files. Reads every file to its end, and raises BadInput as `events` does."""
        for path, file in self._files:
            for parsed in _container_policies(path, file) if _is_container(path) else _text_policies(file):
                if isinstance(parsed, PolicyPublished):
                    yield parsed


@contextmanager
def open_events(paths: Sequence[Path], line_filter: LineFilter | None = None) -> Iterator[EventFiles]:
    """Open all files before any is read. Raise BadInput for the first that cannot be read.

    Lines of text for which `line_filter` is false are skipped unparsed; of container files every record is read.
    """
    files: list[tuple[Path, IO[bytes]]] = []
    try:
        files.extend((path, _open(path)) for path in paths)
        yield EventFiles(files, line_filter)
    finally:
        for _, file in files:
            file.close()


def _open(path: Path) -> IO[bytes]:
    try:
        file: IO[bytes] = path.open("rb")
        if not path.is_file():
            file = _copy_pipe(file)
        head = file.read(4)
        file.seek(0)
    except OSError as fault:
        raise bad_path(path, fault) from fault
    for mark, form in () if _is_container(path) else _OTHER_FORMS:
        if head.startswith(mark):
            file.close()
            raise BadInput(path, form)
    return file


def _copy_pipe(pipe: IO[bytes]) -> IO[bytes]:
    """Copy a pipe into a temporary file, since events are read twice."""
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


def _events(path: Path, file: IO[bytes], line_filter: LineFilter | None) -> Iterator[InputEvent]:
    file.seek(0)
    name, at_ms = str(path), _BEGINNING_MS
    for line, raw, parsed in _container_records(path, file) if _is_container(path) else _lines(file, line_filter):
        if type(parsed) in INPUT_OF:
            at_ms = parsed.at_ms  # type: ignore[union-attr]
        yield InputEvent(at_ms, name, line, raw, parsed)


def _lines(file: IO[bytes], line_filter: LineFilter | None) -> Iterator[tuple[int, bytes, Record | BadLine]]:
    for number, line in enumerate(_bounded_lines(file), start=1):
        raw = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        raw = raw.rstrip(b"\r\n")
        if raw and not raw.isspace() and (line_filter is None or line_filter(raw)):
            yield number, raw, _parse_line(number, raw)


def _parse_line(number: int, raw: bytes) -> Record | BadLine:
    try:
        return _require_event(read_line(check_line_length(raw)))
    except Malformed as fault:
        return _bad_line(number, fault, raw)


def _require_event(record: Record) -> Record:
    if type(record) in INPUT_OF:
        return record
    raise Malformed(Reason.UNKNOWN_SCHEMA, f"{type(record).__name__} is not an event")


def _bounded_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; a line that is too long is cut a little after `MAX_LINE_BYTES`."""
    limit = MAX_LINE_BYTES + 3
    while line := file.readline(limit):
        yield line
        while len(line) == limit and not line.endswith(b"\n"):
            line = file.readline(limit)


def _container_records(
    path: Path, file: IO[bytes], kind: type[Record] | None = None
) -> Iterator[tuple[int, bytes, Record | BadLine]]:
    try:
        for number, (found, raw) in enumerate(container.read(file, kind), start=1):
            yield number, raw, _check_record(number, found, raw)
    except Malformed as fault:
        raise BadInput(path, fault.message) from fault


def _check_record(number: int, found: Record | Malformed, raw: bytes) -> Record | BadLine:
    try:
        return _require_event(found) if isinstance(found, Record) else _bad_line(number, found, raw)
    except Malformed as fault:
        return _bad_line(number, fault, raw)


def _bad_line(number: int, fault: Malformed, raw: bytes) -> BadLine:
    return BadLine(line=number, reason=fault.reason, message=fault.message, raw=raw)


def _container_policies(path: Path, file: IO[bytes]) -> Iterator[Record | BadLine]:
    """Yield the policies of a container file, and other records of blocks that contain policies."""
    file.seek(0)
    return (parsed for _, _, parsed in _container_records(path, file, PolicyPublished))


def _text_policies(file: IO[bytes]) -> Iterator[Record | BadLine]:
    """Yield the lines that may be policies; all others are skipped unparsed, since most lines are messages."""
    file.seek(0)
    for number, line in enumerate(_bounded_lines(file), start=1):
        if _PUBLISHED in line:
            yield _parse_line(number, line.removeprefix(_BYTE_ORDER_MARK))
