"""Parsing of a platform's own events by a mapping; what is at fault becomes a bad line."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING

from jobs.replay.event_parser import Found, bad_line, check_text
from schemas.containers import container
from schemas.jsonl import read_value
from schemas.malformed import Malformed

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from jobs.mapping.mapping import EventMapping
    from schemas.records import Record


class MappedParser:
    """A parser by a mapping. An event of which a record is at fault is a bad line as a whole.

    `made` counts the records of each rule.
    """

    def __init__(self, mapping: EventMapping, made: Counter[str]) -> None:
        self._mapping, self._made = mapping, made

    def texts(self, line: int, element: int | None, raw: bytes) -> Iterator[Found]:
        """Yield the records of a line, or of an element of a JSON document, and the faults."""
        try:
            value = read_value(check_text(raw))
        except Malformed as fault:
            yield Found(line, element, raw, bad_line(line, fault, raw, element))
            return
        yield from self._found(line, element, raw, value)

    def records(self, file: IO[bytes], kind: type[Record] | None = None) -> Iterator[Found]:
        """Yield the records of a container file of any schema, and the faults; nothing if only a `kind` is wanted.

        That kind is a published policy, which no mapping makes.
        """
        if kind is not None:
            return
        for number, (value, raw) in enumerate(container.read_values(file), start=1):
            if isinstance(value, Malformed):
                yield Found(number, None, raw, bad_line(number, value, raw))
            else:
                yield from self._found(number, None, raw, value)

    def _found(self, line: int, element: int | None, raw: bytes, value: object) -> Iterator[Found]:
        for event in self._mapping.events(value):
            own = _json(event.element) if event.numbers else raw
            try:
                mapped = self._mapping.records(event)
            except Malformed as fault:
                bad = bad_line(line, fault, own, element, event.numbers)
                yield Found(line, element, own, bad, event.numbers)
                continue
            if not mapped:
                yield Found(line, element, own, None, event.numbers)
            for each in mapped:
                self._made[each.rule] += 1
                yield Found(line, element, own, each.record, event.numbers)


def _json(value: object) -> bytes:
    """Return an element of an input as JSON: its own bytes are not known."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
