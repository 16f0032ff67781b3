"""Small text files that somebody writes by hand: read whole, with a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput, bad_path

if TYPE_CHECKING:
    from pathlib import Path

_MOST_CHARACTERS: Final = 65_536


def read_small_text(path: Path) -> str:
    """Return the text of a file. Raise BadInput for one that cannot be read, is not UTF-8, or is large."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MOST_CHARACTERS + 1)
    except OSError as fault:
        raise bad_path(path, fault) from fault
    except UnicodeDecodeError as fault:
        raise BadInput(path, "is not UTF-8 text") from fault
    if len(text) > _MOST_CHARACTERS:
        raise BadInput(path, f"is larger than {_MOST_CHARACTERS:,} characters")
    return text
