"""Compilation of a mapping file's model: paths, conversions and constants, checked against the records' schemas."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import fields as fields_of

from jobs.mapping import conversions
from jobs.mapping.mapping import Each, EventMapping, Field, Hash, Rule
from jobs.mapping.model import RECORDS
from jobs.mapping.paths import Path
from jobs.policy.errors import Fault, format_path, format_value
from schemas import records
from schemas.json_form import field_readers
from schemas.malformed import Malformed
from schemas.schema_versions import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jobs.mapping.model import FieldSection, MappingFile, RuleSection
    from jobs.policy.yaml_document import Node
    from jobs.policy.yaml_document import Path as Place
    from schemas.json_form import FromJson
    from schemas.schema_versions import Schema

_SOURCES: Final = ("path", "value", "hash")


class Compiler:
    """Compiler of one mapping file; `faults` has what is wrong in it."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self.faults: list[Fault] = []

    def mapping(self, file: MappingFile, digest: bytes) -> EventMapping:
        """Return the mapping; it is of use only if there are no faults. `digest` is that of the file."""
        is_debezium = file.envelope is not None
        self._check_names([rule.name for rule in file.rules], "rules", "name", "is the name of another rule, too")
        self._check_names(file.topics, "topics", None, "is given twice")
        rules = [self._rule(rule, ("rules", place), is_debezium=is_debezium) for place, rule in enumerate(file.rules)]
        each = self._each(file.each, ("each",))
        is_avro = file.values == "avro"
        if file.avro_schema is not None and not is_avro:
            self.add(("avro_schema",), "is only for values: avro")
        found = [rule for rule in rules if rule is not None]
        return EventMapping(found, each, is_debezium, digest, file.topics, is_avro, file.avro_schema)

    def _check_names(self, names: Sequence[str], of: str, key: str | None, fault: str) -> None:
        for place, name in enumerate(names):
            if name in names[:place]:
                self.add((of, place) if key is None else (of, place, key), f"{format_value(name)} {fault}")

    def _rule(self, rule: RuleSection, place: Place, *, is_debezium: bool) -> Rule | None:
        if rule.record not in RECORDS:
            near = _near(rule.record, RECORDS)
            self.add((*place, "record"), f"there is no input record {format_value(rule.record)}{near}")
            return None
        if rule.changes and not is_debezium:
            self.add((*place, "changes"), "is only for inputs in an envelope: add envelope: debezium")
        kind = getattr(records, rule.record)
        when = None if rule.when is None else self.path(rule.when, (*place, "when"))
        each = self._each(rule.each, (*place, "each"))
        found = list(self._fields(rule, (*place, "fields")))
        return Rule(rule.name, kind, frozenset(rule.changes), when, each, tuple(found))

    def _each(self, given: dict[str, str], place: Place) -> tuple[Each, ...]:
        paths = ((name, self.path(path, (*place, name))) for name, path in given.items())
        return tuple(Each(name, path) for name, path in paths if path is not None)

    def path(self, text: str, place: Place) -> Path | None:
        """Return a compiled path, None with a fault for what is none."""
        try:
            return Path(text)
        except ValueError as fault:
            self.add(place, f"{format_value(text)} {fault}")
            return None

    def _fields(self, rule: RuleSection, place: Place) -> Iterator[Field]:
        kind = getattr(records, rule.record)
        known = {field.name: field.required for field in fields_of(kind)}
        types = {field["name"]: _type_of(field["type"]) for field in CURRENT[rule.record].schema["fields"]}
        readers = field_readers(rule.record)
        for name, section in rule.fields.items():
            if name not in known:
                near = _near(name, known) or f"; it has {', '.join(known)}"
                self.add((*place, name), f"{rule.record} has no such field{near}")
                continue
            field = _FieldCompiler(self, rule.name, (*place, name), types[name], readers[name])
            yield from field.field(section, is_required=known[name])
        for name, is_required in known.items():
            if is_required and name not in rule.fields:
                self.add(place, f"{name} is missing, without which there is no {rule.record}")

    def add(self, place: Place, message: str) -> None:
        """Add the fault of a place in the file; text that stands for a path has none below it."""
        if isinstance(place[-1], str) and place[-1] == "path" and self._root.at(place) is None:
            place = place[:-1]
        self.faults.append(Fault(format_path(place), self._root.line_of(place), message))


