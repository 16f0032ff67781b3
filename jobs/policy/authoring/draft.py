"""Drafts of policy files: what differs from the defaults, each key with its meaning and its default as a comment."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

from jobs.policy.file import parse
from jobs.policy.model import POLICY_FILE
from jobs.policy.section import SUFFIX
from jobs.policy.validation import section_at
from jobs.policy.yaml_document import read
from operators.policy.action import Action
from operators.policy.durations import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEXT: Final = (
    "What is not here has its default; docs/policy.yaml has every key. Check the file with kithward policy check, and "
    "try it on recorded events with kithward whatif before you publish it."
)
_WIDTH: Final = 100
_DEFAULT_SHOWN: Final = 60
"""Characters of a default in a comment; a longer one is in docs/policy.yaml."""

Document = Mapping[str, Any]


class Preset(StrEnum):
    """A policy to begin with."""

    CAREFUL = "careful"
    BALANCED = "balanced"
    STRICT = "strict"

    @property
    def meaning(self) -> str:
        """What it is for, in a sentence or two."""
        lines = self._text().splitlines()
        return " ".join(line.removeprefix("# ") for line in lines if line.startswith("#"))

    @property
    def document(self) -> Document:
        """What differs from the defaults."""
        return cast("Document", read(self._text()).plain())

    def _text(self) -> str:
        return files("jobs.policy.authoring").joinpath("presets", f"{self.value}.yaml").read_text("utf-8")


def recorded_only() -> Document:
    """Return a document by which everything is decided and nothing is commanded (C-28)."""
    return {"enforcement": {"log_only": [action.name for action in Action if action is not Action.NONE]}}


def merge(first: Document, second: Document) -> Document:
    """Return the keys of two documents, section by section; of a key in both the second value."""
    merged = dict(first)
    for name, value in second.items():
        known = merged.get(name)
        are_sections = isinstance(known, Mapping) and isinstance(value, Mapping) and _is_section(name, value, ())
        merged[name] = merge(cast("Document", known), value) if are_sections else value
    return merged


def write_draft(version: str, heading: str, document: Document) -> str:
    """Return a policy file with what a document says, commented. Raise InvalidPolicy for an invalid one."""
    lines = [*_comment(heading, ""), "#", *_comment(_NEXT, ""), f"version: {_flow(version)}", *_lines(document, ())]
    text = "\n".join(lines) + "\n"
    parse(text)
    return text


def _lines(document: Document, path: tuple[str, ...]) -> Iterator[str]:
    indent = "  " * len(path)
    for name, value in document.items():
        if not path:
            yield ""
        yield from _comment(_meaning(name, path), indent)
        if _is_section(name, value, path):
            yield f"{indent}{name}:"
            yield from _lines(value, (*path, name))
        else:
            yield f"{indent}{name}: {_flow(value)}"


def _is_section(name: str, value: object, path: tuple[str, ...]) -> bool:
    """Return whether a value is a mapping of keys with meanings of their own; actions with options are one value."""
    if not isinstance(value, Mapping) or path == ("limits",):
        return False
    return name == "limits" or not all(key.isupper() for key in value)


def _meaning(name: str, path: tuple[str, ...]) -> str:
    """Return what a key means, with its default if that is short."""
    keys = section_at(POLICY_FILE, path).model_fields
    full = name if name in keys else f"{name}{SUFFIX}"
    if full not in keys or not keys[full].description:
        return ""
    default = keys[full].default
    shown = format_duration(default) if full.endswith(SUFFIX) and isinstance(default, int) else _flow(default)
    is_short = 0 < len(shown) <= _DEFAULT_SHOWN and default not in (None, (), {})
    return f"{keys[full].description}" + (f"; default: {shown}" if is_short else "")


def _comment(text: str, indent: str) -> Iterator[str]:
    yield from wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _flow(value: object) -> str:
    """Return a value as YAML on one line; nothing for one that YAML does not have."""
    try:
        plain = json.loads(json.dumps(value, default=float))
    except TypeError:
        return ""
    dumped: str = yaml.safe_dump(plain, default_flow_style=True, width=math.inf, allow_unicode=True)
    return dumped.removesuffix("...\n").strip()
