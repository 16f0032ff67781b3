"""Paths into an input: JMESPath expressions, of which those of names alone are read without the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError

from schemas.malformed import Malformed, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PATH: Final = 2_000
"""Characters of the longest path."""

_NAME, _NAMES = "field", "subexpression"  # of the library's syntax tree
_FAULTS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What the library raises for a value that a function or an operator does not take. Its messages quote the value."""


class Path:
    """A compiled JMESPath expression. Raise ValueError, with words for the user, for one that is none."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_PATH:
            raise ValueError(f"is longer than {MAX_PATH:,} characters")
        try:
            self._expression = jmespath.compile(text)
        except JMESPathError as fault:
            raise ValueError(f"is no JMESPath expression: {_first_line(fault)}") from fault
        except RecursionError as fault:
            raise ValueError("is no JMESPath expression: nested too deeply") from fault
        self.text = text
        self.names = _names(self._expression.parsed)
        """The names of a path of names alone, such as `sender.id`; empty for any other."""

    def value(self, scope: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        """Return what the path leads to, None where there is nothing. Raise Malformed where it cannot be evaluated."""
        if self.names:
            return _follow(self.names, scope)
        try:
            return self._expression.search(scope)
        except _FAULTS:
            fault = "a function or an operator does not take the value that it is given here"
            raise Malformed(Reason.UNDECODABLE, f"{fault} (path {self.text})") from None


def is_true(value: object) -> bool:
    """Return whether a value is true as JMESPath says: not null, not false, and no empty text, list or object."""
    return bool(value) or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _follow(names: tuple[str, ...], scope: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
    value: Any = scope
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _names(parsed: Mapping[str, Any]) -> tuple[str, ...]:
    if parsed["type"] == _NAME:
        return (parsed["value"],)
    parts = [_names(child) for child in parsed["children"]] if parsed["type"] == _NAMES else []
    return sum(parts, ()) if all(parts) else ()


def _first_line(fault: Exception) -> str:
    line = str(fault).partition("\n")[0].removeprefix("Invalid jmespath expression: ")
    return f"{line[:1].lower()}{line[1:]}".strip().rstrip(":.")
