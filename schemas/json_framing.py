"""Framing of outputs as JSON, for platforms without Avro: a value is what a line of the tool's files is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from schemas.jsonl import read_line, write_line

if TYPE_CHECKING:
    from schemas.codec import Framing
    from schemas.records import Record

_OBJECT: Final = b"{"
"""What JSON begins with, and no value in Avro: that begins with `C3 01`, or with `00` by a registry."""


class OutputFormat(StrEnum):
    """The format of the records that a job writes."""

    AVRO = "avro"
    JSON = "json"


@dataclass(frozen=True)
class JsonOutputs:
    """A framing that writes JSON, and reads what its `inputs` are framed by."""

    inputs: Framing

    def encode(self, record: Record, topic: str) -> bytes:  # noqa: ARG002 - as a framing has it
        """Return the value; the topic makes no difference."""
        return write_line(record).encode()

    def decode(self, data: bytes) -> Record:
        """Return the record of an input. Raises as the framing of inputs does."""
        return self.inputs.decode(data)


@dataclass(frozen=True)
class EitherOutputs:
    """A framing for readers of outputs, which may be in JSON, in Avro, or some in each."""

    avro: Framing

    def encode(self, record: Record, topic: str) -> bytes:
        """Return the value in Avro."""
        return self.avro.encode(record, topic)

    def decode(self, data: bytes) -> Record:
        """Return the record of a value in either form. Raises `Malformed` (UNKNOWN_SCHEMA, UNDECODABLE)."""
        return read_line(data) if data.startswith(_OBJECT) else self.avro.decode(data)
