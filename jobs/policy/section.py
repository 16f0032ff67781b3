"""Base class of the sections of a policy file: unknown keys are refused, missing ones have defaults."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    model_validator,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

T = TypeVar("T", bound="DataclassInstance")


class Section(BaseModel):
    """A mapping of a policy file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    entry_name: ClassVar[str] = "key"  # the word for its entries in messages
    other_forms: ClassVar[tuple[JsonSchemaValue, ...]] = ()  # JSON Schemas of the forms allowed besides a mapping

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the other forms, of which pydantic does not know."""
        reference = handler(core)
        if cls.other_forms:
            schema = handler.resolve_ref_schema(reference)
            mapping = dict(schema)
            schema.clear()
            schema |= {"anyOf": [mapping, *cls.other_forms]}
        return reference

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return {} if value is None else value


def freeze(cls: type[T], section: Section, **others: object) -> T:
    """Return a frozen dataclass: each field from `others`, else from the section's entry of the same name."""
    names = (field.name for field in fields(cls) if field.name not in others)
    return cls(**{name: getattr(section, name) for name in names}, **others)
