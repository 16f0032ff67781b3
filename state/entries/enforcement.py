"""What is remembered of commands that have not left yet, and its bytes."""

from typing import Final

from msgspec import Struct

from state.codecs import struct_codec


class Delayed(Struct, frozen=True):
    """Commands that leave at one time, each in single-object encoding."""

    commands: tuple[bytes, ...]


DELAYED_CODEC: Final = struct_codec(Delayed)


class Window(Struct, frozen=True):
    """The risk decisions about one account in one window so far."""

    start_ms: int
    end_ms: int
    decision_ids: tuple[str, ...]  # the first ones, in order
    count: int
    reasons: tuple[str, ...]
    actions: tuple[str, ...]


class Windows(Struct, frozen=True):
    """An account's windows that are open; one, or a few where some decisions came late."""

    subject_id: str
    opened: tuple[Window, ...]


WINDOWS_CODEC: Final = struct_codec(Windows)
