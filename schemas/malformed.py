"""`Malformed`: the error for an input that is refused, with a reason of C-16. Such inputs go to the dead letters."""

from enum import StrEnum
from typing import Final

TRUNCATED: Final = "the bytes end too early"


class Reason(StrEnum):
    """The reason codes of C-16, as in the header `error.reason` of a dead letter."""

    UNDECODABLE = "UNDECODABLE"
    UNKNOWN_SCHEMA = "UNKNOWN_SCHEMA"
    MISSING_FIELD = "MISSING_FIELD"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    IMPOSSIBLE = "IMPOSSIBLE"
    BAD_IMAGE = "BAD_IMAGE"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    INVALID_POLICY = "INVALID_POLICY"


class Malformed(Exception):
    """An input that is refused: reason, fault, and field (`a.b` is the field `b` within `a`).

    The message never repeats the content of the field (C-14), so it may be logged.
    """

    def __init__(self, reason: Reason, fault: str, field: str = "") -> None:
        super().__init__(reason, fault, field)
        self.reason = reason
        self.fault = fault
        self.field = field

    @property
    def message(self) -> str:
        """The fault, preceded by the field's name."""
        return f"{self.field}: {self.fault}" if self.field else self.fault

    def within(self, name: str) -> "Malformed":
        """Return the same fault with the path of the field prefixed by a record or field that contains it."""
        return Malformed(self.reason, self.fault, f"{name}.{self.field}" if self.field else name)

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


class PictureRefused(Malformed):
    """A picture that is refused, of an event that counts without it (AI-34)."""


def undecodable(fault: str) -> Malformed:
    """Return a fault of the bytes themselves; the caller that knows the field adds it."""
    return Malformed(Reason.UNDECODABLE, fault)
