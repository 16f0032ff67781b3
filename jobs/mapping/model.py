"""Pydantic model of a mapping file."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from jobs.policy.section import Section
from schemas.records import PolicyPublished
from schemas.topics import INPUT_OF

RECORDS: Final = tuple(sorted(kind.__name__ for kind in INPUT_OF if kind is not PolicyPublished))
"""Records that a mapping can make. Policies are published by `kithward policy publish`."""

Scalar = bool | int | Decimal | str | None
Expression = Annotated[str, Field(min_length=1, description="a JMESPath expression")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
TopicName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
EachSection = Annotated[
    dict[Variable, Expression],
    Field(max_length=4, description="a name for each element of a list, and the path of the list; of several in turn"),
]


class FieldSection(Section):
    """Where a field's value comes from: a path, a constant, or a hash of several paths; text alone is a path."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    other_forms = ({"type": "string", "description": "a path, as a JMESPath expression"},)

    path: Expression | None = None
    value: Scalar = Field(None, description="a constant")
    hash: tuple[Expression, ...] | None = Field(
        None, min_length=1, max_length=20, description="paths; the value is an id that is derived from what is there"
    )
    unit: Literal["s", "ms", "us", "ns", "iso"] | None = Field(
        None, description="of a time: seconds, milliseconds (default), micro-, nanoseconds, or ISO 8601 with a zone"
    )
    enum: dict[str, Scalar] | None = Field(None, description="values of the input, and the contract's for each")
    prefix: str | None = Field(None, min_length=1, max_length=64, description="what an id gets before it")
    default: Scalar = Field(None, description="the value where there is nothing at the path")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"path": value} if isinstance(value, str) else value


class RuleSection(Section):
    """A rule: which inputs become a record of one type, and how."""

    name: Name = Field(description="the name in faults; it is a part of the ids that are hashes")
    record: Annotated[str, Field(json_schema_extra={"enum": list(RECORDS)})] = Field(description="what it makes")
    changes: tuple[Literal["insert", "update", "delete"], ...] = Field(
        (), description="of a Debezium envelope: the kinds of change that it is about; default: all"
    )
    when: Expression | None = Field(None, description="a condition: it applies where this is true")
    each: EachSection = Field(default_factory=dict)
    fields: dict[str, FieldSection] = Field(description="the record's fields")


class MappingFile(Section):
    """A mapping of a platform's own events to records of the contract."""

    topics: tuple[TopicName, ...] = Field(
        (), max_length=100, description="the topics that the job reads by it, by their names on the broker"
    )
    values: Literal["json", "avro"] = Field(
        "json", description="what is in the topics: JSON, or Avro by the schema registry, or by avro_schema"
    )
    avro_schema: str | None = Field(
        None, min_length=1, description="the file of the schema of Avro values that name none themselves"
    )
    envelope: Literal["debezium"] | None = Field(None, description="what is around each input")
    each: EachSection = Field(default_factory=dict)
    rules: tuple[RuleSection, ...] = Field(min_length=1, max_length=200)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of mapping files, for editors."""
    return MappingFile.model_json_schema()
