"""Safe parser of the text of a policy or a mapping (YAML or JSON), which keeps the line of every value.

Plain scalars follow YAML 1.2's core schema, not 1.1: `no`, `on`, `1:30` and `2026-01-01` are text, as authors of
keywords and versions expect, and decimals stay decimals (C-15). An alias counts with the size of its value, so that a
small text cannot expand to a large document. Tags are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import yaml

from jobs.policy.errors import Fault, InvalidPolicy, format_path, format_value
from jobs.policy.yaml_errors import to_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

Scalar = str | int | bool | Decimal | None
Path = tuple[str | int, ...]

POLICY = "a policy is a mapping of sections such as friendship_age"
MAX_BYTES = 1 << 20  # a policy event is one Kafka record, and a record has one mebibyte by default
MAX_NODES = 100_000  # values; those of an alias count each time it is used
MAX_DEPTH = 20  # the deepest key of a policy has a depth of 7

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
# Only numbers that are printed as they are written: a version, a telephone number or a keyword may look like a number.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,39}", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,19})\.[0-9]{1,20}(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), Decimal("Infinity")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), Decimal("-Infinity")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), Decimal("NaN")),
}
_JSON_ESCAPE = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\.|\t", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document. `line` counts from 1; for an entry of a mapping it is the line of its key."""

    line: int
    value: Scalar | list[Node] | dict[str, Node]
    size: int = 1  # values in it, itself included

    def plain(self) -> object:
        """Return the value as text, numbers, lists and dictionaries."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    def at(self, path: Path) -> Node | None:
        """Return the value at a path, or None."""
        node: Node | None = self
        for step in path:
            node = node.child(step) if node else None
        return node

    def child(self, step: str | int) -> Node | None:
        """Return one entry of a mapping or list, or None."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        is_item = isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value)
        return cast("list[Node]", self.value)[cast("int", step)] if is_item else None

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """Yield every value below this one with its path, in order."""
        below = self.value.items() if isinstance(self.value, dict) else ()
        items = enumerate(self.value) if isinstance(self.value, list) else below
        for step, node in items:
            yield (*path, step), node
            yield from node.walk((*path, step))

    def line_of(self, path: Path) -> int:
        """Return the line of the value at a path, or else of its nearest ancestor."""
        node = self
        for step in path:
            below = node.child(step)
            if below is None:
                break
            node = below
        return node.line


def read(text: str, expected: str = POLICY) -> Node:
    """Return the document's root mapping. Raise InvalidPolicy for text that is not one mapping within the limits.

    `expected` says what the document is, for the message about one that is not a mapping.
    """
    _check_size(text)
    try:
        reader = _Reader(yaml.parse(_as_yaml(text), Loader=_LOADER))
        root = reader.document()
    except yaml.YAMLError as error:
        raise InvalidPolicy([to_fault(error, text)]) from error
    if not isinstance(root.value, dict):
        message = f"{expected}, not {_kind(root)}"
        raise InvalidPolicy([*reader.faults, Fault("", root.line, message)])
    if reader.faults:
        raise InvalidPolicy(reader.faults)
    return root


def _kind(root: Node) -> str:
    """Return what a document is, without its content: it may be any file."""
    return "a list" if isinstance(root.value, list) else "a single value"


class _Reader:
    """Builds nodes from YAML's events. Collects faults of repeated keys; raises at once where parsing cannot go on."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.faults: list[Fault] = []
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._nodes = 0

    def document(self) -> Node:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Node(1, {})
        root = self._node(next(self._events), ())
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _fault((), after, "a second document begins here; write one document")
        return Node(root.line, {}) if root.value is None else root

    def _node(self, event: yaml.Event, path: Path) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        self._count(1, event, path)
        event = cast("yaml.ScalarEvent | yaml.CollectionStartEvent", event)
        if event.tag is not None:
            raise _fault(path, event, f"tags such as {format_value(event.tag)} are not allowed: leave it out")
        if len(path) > MAX_DEPTH:
            raise _fault(path[:1], event, f"nested deeper than {MAX_DEPTH} levels")
        node = self._build(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _build(self, event: yaml.Event, path: Path) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return Node(_line(event), _scalar(event, path))
        if isinstance(event, yaml.MappingStartEvent):
            entries = self._mapping(path)
            return Node(_line(event), entries, 1 + sum(node.size for node in entries.values()))
        items = self._list(path)
        return Node(_line(event), items, 1 + sum(node.size for node in items))

    def _alias(self, event: yaml.AliasEvent, path: Path) -> Node:
        known = self._anchors.get(cast("str", event.anchor))
        if known is None:
            raise _fault(
                path,
                event,
                f"alias {format_value(event.anchor)} has no complete anchor before it; write the value, or quote it",
            )
        self._count(known.size, event, path)
        return known

    def _count(self, nodes: int, event: yaml.Event, path: Path) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _fault(path[:1], event, f"more than {MAX_NODES} values")

    def _list(self, path: Path) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _fault(path, event, "a key must be plain text")
            key, line = event.value, _line(event)
            node = self._node(next(self._events), (*path, key))
            if key in entries:
                message = f"given twice, first on line {entries[key].line}; give it once"
                self.faults.append(Fault(format_path((*path, key)), line, message))
            entries[key] = Node(line, node.value, node.size)
        return entries


def _scalar(event: yaml.ScalarEvent, path: Path) -> Scalar:
    text = event.value
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _fault(path, event, "a lone surrogate is not a character")
    if not event.implicit[0]:  # quoted or a block: text, whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _as_yaml(text: str) -> str:
    """Return JSON in the form that YAML parsers accept: no tabs, and characters instead of surrogate escapes."""
    return _JSON_ESCAPE.sub(_unescape, text) if text.lstrip("\ufeff \t\r\n").startswith("{") else text


def _unescape(match: re.Match[str]) -> str:
    if match[1] is None:
        return " " if match[0] == "\t" else match[0]
    return (bytes.fromhex(match[1]) + bytes.fromhex(match[2])).decode("utf-16-be")


def _check_size(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InvalidPolicy([Fault("", line, "a lone surrogate is not a character")]) from error
    if size > MAX_BYTES:
        raise InvalidPolicy([Fault("", None, f"{size} bytes; at most {MAX_BYTES} are allowed")])


def _line(event: yaml.Event) -> int:
    return cast("yaml.Mark", event.start_mark).line + 1


def _fault(path: Path, event: yaml.Event, message: str) -> InvalidPolicy:
    return InvalidPolicy([Fault(format_path(path), _line(event), message)])