class _FieldCompiler:
    """Compiler of one field of a rule."""

    def __init__(self, compiler: Compiler, rule: str, place: Place, kind: Schema, read: FromJson) -> None:
        self._compiler, self._rule, self._place, self._read = compiler, rule, place, read
        self._name = str(place[-1])
        self._is_list = isinstance(kind, dict) and kind["type"] == "array"
        self._item = kind["items"] if self._is_list else kind

    def field(self, section: FieldSection, *, is_required: bool) -> Iterator[Field]:
        """Yield the field, unless the file does not say what it is."""
        given = [name for name in _SOURCES if name in section.model_fields_set]
        if len(given) != 1:
            self._add("must have one of path, value and hash, and text alone is a path")
            return
        self._check(section)
        self._check_use(section)
        source, convert = self._source(section), self._convert(section)
        constant = self._constant("value" if given == ["value"] else "default", section)
        if given == ["value"] and section.value is None and is_required:
            self._add("must have a value: the record needs one", "value")
        yield Field(self._name, source, convert, is_required, constant)

    def _check(self, section: FieldSection) -> None:
        if section.unit is not None and not self._is_time:
            self._add("is only for times, whose fields end in _ms", "unit")
        if section.prefix is not None and self._item != "string":
            self._add("is only for ids and other texts", "prefix")
        if section.hash is not None and (self._item != "string" or self._is_list):
            self._add("is only for an id", "hash")
        if section.value is not None and (section.unit or section.prefix or section.enum):
            self._add("a constant is in the contract's form: without unit, enum and prefix", "value")
        symbols = self._item.get("symbols", ()) if isinstance(self._item, dict) else ()
        if section.path in symbols:
            self._add(f"is a path here; for the constant write {{value: {section.path}}}", "path")
        for name, value in (section.enum or {}).items():
            if value is not None:
                self._checked(value, "enum", name)

    def _check_use(self, section: FieldSection) -> None:
        """Add the faults of keys that would have no effect beside others."""
        if section.unit is not None and section.enum is not None:
            self._add("is not used beside enum, whose values are times in milliseconds", "unit")
        if section.default is not None and section.path is None:
            self._add("is only for a path: a constant or a hash is never nothing", "default")

    def _source(self, section: FieldSection) -> Path | Hash | None:
        if section.hash is not None:
            paths = [self._compiler.path(text, (*self._place, "hash", at)) for at, text in enumerate(section.hash)]
            return Hash(self._rule, tuple(path for path in paths if path is not None))
        return None if section.path is None else self._compiler.path(section.path, (*self._place, "path"))

    def _convert(self, section: FieldSection) -> Callable[[Any], Any]:
        """Return the conversion of what is at the path: by enum map or unit, to text with a prefix, to the field."""
        steps: list[Callable[[Any], Any]] = []
        if section.enum is not None:
            entries = {key: _plain(value) for key, value in section.enum.items()}
            steps.append(partial(conversions.look_up, entries=entries))
        elif self._is_time:
            steps.append(conversions.time_in(section.unit or "ms"))
        if self._item == "string":
            steps.append(conversions.text_with(section.prefix))
        if self._is_list:
            steps = [partial(conversions.convert_items, convert=_in_turn(steps))]
        return _in_turn([*steps, self._read])

    def _constant(self, key: str, section: FieldSection) -> Any:  # noqa: ANN401 - a value of any field
        """Return a constant of the contract's form, or add the fault. Of a list it is the only item."""
        value = getattr(section, key)
        return None if value is None else self._checked(value, key)

    def _checked(self, value: object, *below: str) -> Any:  # noqa: ANN401 - as above
        plain = _plain(value)
        try:
            return self._read([plain] if self._is_list else plain)
        except Malformed as fault:
            self._add(f"{format_value(value)} is {fault.fault}", *below)
            return None

    @property
    def _is_time(self) -> bool:
        return self._name.endswith("_ms")

    def _add(self, message: str, *below: str | int) -> None:
        self._compiler.add((*self._place, *below), message)


def _in_turn(steps: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """Return the conversion that is made of steps; null ends it."""
    return reduce(_then, steps) if steps else lambda value: value


def _then(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def convert(value: object) -> object:
        found = first(value)
        return None if found is None else second(found)

    return convert


def _type_of(schema: Schema) -> Schema:
    """Return a field's type without null."""
    return next(branch for branch in schema if branch != "null") if isinstance(schema, list) else schema


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
