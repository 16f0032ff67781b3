"""Sections of a policy file that are made from their dataclasses: pydantic models, and their part of docs/policy.yaml.

A section whose fields are all `operators.policy.section.setting` needs no model of its own here.
`python -m jobs.policy.section_models` writes their part of the documented policy; a test compares it.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, cast, get_type_hints

from pydantic import BeforeValidator, WithJsonSchema, create_model

from jobs.policy.section import Section
from jobs.policy.values import (
    DURATION_SCHEMA,
    LARGEST,
    LONGEST_MS,
    Between,
    Share,
    Text,
    Truth,
    key,
    parse_milliseconds,
    parse_whole,
)
from operators.policy.durations import format_duration
from operators.policy.model import SECTIONS, Common
from operators.policy.reviews import Reviews
from operators.policy.section import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _typeshed import DataclassInstance

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "policy.yaml"
_BEGIN: Final = "# Sections with the keys of their dataclasses: written by python -m jobs.policy.section_models\n"
_END: Final = "# End of these sections\n"
_VALUE_WIDTH: Final = 29


def is_generated(cls: type[DataclassInstance]) -> bool:
    """Return whether every field of a section says what a policy file needs to know of it."""
    return all("setting" in each.metadata for each in fields(cls))


GENERATED: Final[Mapping[str, type[DataclassInstance]]] = {
    "common": Common,
    "reviews": Reviews,
    **{name: cls for name, cls in SECTIONS.items() if is_generated(cls)},
}
"""The generated sections by their names in a policy file."""


def section_model(cls: type[DataclassInstance]) -> type[Section]:
    """Return the pydantic model of a section."""
    hints = get_type_hints(cls)
    keys: dict[str, Any] = {}
    for each in fields(cls):
        about: Setting = each.metadata["setting"]
        keys[each.name] = (_value_type(each.name, hints[each.name], about), key(each.default, about.doc, about.unit))
    return create_model(f"{cls.__name__}Section", __base__=Section, __doc__=cls.__doc__, **keys)


def _value_type(name: str, hint: type, about: Setting) -> Any:  # noqa: ANN401 - a type hint has no type
    if hint is int and name.endswith("_ms"):
        span = Between(about.least, LONGEST_MS if about.most is None else about.most, format_duration)
        return Annotated[int, BeforeValidator(parse_milliseconds), span, WithJsonSchema(DURATION_SCHEMA)]
    if hint is int:
        return Annotated[
            int, BeforeValidator(parse_whole), Between(about.least, LARGEST if about.most is None else about.most)
        ]
    return {bool: Truth, str: Text, Fraction: Share}[hint]


def document(text: str) -> str:
    """Return the text of docs/policy.yaml with the generated sections as they should be."""
    before, _, rest = text.partition(_BEGIN)
    return before + _BEGIN + "\n".join(_lines()) + _END + rest.partition(_END)[2]


def _lines() -> Iterator[str]:
    for name, cls in GENERATED.items():
        yield f"{name}:"
        for each in fields(cls):
            about = cast("Setting", each.metadata["setting"])
            yield f"  {f'{each.name}: {_as_yaml(each.name, each.default)}':{_VALUE_WIDTH}} # {about.doc}"
        yield ""


def _as_yaml(name: str, default: object) -> str:
    if default is MISSING:
        message = f"{name} has no default"
        raise TypeError(message)
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int) and name.endswith("_ms"):
        return format_duration(default)
    return str(float(default)) if isinstance(default, Fraction) else str(default)


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8")), "utf-8")
