"""Base classes of the generated records."""

from msgspec import Struct


class Record(Struct, frozen=True):
    """Base class of records: each is the value of one message on a topic or between steps."""


class Part(Struct, frozen=True):
    """Base class of parts: structs that are fields of records and never a message of their own."""
