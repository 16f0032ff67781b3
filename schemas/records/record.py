"""What do all records have in common? Nothing but being one; the generated files beside this one say the rest."""

from msgspec import Struct


class Record(Struct, frozen=True):
    """A message: something that travels alone. Generated from `schemas/avro/`; frozen."""


class Part(Struct, frozen=True):
    """A piece of a record; it never travels alone."""
