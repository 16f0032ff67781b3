"""Parsing of lines and of container records into events; what is no event becomes a bad line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.replay.json_values import ARRAY_WITHOUT_END
from schemas.json_form import STRICT, JsonForm
from schemas.jsonl import BadLine, check_line_length, read_line
from schemas.malformed import Malformed, Reason, undecodable
from schemas.records import Decision, Record
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class EventParser:
    """A parser that ignores fields which no schema has, and tells `on_ignored` their names, or that refuses them."""

    def __init__(self, on_ignored: Callable[[Iterable[str]], None] | None) -> None:
        self._on_ignored = on_ignored
        self._ignored: list[str] = []
        self._form = STRICT if on_ignored is None else JsonForm(self._ignored.append)

    def parse(self, line: int, raw: bytes, element: int | None = None) -> Record | BadLine:
        """Return the event of a line, or of an element of a JSON document, or the fault."""
        self._ignored.clear()
        try:
            if raw == ARRAY_WITHOUT_END:
                raise undecodable("the JSON array has no end")
            event = _require_event(read_line(check_line_length(raw), self._form))
        except Malformed as fault:
            return bad_line(line, fault, raw, element)
        if self._ignored and self._on_ignored is not None:
            self._on_ignored(self._ignored)
        return event


def check_record(number: int, found: Record | Malformed, raw: bytes) -> Record | BadLine:
    """Return the event of a record of a container file, or the fault."""
    try:
        return _require_event(found) if isinstance(found, Record) else bad_line(number, found, raw)
    except Malformed as fault:
        return bad_line(number, fault, raw)


def bad_line(number: int, fault: Malformed, raw: bytes, element: int | None = None) -> BadLine:
    """Return the bad line of a fault."""
    return BadLine(line=number, reason=fault.reason, message=fault.message, raw=raw, element=element)


def _require_event(record: Record) -> Record:
    if type(record) in INPUT_OF:
        return record
    is_output = isinstance(record, Decision) or hasattr(record, "decision_id") or hasattr(record, "window_id")
    name = f"{type(record).__name__} is not an event"
    raise Malformed(Reason.UNKNOWN_SCHEMA, f"{name}, but an output of the job" if is_output else name)
