"""How is a record framed in a Kafka value? By single-object encoding, or, with a registry, as Confluent does."""

from typing import Protocol

from schemas import codec
from schemas.records import Record


class Framing(Protocol):
    """Turns records into Kafka values and back."""

    def encode(self, record: Record, topic: str) -> bytes:
        """Return the value for a record that is written to a topic."""

    def decode(self, data: bytes) -> Record:
        """Return the record of a value. Raises `Malformed` (UNKNOWN_SCHEMA, UNDECODABLE)."""


class SingleObject:
    """Avro's single-object encoding: needs nobody, since every released schema travels with the job."""

    def encode(self, record: Record, topic: str) -> bytes:  # noqa: ARG002
        """Return the value; the topic makes no difference."""
        return codec.encode(record)

    def decode(self, data: bytes) -> Record:
        """Return the record of a value. Raises `Malformed` (UNKNOWN_SCHEMA, UNDECODABLE)."""
        return codec.decode(data)
