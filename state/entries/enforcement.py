"""Values of state entries about delayed commands and risk windows, and their codecs."""

from typing import Final

from msgspec import Struct

from state.codecs import struct_codec


class Delayed(Struct, frozen=True):
    """Commands that are released at one time, each in single-object encoding."""

    commands: tuple[bytes, ...]


DELAYED_CODEC: Final = struct_codec(Delayed)


class ReleaseTimes(Struct, frozen=True):
    """When the commands about one account are released, in order."""

    times: tuple[int, ...] = ()


RELEASE_TIMES_CODEC: Final = struct_codec(ReleaseTimes)


class Window(Struct, frozen=True):
    """The risk decisions about one account in one window so far."""

    start_ms: int
    end_ms: int
    decision_ids: tuple[str, ...]  # the first ones, in order
    count: int
    reasons: tuple[str, ...]
    actions: tuple[str, ...]


class Windows(Struct, frozen=True, array_like=True):
    """The open windows of an account; one, or a few where some decisions were late."""

    subject_id: str
    opened: tuple[Window, ...]


WINDOWS_CODEC: Final = struct_codec(Windows)


class Tally(Struct, frozen=True, array_like=True):
    """Commands of one kind about one account in a window: how many were to leave, how many did not since the last."""

    start_ms: int
    wanted: int = 0
    over: int = 0
    kept_ms: int = 0  # when the entry expires


TALLY_CODEC: Final = struct_codec(Tally)
