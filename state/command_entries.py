"""What is remembered of commands that have not left yet, and its bytes."""

from typing import Final

from msgspec import Struct

from state.codecs import structured


class Delayed(Struct, frozen=True):
    """Commands that leave at one time, each in single-object encoding."""

    commands: tuple[bytes, ...]


DELAYED_ENTRY: Final = structured(Delayed)
