"""Parsing of texts and of container records into events of the contract; what is no event becomes a bad line."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from jobs.replay.json_values import ARRAY_WITHOUT_END
from schemas.containers import container
from schemas.json_form import STRICT, JsonForm
from schemas.jsonl import BadLine, check_line_length, read_line
from schemas.malformed import Malformed, Reason, undecodable
from schemas.records import Decision, Record
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Found(NamedTuple):
    """What was found in a file: the line, of a JSON document the element's number, the bytes, and what they are.

    `parsed` is None for an event to which no rule of a mapping applies, and `event` has its number in each list into
    which the mapping divides the input.
    """

    line: int
    element: int | None
    raw: bytes
    parsed: Record | BadLine | None
    event: tuple[int, ...] = ()


class Located(Protocol):
    """What has a place in a file."""

    @property
    def line(self) -> int:
        """The line, or the number of a container file's record, from 1."""

    @property
    def element(self) -> int | None:
        """The number of a JSON document's element, from 1."""

    @property
    def event(self) -> tuple[int, ...]:
        """The number of the event in each list into which a mapping divides the input, from 1."""


class Parser(Protocol):
    """Parser of what files hold: of events in the contract's form, or of others by a mapping."""

    def texts(self, line: int, element: int | None, raw: bytes) -> Iterable[Found]:
        """Yield what is on a line, or in an element of a JSON document."""

    def records(self, file: IO[bytes], kind: type[Record] | None = None) -> Iterable[Found]:
        """Yield what is in a container file; records of other types than `kind` may be left out.

        Raise Malformed if it is none.
        """


class EventParser:
    """A parser that ignores fields which no schema has, and tells `on_ignored` their names, or that refuses them."""

    def __init__(self, on_ignored: Callable[[Iterable[str]], None] | None) -> None:
        self._on_ignored = on_ignored
        self._ignored: list[str] = []
        self._form = STRICT if on_ignored is None else JsonForm(self._ignored.append)

    def texts(self, line: int, element: int | None, raw: bytes) -> Iterator[Found]:
        """Yield the event of a line, or of an element of a JSON document, or the fault."""
        yield Found(line, element, raw, self._parse(line, element, raw))

    def records(self, file: IO[bytes], kind: type[Record] | None = None) -> Iterator[Found]:
        """Yield the events of a container file, and the faults."""
        for number, (found, raw) in enumerate(container.read(file, kind), start=1):
            yield Found(number, None, raw, _check_record(number, found, raw))

    def _parse(self, line: int, element: int | None, raw: bytes) -> Record | BadLine:
        self._ignored.clear()
        try:
            event = _require_event(read_line(check_text(raw), self._form))
        except Malformed as fault:
            return bad_line(line, fault, raw, element)
        if self._ignored and self._on_ignored is not None:
            self._on_ignored(self._ignored)
        return event


def check_text(raw: bytes) -> bytes:
    """Return a line or an element. Raise Malformed if it was cut off, or is the end that an array lacks."""
    if raw == ARRAY_WITHOUT_END:
        raise undecodable("the JSON array has no end")
    return check_line_length(raw)


def bad_line(
    number: int, fault: Malformed, raw: bytes, element: int | None = None, event: tuple[int, ...] = ()
) -> BadLine:
    """Return the bad line of a fault."""
    return BadLine(line=number, reason=fault.reason, message=fault.message, raw=raw, element=element, event=event)


def place_of(at: Located, unit: str = "line") -> str:
    """Return where something is in its file, such as `line 7, element 2, event 3`."""
    element = [] if at.element is None else [f"element {at.element}"]
    event = [f"event {'.'.join(map(str, at.event))}"] if at.event else []
    return ", ".join([f"{unit} {at.line}", *element, *event])


def _check_record(number: int, found: Record | Malformed, raw: bytes) -> Record | BadLine:
    try:
        return _require_event(found) if isinstance(found, Record) else bad_line(number, found, raw)
    except Malformed as fault:
        return bad_line(number, fault, raw)


def _require_event(record: Record) -> Record:
    if type(record) in INPUT_OF:
        return record
    is_output = isinstance(record, Decision) or hasattr(record, "decision_id") or hasattr(record, "window_id")
    name = f"{type(record).__name__} is not an event"
    raise Malformed(Reason.UNKNOWN_SCHEMA, f"{name}, but an output of the job" if is_output else name)
