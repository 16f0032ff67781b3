"""What is remembered of commands that have not left yet, and its bytes."""

from dataclasses import dataclass
from typing import Final

from state.codecs import structured


@dataclass(frozen=True, slots=True)
class Delayed:
    """Commands that leave at one time, each in single-object encoding."""

    commands: tuple[bytes, ...]


DELAYED_ENTRY: Final = structured(Delayed)
