"""Base class of the sections of a policy or mapping file: unknown keys are refused, missing ones have defaults.

A duration's key may be written without its suffix `_ms` where its value has a unit: `t1: 3d` is `t1_ms: 3d`.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    model_validator,
)

from jobs.policy.values import Unusable
from operators.policy.durations import DURATION_PATTERN, WITH_UNIT_FORM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

T = TypeVar("T", bound="DataclassInstance")
SUFFIX: Final = "_ms"
_DURATION: Final = re.compile(f"-?{DURATION_PATTERN}", re.ASCII)
_NULL: Final[JsonSchemaValue] = {"type": "null"}
_WITH_UNIT: Final[JsonSchemaValue] = {"type": "string", "pattern": f"^{DURATION_PATTERN}$"}


class Section(BaseModel):
    """A section: a mapping of keys to values."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    entry_name: ClassVar[str] = "key"  # the word for its entries in messages
    other_forms: ClassVar[tuple[JsonSchemaValue, ...]] = ()  # JSON Schemas of the forms allowed besides a mapping

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the other forms and the short names, of which pydantic does not know."""
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        _add_short_names(schema, cls.short_names())
        if cls.other_forms:
            mapping = dict(schema)
            schema.clear()
            schema |= {"anyOf": [mapping, *cls.other_forms]}
        return reference

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return {} if value is None else value

    @model_validator(mode="before")
    @classmethod
    def _with_suffixes(cls, value: object) -> object:
        """Give each duration that is written without its suffix, such as `t1: 3d`, the name of its key."""
        if not isinstance(value, dict) or not value.keys() & cls.short_names().keys():
            return value
        named = dict(value)
        for short, name in cls.short_names().items():
            if short in value:
                named[name] = _duration(named.pop(short), short, name, is_twice=name in value)
        return named

    @classmethod
    def short_names(cls) -> dict[str, str]:
        """Return the keys of durations by their names without `_ms`, unless such a name is a key of its own."""
        keys = cls.model_fields
        return {short: name for name in keys if (short := name.removesuffix(SUFFIX)) != name and short not in keys}


def _duration(value: object, short: str, name: str, *, is_twice: bool) -> object:
    """Return the value of a key that is written without its suffix: a duration with a unit, 0 or null."""
    if is_twice:
        return Unusable(value, f"must be given once: as {short} or as {name}")
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if number is not None and number > 0:
        return Unusable(value, f"must have a unit, such as {short}: 3d; without one write {name}")
    if value is None or number == 0 or (isinstance(value, str) and _DURATION.fullmatch(value)):
        return value
    return Unusable(value, f"must be a duration: {WITH_UNIT_FORM}")


def _add_short_names(schema: JsonSchemaValue, names: Mapping[str, str]) -> None:
    """Let the JSON Schema of a mapping accept durations without the suffix of their keys."""
    keys, required = schema.get("properties", {}), schema.get("required", [])
    for short, name in names.items():
        if name in keys:
            about = {part: keys[name][part] for part in ("title", "description") if part in keys[name]}
            null = [form for form in keys[name].get("anyOf", ()) if form == _NULL]
            keys[short] = about | {"anyOf": [_WITH_UNIT, {"const": 0}, *null]}
        if name in required:
            required.remove(name)
            schema.setdefault("allOf", []).append({"anyOf": [{"required": [name]}, {"required": [short]}]})
    if not required:
        schema.pop("required", None)


def freeze(cls: type[T], section: Section, **others: object) -> T:
    """Return a frozen dataclass: each field from `others`, else from the section's entry of the same name."""
    names = (field.name for field in fields(cls) if field.name not in others)
    return cls(**{name: getattr(section, name) for name in names}, **others)
