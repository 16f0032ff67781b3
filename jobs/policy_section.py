"""What holds for all sections of a policy file? Unknown keys are refused, missing ones have defaults. Key: none."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer, model_validator

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class Section(BaseModel):
    """A mapping of a policy file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    entry_name: ClassVar[str] = "key"  # what messages call its entries

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return {} if value is None else value

    @model_serializer(mode="wrap")
    def _as_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out what was not given: in an operation, a null would be an action."""
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}


def frozen(cls: type[T], section: Section, **others: object) -> T:
    """Return a frozen value: each field from `others`, else from the section's entry of the same name."""
    names = (field.name for field in fields(cls) if field.name not in others)
    return cls(**{name: getattr(section, name) for name in names}, **others)
