"""What do all records have in common? Nothing but being one; the generated files beside this one say the rest."""


class Record:
    """A message: something that travels alone. Generated from `schemas/avro/`; frozen and slotted."""

    __slots__ = ()


class Part:
    """A piece of a record; it never travels alone."""

    __slots__ = ()
