"""Errors of the YAML parser as faults: the line where the mistake is, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.policy.errors import Fault

if TYPE_CHECKING:
    import yaml

_COLUMN: Final = "the entries of one mapping must begin in the same column, and quoted text must end its line"
_COLON: Final = "write `key: value` with a blank after the colon; indent what is below a key; quote text with `: `"
_QUOTE: Final = "a quotation mark that is opened here is not closed"
_UNICODE: Final = "write a backslash as \\\\, or use single quotes"
_MARK: Final = "quote text that begins with * or &"
_TAG: Final = "quote text that begins with !"
_BLOCK: Final = "write | or > alone at the end of its line, or quote the text"
_DIRECTIVE: Final = "quote text that begins with %"
_RIGHT: Final = {
    "did not find expected key": _COLUMN,
    "mapping values are not allowed in this context": _COLON,
    "could not find expected ':'": _COLON,
    "found character that cannot start any token": "indent with spaces, not tabs; quote text that begins with @ or %",
    "found a tab character that violates indentation": "indent with spaces, not tabs",
    "found unexpected end of stream": _QUOTE,
    "did not find expected ',' or ']'": "close the list with ], and write a comma between its entries",
    "did not find expected ',' or '}'": "close the mapping with }, and write a comma between its entries",
    "did not find expected node content": "write a value here: there is a comma or a closing bracket too many",
    "did not find expected alphabetic or numeric character": _MARK,
    "found unknown escape character": _UNICODE,
    "did not find expected hexdecimal number": _UNICODE,
    "found invalid Unicode character escape code": _UNICODE,
    "block sequence entries are not allowed in this context": "begin a list on the line after its key",
    "did not find expected '-' indicator": "begin each entry of a list with `- `, in the same column",
    "control characters are not allowed": "write text in UTF-8, without control characters",
    "found undefined tag handle": _TAG,
    "did not find the expected '>'": _TAG,
    "found unknown directive name": _DIRECTIVE,
    "found incompatible YAML document": _DIRECTIVE,
    "did not find expected <document start>": "write one document, without `...` in it",
    "did not find expected comment or line break": _BLOCK,
    "found an indentation indicator equal to 0": _BLOCK,
}
_OTHERWISE: Final = "check indentation, quotation marks and brackets here"
_BEGINNING: Final = ("found unexpected end of stream", "could not find expected ':'")
"""Problems that the parser notices later: the mistake is where it began to read."""


def to_fault(error: yaml.YAMLError, text: str) -> Fault:
    """Return the parser's error as a fault. It quotes nothing of the text."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read")
    return Fault("", _line(error, problem, text), f"not YAML or JSON: {problem}; {_RIGHT.get(problem, _OTHERWISE)}")


def _line(error: yaml.YAMLError, problem: str, text: str) -> int | None:
    begun = getattr(error, "context_mark", None) if problem in _BEGINNING else None
    mark = begun or getattr(error, "problem_mark", None)
    if mark is not None:
        # Of what ends too early the parser names the line after the last one.
        return min(int(mark.line) + 1, max(len(text.splitlines()), 1))
    position = getattr(error, "position", None)  # of a character that YAML does not allow
    return None if position is None else text.count("\n", 0, position) + 1
