"""Paths into an input: JMESPath expressions.

Names, and conditions on what is there by `==`, `!=` with a text, `&&`, `||` and `!`, are most of all mappings. They are
evaluated here, to the same values as by the library, whose interpreter takes several times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from schemas.malformed import Malformed, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_PATH: Final = 2_000
"""Characters of the longest path."""
MAX_COPIES: Final = 100
"""How many times a path's value may hold what the path is given."""

_Read = Callable[[Any], Any]
_ONE_OF: Final = frozenset({"and_expression", "or_expression", "not_expression", "comparator"})
_ALL_OF: Final = frozenset({"multi_select_list", "multi_select_dict"})
_SHOWN: Final = 60
"""Characters of a name that are shown."""
_ESCAPED: Final = 6
"""Characters of JSON that stand for one."""
_SHORTEST_ITEM: Final = 3
"""Characters of the shortest text in a list of JSON, with its comma."""
_FAULTS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What the library raises for a value that a function or an operator does not take. Its messages quote the value."""


class Path:
    """A compiled JMESPath expression. Raise ValueError, with words for the user, for one that is none."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_PATH:
            raise ValueError(f"is longer than {MAX_PATH:,} characters")
        try:
            self._expression = jmespath.compile(text)
            _check_functions(self._expression.parsed)
            copies = _copies(self._expression.parsed)
        except JMESPathError as fault:
            raise ValueError(f"is no JMESPath expression: {_first_line(fault)}") from fault
        except RecursionError as fault:
            raise ValueError("is no JMESPath expression: nested too deeply") from fault
        if copies > MAX_COPIES:
            raise ValueError(
                f"may repeat what it is given more than {MAX_COPIES} times; make fewer lists and texts of it"
            )
        self.text = text
        read = _reader(self._expression.parsed)
        self.is_direct = read is not None
        """Whether the path is evaluated without the library."""
        self.value: _Read = read or self._search
        """Returns what the path leads to, None where nothing is. Raises Malformed where it cannot be evaluated."""

    def _search(self, scope: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        try:
            return self._expression.search(scope)
        except _FAULTS:
            fault = "a function or an operator does not take the value that it is given here"
            raise Malformed(Reason.UNDECODABLE, f"{fault} (path {self.text})") from None


def is_true(value: object) -> bool:
    """Return whether a value is true as JMESPath says: not null, not false, and no empty text, list or object."""
    return bool(value) or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _reader(node: Mapping[str, Any]) -> _Read | None:
    """Return the evaluation of a node of the library's syntax tree, None for a kind that only the library evaluates."""
    kind, children = node["type"], _children(node)
    if kind in ("field", "subexpression"):
        names = _names(node)
        return _following(names) if names else None
    if kind == "comparator":
        return _comparison(node["value"], *children)
    parts = [part for child in children if (part := _reader(child)) is not None]
    if kind not in _COMBINED or len(parts) < len(children):
        return None
    return partial(_COMBINED[kind], *parts)


def _check_functions(node: Mapping[str, Any]) -> None:
    """Raise ValueError for a function that there is not, or that takes another number of arguments.

    The library says so only where it evaluates the function: of each event.
    """
    if node["type"] == "function_expression":
        name, given = node["value"], len(node["children"])
        known = Functions.FUNCTION_TABLE.get(name)
        if known is None:
            raise ValueError(f"there is no function {name[:_SHOWN]}")
        wanted = known["signature"]
        is_variadic = bool(wanted) and wanted[-1].get("variadic", False)
        if given < len(wanted) or (given > len(wanted) and not is_variadic):
            raise ValueError(f"the function {name} takes {len(wanted)} arguments, not {given}")
    for child in _children(node):
        _check_functions(child)


def _children(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the nodes below a node. Those of a slice, `[1:2]`, are numbers, which are none."""
    return [child for child in node["children"] if isinstance(child, dict)]


def _copies(node: Mapping[str, Any]) -> int:
    """Return how many times the value of a node may hold what the node is given, at most.

    Each step of `a | [@, @][] | [@, @][]` doubles it: a short path could fill the memory with a short input.
    """
    kind, parts = node["type"], [_copies(child) for child in _children(node)]
    if kind in _ONE_OF:
        return max(parts)
    if kind in _ALL_OF:
        return sum(parts)
    return _function_copies(node, parts) if kind == "function_expression" else prod(parts)


def _function_copies(node: Mapping[str, Any], parts: Sequence[int]) -> int:
    given = list(zip(node["children"], parts, strict=True))
    applied = prod(part for argument, part in given if argument["type"] == "expref")
    copies = applied * max(1, sum(part for argument, part in given if argument["type"] != "expref"))
    if node["value"] == "to_string":
        return copies * _ESCAPED
    if node["value"] == "join" and node["children"]:
        separator = node["children"][0].get("value") if node["children"][0]["type"] == "literal" else None
        # Another separator than a constant is as long as the input likes, and there once for each item.
        return copies * (1 + len(separator) // _SHORTEST_ITEM) if isinstance(separator, str) else MAX_COPIES + 1
    return copies


def _comparison(operator: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> _Read | None:
    """Return the comparison with a text: that of numbers, true and false differs between Python and JMESPath."""
    read, text = _reader(one), other.get("value")
    if read is None or other["type"] != "literal" or not isinstance(text, str):
        return None
    if operator == "eq":
        return lambda scope: read(scope) == text
    return (lambda scope: read(scope) != text) if operator == "ne" else None


def _names(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a path of names alone, such as `sender.id`; nothing for any other."""
    if node["type"] == "field":
        return (node["value"],)
    parts = [_names(child) for child in node["children"]] if node["type"] == "subexpression" else []
    return sum(parts, ()) if all(parts) else ()


def _following(names: tuple[str, ...]) -> _Read:
    *parents, last = names

    def follow(scope: Any) -> Any:  # noqa: ANN401 - as above
        value = scope
        for name in parents:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value.get(last) if isinstance(value, dict) else None

    return follow


def _and(one: _Read, other: _Read, scope: Any) -> Any:  # noqa: ANN401 - as above
    found = one(scope)
    return other(scope) if is_true(found) else found


def _or(one: _Read, other: _Read, scope: Any) -> Any:  # noqa: ANN401 - as above
    found = one(scope)
    return found if is_true(found) else other(scope)


def _not(one: _Read, scope: Any) -> bool:  # noqa: ANN401 - as above
    return not is_true(one(scope))


_COMBINED: Final[Mapping[str, Callable[..., Any]]] = {
    "and_expression": _and,
    "or_expression": _or,
    "not_expression": _not,
}


def _first_line(fault: Exception) -> str:
    line = str(fault).partition("\n")[0].removeprefix("Invalid jmespath expression: ")
    return f"{line[:1].lower()}{line[1:]}".strip().rstrip(":.")
