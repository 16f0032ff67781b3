"""Whose fault is a bad message? Theirs: it is `Malformed`, with a reason of C-16, and goes to the dead letters."""

from enum import StrEnum


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
    """An input that cannot be taken. The message names the field and never repeats what stood in it (C-14)."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message

    def within(self, name: str) -> "Malformed":
        """The same fault, seen from the record or field that holds the faulty one."""
        return Malformed(self.reason, f"{name}.{self.message}")
