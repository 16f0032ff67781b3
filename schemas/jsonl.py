"""Files of records: one JSON object a line, or an Avro container file.

A line that is not a record is returned as a `BadLine`: it is never an exception and never dropped.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from schemas.containers import container
from schemas.json_form import STRICT, JsonForm, to_json
from schemas.malformed import Malformed, Reason
from schemas.records import Record

MAX_LINE_BYTES: Final = 16 * 2**20
"""More than the largest picture (5 MiB) in base64. A longer line is cut off and refused, so memory is bounded."""
_BEYOND: Final = 2**64
"""What stands for a whole number of more digits than Python reads."""
_PICTURE_BEGINS: Final = re.compile(rb'"(avatar_image|image)"\s*:\s*\Z')
_LONGEST_BEGINNING: Final = 100  # bytes: a name, a colon, and more blanks than anybody writes
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line (of a container file: a record) that was refused; `line` counts from 1, `raw` is as it was read.

    Of a JSON document `element` is the number of the value, and `line` the one on which it begins. Where a mapping
    divides that into its events, `event` has the number of the event in each list, from 1.
    """

    line: int
    reason: Reason
    message: str
    raw: bytes
    element: int | None = None
    event: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the dead letter. Bytes that are no UTF-8 become lone surrogates, so that none is lost."""
        raw = self.raw.decode("utf-8", "surrogateescape")
        element = {} if self.element is None else {"element": self.element}
        event = {"event": list(self.event)} if self.event else {}
        return {"line": self.line, **element, **event, "reason": str(self.reason), "message": self.message, "raw": raw}


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return _BEYOND


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed(Reason.UNDECODABLE, "a field occurs in it twice")
    return found


_FAST_DECODER: Final = msgspec.json.Decoder()
_COLON: Final = b":"
_ESCAPED_COLON: Final = b"\\u003"
_DECODER: Final = json.JSONDecoder(parse_int=_integer, object_pairs_hook=_object)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_line(line: bytes | str, form: JsonForm = STRICT) -> Record:
    """Return the record on a line. Raises `Malformed` (as the form does; UNDECODABLE if it is not one JSON value)."""
    return form.read(read_value(line))


def read_value(line: bytes | str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value on a line. Raises `Malformed` (UNDECODABLE) if it is not one, or an object repeats a field.

    A whole number of thousands of digits is read as some number beyond 64 bits.
    """
    found = _plain_value(line) if isinstance(line, bytes) else None
    return _exact_value(line) if found is None else found


def _plain_value(line: bytes) -> Any:  # noqa: ANN401 - as above
    """Return the JSON value on a line, or None if it is not plainly one in which no object repeats a field.

    Of repeated fields the fast decoder keeps one: then what it found, written again, has fewer colons than the line.
    """
    try:
        found = _FAST_DECODER.decode(line)
        is_plain = msgspec.json.encode(found).count(_COLON) == line.count(_COLON) and _ESCAPED_COLON not in line
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found if is_plain else None


def _exact_value(line: bytes | str) -> Any:  # noqa: ANN401 - as above
    try:
        return _DECODER.decode(line if isinstance(line, str) else line.decode())
    except UnicodeDecodeError:
        raise Malformed(Reason.UNDECODABLE, "no valid UTF-8") from None
    except ValueError:
        raise Malformed(Reason.UNDECODABLE, "not JSON") from None
    except RecursionError:
        raise Malformed(Reason.UNDECODABLE, "nested too deeply") from None


def write_line(record: Record) -> str:
    """Return the record as a line of JSON, without the line's end."""
    return _ENCODER.encode(to_json(record))


def read_lines(file: IO[bytes]) -> Iterator[Record | BadLine]:
    """Yield the record or the fault of each line; blank lines are skipped, but counted."""
    for number, raw in enumerate(bounded_lines(file, MAX_LINE_BYTES + 2), start=1):
        line = raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw
        if line.strip():
            yield _record_or_bad(number, line)


def _record_or_bad(number: int, line: bytes) -> Record | BadLine:
    try:
        return read_line(check_line_length(line))
    except Malformed as fault:
        return BadLine(line=number, reason=fault.reason, message=fault.message, raw=line.rstrip(b"\r\n"))


def check_line_length(line: bytes) -> bytes:
    """Return the line. Raises `Malformed` if it was cut off: IMAGE_TOO_LARGE within a picture, else OUT_OF_RANGE."""
    if len(line) <= MAX_LINE_BYTES:
        return line
    before, _, _ = line.rpartition(b'"')
    found = _PICTURE_BEGINS.search(before[-_LONGEST_BEGINNING:])
    if found is None:
        raise Malformed(Reason.OUT_OF_RANGE, "a line longer than any record; it is cut off here")
    raise Malformed(Reason.IMAGE_TOO_LARGE, "a picture that fits on no line; it is cut off here", found[1].decode())


def bounded_lines(file: IO[bytes], limit: int) -> Iterator[bytes]:
    """Yield the lines; of one that is longer than `limit` bytes, as many."""
    while line := file.readline(limit):
        yield line
        while len(line) == limit and not line.endswith(b"\n"):
            line = file.readline(limit)


def read_file(path: Path) -> Iterator[Record | BadLine]:
    """Yield the records and faults of a file. Raises `OSError`; `Malformed` for an `.avro` without a header."""
    with path.open("rb") as file:
        is_container = file.read(len(container.MAGIC)) == container.MAGIC
        file.seek(0)
        if not is_container and path.suffix.lower() != ".avro":
            yield from read_lines(file)
            return
        for number, (found, raw) in enumerate(container.read(file), start=1):
            yield found if isinstance(found, Record) else _bad_record(number, found, raw)


def _bad_record(number: int, fault: Malformed, raw: bytes) -> BadLine:
    return BadLine(line=number, reason=fault.reason, message=fault.message, raw=raw)


def write_file(path: Path, records: Iterable[Record]) -> None:
    """Write records in the form that the file's name selects. Raises `OSError`."""
    with path.open("wb") as file:
        if path.suffix == ".avro":
            container.write(file, records)
        else:
            file.writelines(f"{write_line(record)}\n".encode() for record in records)
