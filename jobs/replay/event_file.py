"""One event file: JSON lines, a JSON document or an Avro container file, each also compressed with gzip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from jobs.errors import BadInput
from jobs.replay.event_parser import bad_line
from jobs.replay.event_paths import STANDARD_INPUT, is_named_avro
from jobs.replay.file_form import GZIP, HEAD_BYTES, SHOWN_BYTES, Form, form_of, looks_like
from jobs.replay.input_report import Tally
from jobs.replay.json_values import BYTE_ORDER_MARK, LINE_BYTES, document_values
from schemas.jsonl import BadLine, bounded_lines
from schemas.malformed import Malformed
from schemas.records import PolicyPublished, Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.replay.event_parser import Found, Parser
    from jobs.replay.open_files import OpenFiles

_PUBLISHED: Final = b"PolicyPublished"
_BEGINNING_MS: Final = -(1 << 63)

LineFilter = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class InputEvent:
    """A parsed line of a file, or a record of a container file. A bad line has the time of the event before it."""

    at_ms: int
    file: str  # its path, as it was given
    line: int  # counted from 1; of a container file the number of the record
    raw: bytes
    parsed: Record | BadLine
    element: int | None = None  # of a JSON document: its number, counted from 1
    event: tuple[int, ...] = ()  # where a mapping divides that: its number in each list, counted from 1

    def as_bad_line(self, fault: Malformed) -> BadLine:
        """Return this line as a bad line, for an event that is found to be malformed later."""
        return bad_line(self.line, fault, self.raw, self.element, self.event)


class EventFile:
    """An event file that can be read several times. Raise BadInput for a file in another form."""

    def __init__(self, path: Path, files: OpenFiles) -> None:
        self.name = "standard input" if path == STANDARD_INPUT else str(path)
        self._path, self._files = path, files
        self._is_gzip = files.stream(path).read(len(GZIP)) == GZIP
        head = self._stream().read(HEAD_BYTES)
        self._head = head[:SHOWN_BYTES]
        try:
            self._form = form_of(head, is_named_avro=is_named_avro(path))
        except ValueError as fault:
            raise BadInput(self.name, str(fault)) from fault

    def events(
        self, parser: Parser, tally: Tally, line_filter: LineFilter | None, latest_ms: int
    ) -> Iterator[InputEvent]:
        """Yield the events and bad lines; count them, and what is not mapped.

        An event after `latest_ms` has the time of the one before.
        """
        name, at_ms = self.name, _BEGINNING_MS
        tally.unit = "record" if self._form is Form.CONTAINER else "line"
        found = self._records(parser) if self._form is Form.CONTAINER else self._texts(parser, tally, line_filter)
        for line, element, raw, parsed, event in found:
            if parsed is None:
                tally.unmapped += 1
                continue
            if isinstance(parsed, BadLine):
                tally.add_bad(parsed)
            else:
                tally.events += 1
                if parsed.at_ms <= latest_ms:  # type: ignore[attr-defined]
                    at_ms = parsed.at_ms  # type: ignore[attr-defined]
            yield InputEvent(at_ms, name, line, raw, parsed, element, event)

    def policies(self, parser: Parser) -> Iterator[PolicyPublished]:
        """Yield the policies in the file; only texts and blocks that may be policies are parsed."""
        if self._form is Form.CONTAINER:
            found = self._records(parser, PolicyPublished)
        else:
            found = self._texts(parser, Tally(), lambda raw: _PUBLISHED in raw)
        return (each.parsed for each in found if isinstance(each.parsed, PolicyPublished))

    def looks_like(self) -> str:
        """Return what a file without any event looks like; empty if it is not known."""
        return "" if self._form is Form.CONTAINER else looks_like(self._head)

    def _stream(self) -> IO[bytes]:
        return self._files.stream(self._path, is_gzip=self._is_gzip)

    def _texts(self, parser: Parser, tally: Tally, line_filter: LineFilter | None) -> Iterator[Found]:
        """Yield what lines or elements hold. One for which `line_filter` is false is counted unparsed."""
        file = self._stream()
        for line, element, raw in _elements(file) if self._form is Form.DOCUMENT else _lines(file, tally):
            if line_filter is None or line_filter(raw):
                yield from parser.texts(line, element, raw)
            else:
                tally.events += 1

    def _records(self, parser: Parser, kind: type[Record] | None = None) -> Iterator[Found]:
        try:
            yield from parser.records(self._stream(), kind)
        except Malformed as fault:
            raise BadInput(self.name, fault.message) from fault


def _elements(file: IO[bytes]) -> Iterator[tuple[int, int | None, bytes]]:
    for element, (line, raw) in enumerate(document_values(file), start=1):
        yield line, element, raw


def _lines(file: IO[bytes], tally: Tally) -> Iterator[tuple[int, int | None, bytes]]:
    for number, line in enumerate(bounded_lines(file, LINE_BYTES), start=1):
        raw = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
        raw = raw.rstrip(b"\r\n")
        if raw and not raw.isspace():
            yield number, None, raw
        else:
            tally.blank += 1
