"""Escaping of text for terminals and pages: no control character and no bidirectional mark is left as it is."""

from __future__ import annotations

import json


def printable(text: str) -> str:
    """Return a text on one line, without terminal control characters and bidirectional controls."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def printable_lines(text: str) -> str:
    """Return a text as `printable` does, with its line ends and tabs."""
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))


def json_text(value: object) -> str:
    """Return a value as JSON on one line: what `printable` escapes has JSON's own escapes, so a reader gets it back."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
