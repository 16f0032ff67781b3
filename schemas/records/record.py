"""What do all records have in common? Nothing but being one; the generated files beside this one say the rest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """A message: something that travels alone. Generated from `schemas/avro/`; frozen and slotted."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a record; it never travels alone."""
