"""JSON that clients have written, bounded in depth: what decodes it gives up at some depth, with all of it."""

from __future__ import annotations

import logging
import re
from typing import Any, Final, TypeVar

import msgspec

_Model = TypeVar("_Model")

DEEPEST: Final = 100
"""Levels of a whole document that are kept: nothing needs more. Synapse 1.163 lets events of some 125 through."""
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{\]}]', re.DOTALL)
_OPENING: Final = frozenset({b"[", b"{"})
_NOTHING: Final = b"null"
_LOG: Final = logging.getLogger(__name__)


def decode(document: bytes, model: type[_Model]) -> _Model:
    """Return a document as a model, without what is nested too deeply in it.

    The rest counts: else a message could be hidden from the job by a part of it that no client shows. Raise
    DecodeError or ValidationError as msgspec does.
    """
    try:
        decoded = msgspec.json.decode(document, type=model)
    except RecursionError:
        return _decode_cut(document, model)
    return _decode_cut(document, model) if _is_deep(decoded) else decoded


def _decode_cut(document: bytes, model: type[_Model]) -> _Model:
    cut, parts = _cut(document)
    _LOG.warning("left out, nested more than %d levels deep: %d", DEEPEST, parts)
    return msgspec.json.decode(cut, type=model)


def _is_deep(value: object) -> bool:
    """Return whether a value has more levels than are kept. A model is a level, too."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return False
    return True


def _inner(value: Any) -> list[Any]:  # noqa: ANN401 - a value of JSON
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]


def _cut(document: bytes) -> tuple[bytes, int]:
    """Return a document with null for each value that is too deep, and how many these are."""
    kept, depth, done, parts = bytearray(), 0, 0, 0
    for token in _TOKEN.finditer(document):
        if token[0] in _OPENING:
            depth += 1
            if depth == DEEPEST + 1:
                kept += document[done : token.start()]
        elif token[0][:1] != b'"':
            depth -= 1
            if depth == DEEPEST:
                kept += _NOTHING
                done, parts = token.end(), parts + 1
    if depth <= DEEPEST:
        kept += document[done:]
    return bytes(kept), parts
