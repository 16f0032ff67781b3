"""Whose fault is a bad message? Theirs: it is `Malformed`, with a reason of C-16, and goes to the dead letters."""

from enum import StrEnum
from typing import Final

TRUNCATED: Final = "the bytes end too early"


class Reason(StrEnum):
    """The codes of C-16. They stand in a dead letter's header `error.reason`."""

    UNDECODABLE = "UNDECODABLE"
    UNKNOWN_SCHEMA = "UNKNOWN_SCHEMA"
    MISSING_FIELD = "MISSING_FIELD"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    IMPOSSIBLE = "IMPOSSIBLE"
    BAD_IMAGE = "BAD_IMAGE"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    INVALID_POLICY = "INVALID_POLICY"


class Malformed(Exception):
    """An input that cannot be taken: why, what is wrong, and in which field (`a.b` is the field `b` within `a`).

    The message never repeats what stood in the field (C-14), so it may be logged.
    """

    def __init__(self, reason: Reason, fault: str, field: str = "") -> None:
        super().__init__(reason, fault, field)
        self.reason = reason
        self.fault = fault
        self.field = field

    @property
    def message(self) -> str:
        """What is wrong, after the field's name."""
        return f"{self.field}: {self.fault}" if self.field else self.fault

    def within(self, name: str) -> "Malformed":
        """The same fault, seen from the record or field that holds the faulty one."""
        return Malformed(self.reason, self.fault, f"{name}.{self.field}" if self.field else name)

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


def undecodable(fault: str) -> Malformed:
    """A fault of the bytes themselves; who knows the field adds it."""
    return Malformed(Reason.UNDECODABLE, fault)
