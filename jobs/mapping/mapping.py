"""A compiled mapping: a JSON value in, records of the contract or one clear fault out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jobs.mapping.conversions import hash_of, kind_of
from jobs.mapping.envelope import unpack
from jobs.mapping.paths import Path, is_true
from schemas.malformed import Malformed, Reason, undecodable
from schemas.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from schemas.records import Record

Scope = dict[str, Any]
"""What paths begin at: the members of the input, and the names that `each` gives to elements of its lists."""

MAX_RECORDS: Final = 10_000
"""Most records that one event of an input may become: more than any group has founders."""

MAX_ELEMENTS: Final = 1_000_000
"""Most elements that `each` goes through in one input, in all rules: lists that are not within each other multiply."""
_MEMBERS: Final = 100
"""So many members beside an element count as one element more: they are copied for each."""


class Bound:
    """The elements that an input may still have."""

    def __init__(self) -> None:
        self._left = MAX_ELEMENTS

    def extend(self, scope: Scope, name: str, element: object) -> Scope:
        """Return a scope with an element of a list. Raise Malformed after as many as an input may have."""
        self._left -= 1 + len(scope) // _MEMBERS
        if self._left < 0:
            fault = f"more than {MAX_ELEMENTS:,} elements of lists, or very many members beside them"
            raise Malformed(Reason.OUT_OF_RANGE, fault)
        return {**scope, name: element}


@dataclass(frozen=True, slots=True)
class Each:
    """A name for each element of a list, in turn."""

    name: str
    path: Path

    def elements(self, scope: Scope) -> list[object]:
        """Return the list; null is an empty one. Raise Malformed for what is none."""
        found = self.path.value(scope)
        if found is None:
            return []
        if not isinstance(found, list):
            raise undecodable(f"{kind_of(found)}, not a list (path {self.path.text})").within(f"each {self.name}")
        return found


@dataclass(frozen=True, slots=True)
class Hash:
    """An id that is derived from values, so that a repetition of the input has the same one."""

    rule: str
    paths: tuple[Path, ...]

    @property
    def text(self) -> str:
        """The paths, as they are named in a fault."""
        return ", ".join(path.text for path in self.paths)

    def value(self, scope: Scope) -> str:
        """Return the id. Raise Malformed where no value is there, or one is a list or an object."""
        return hash_of(self.rule, [path.value(scope) for path in self.paths])


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: where its value comes from and what becomes of it.

    `constant` is the value without a source, and where the source has none; None: the field is left out.
    """

    name: str
    source: Path | Hash | None
    convert: Callable[[Any], Any]
    is_required: bool
    constant: Any = None

    def value(self, scope: Scope) -> Any:  # noqa: ANN401 - a value of any field
        """Return the field's value, None if there is none. Raise Malformed with the name of the field."""
        source = self.source
        if source is None:
            return self.constant
        try:
            found = source.value(scope)
            found = self.constant if found is None else self.convert(found)
        except Malformed as fault:
            shown = "" if "(path " in fault.fault else f" (path {source.text})"
            raise Malformed(fault.reason, f"{fault.message}{shown}", self.name) from None
        if found is None and self.is_required:
            raise Malformed(Reason.MISSING_FIELD, f"nothing there (path {source.text})", self.name)
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: which inputs become a record of one type, and how."""

    name: str
    record: type[Record]
    changes: frozenset[str]
    """Of a Debezium envelope: the kinds of change that the rule is about; empty: all."""
    when: Path | None
    each: tuple[Each, ...]
    fields: tuple[Field, ...]

    def scopes(self, scope: Scope, bound: Bound) -> Iterable[Scope]:
        """Return the scopes that a record may come of: the event's, or one for each element of its lists.

        Raise Malformed, with the name of the rule.
        """
        if self.changes and scope.get("change") not in self.changes:
            return ()
        return self._elements(scope, bound) if self.each else (scope,)

    def _elements(self, scope: Scope, bound: Bound) -> Iterator[Scope]:
        try:
            yield from expand(scope, self.each, bound)
        except Malformed as fault:
            raise _fault_of(self.name, fault) from None

    def record_of(self, scope: Scope) -> Record | None:
        """Return the valid record of a scope, None if the rule does not apply.

        Raise Malformed, with the name of the rule.
        """
        try:
            if self.when is not None and not is_true(self.when.value(scope)):
                return None
            values = {}
            for field in self.fields:
                value = field.value(scope)
                if value is not None:
                    values[field.name] = value
            record = self.record(**values)
            validate(record)
        except Malformed as fault:
            raise _fault_of(self.name, fault) from None
        return record


class Event(Struct, frozen=True):
    """An event of an input: the input itself, or with `each` an element of its list.

    `scope` is None for what no rule is about: a tombstone, an element whose own list is empty or at fault. `bound` is
    that of the input.
    """

    element: object
    scope: Scope | None
    bound: Bound
    numbers: tuple[int, ...] = ()
    """The number of the element in each list, from 1."""
    fault: Malformed | None = None


class Mapped(Struct, frozen=True):
    """A record, and the name of the rule that made it."""

    rule: str
    record: Record


@dataclass(frozen=True, slots=True)
class EventMapping:
    """The rules of a mapping file, ready for inputs. `digest` is that of the file: the same one maps the same way.

    `topics`, by their names on the broker, are those that the job reads by it.
    """

    rules: Sequence[Rule]
    each: tuple[Each, ...] = ()
    is_debezium: bool = False
    digest: bytes = b""
    topics: tuple[str, ...] = ()
    is_avro: bool = False
    avro_schema: str | None = None
    """The file of the schema of Avro values in the topics that name none themselves."""

    def events(self, value: object) -> Iterator[Event]:
        """Yield the events of an input: one, or with `each` as many as its list has, in their order.

        What cannot be divided is one event with a fault, and those beside it are none the worse.
        """
        bound = Bound()
        try:
            scope = unpack(value) if self.is_debezium else value
            if not isinstance(scope, dict) and not (self.is_debezium and scope is None):
                raise undecodable(f"{kind_of(scope)}, not an object")
        except Malformed as fault:
            yield Event(value, None, bound, fault=fault)
            return
        if not self.each:
            yield Event(value, scope, bound)
            return
        try:
            yield from _divide(Event(value, scope, bound), self.each)
        except Malformed as fault:
            yield Event(value, None, bound, fault=fault)

    def records(self, event: Event) -> list[Mapped]:
        """Return what an event becomes: one record or several, or none if no rule applies.

        Raise Malformed, with rule, field and path but no value (C-14): then nothing of the event counts.
        """
        if event.fault is not None:
            raise event.fault
        if event.scope is None:
            return []
        found: list[Mapped] = []
        for rule in self.rules:
            for scope in rule.scopes(event.scope, event.bound):
                record = rule.record_of(scope)
                if record is not None:
                    found.append(Mapped(rule.name, record))
                    if len(found) > MAX_RECORDS:
                        raise Malformed(Reason.OUT_OF_RANGE, f"more than {MAX_RECORDS:,} records of one event")
        if len(found) > 1:
            _require_own_ids(found)
        return found


def expand(scope: Scope, each: Sequence[Each], bound: Bound) -> Iterator[Scope]:
    """Yield the scopes for each element of a list, of a list within that, and so on."""
    if not each:
        yield scope
        return
    first, *others = each
    for element in first.elements(scope):
        yield from expand(bound.extend(scope, first.name, element), others, bound)


def _divide(event: Event, each: Sequence[Each]) -> Iterator[Event]:
    """Yield an event's elements as events, theirs instead, and so on; the event itself where it has none."""
    if not each or event.scope is None:
        yield event
        return
    first, *others = each
    try:
        elements = first.elements(event.scope)
    except Malformed as fault:
        yield replace(event, scope=None, fault=fault)
        return
    if not elements:
        yield replace(event, scope=None)
    for number, element in enumerate(elements, start=1):
        scope = event.bound.extend(event.scope, first.name, element)
        yield from _divide(Event(element, scope, event.bound, (*event.numbers, number)), others)


def _require_own_ids(found: Sequence[Mapped]) -> None:
    ids: set[str] = set()
    for each in found:
        event_id: str = each.record.event_id  # type: ignore[attr-defined] # all input records have one
        if event_id in ids:
            fault = "another record of the same event has this id, so that one would be taken for a repetition"
            raise _fault_of(each.rule, Malformed(Reason.IMPOSSIBLE, fault, "event_id"))
        ids.add(event_id)


def _fault_of(rule: str, fault: Malformed) -> Malformed:
    return Malformed(fault.reason, fault.message, f"rule {rule}")
