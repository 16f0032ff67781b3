"""What did a run conclude? Its output files, read again. Key: the decision's id."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from jobs.bad_input import BadInput, unusable
from schemas.jsonl import BadLine, read_file
from schemas.malformed import Malformed
from schemas.records import Decision, Record
from schemas.topics import DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHADOW: Final = f"{SHADOW_DECISIONS}.jsonl"


def topic_of(file: Path, otherwise: str = DECISIONS) -> str:
    """Return where a file's decisions belong, as its name begins: what is in it does not say so."""
    return next((topic for topic in (DECISIONS, SHADOW_DECISIONS) if file.name.startswith(topic)), otherwise)


def decisions_of(file: Path) -> Iterator[Decision]:
    """Yield a file's decisions. Raise BadInput, with the place, for anything else in it."""
    for number, record in enumerate(records_of(file), start=1):
        if not isinstance(record, Decision):
            raise BadInput(f"{file}, record {number}", f"{type(record).__name__} is no decision")
        yield record


def commands_of(file: Path) -> dict[str, list[Record]]:
    """Return a file's commands by the decision that they belong to; none where there is no such file."""
    commands: dict[str, list[Record]] = defaultdict(list)
    for record in records_of_any(file):
        commands[getattr(record, "decision_id", "")].append(record)
    return commands


def records_of_any(file: Path) -> Iterator[Record]:
    """Yield a file's records as `records_of` does; none where there is no such file."""
    if file.exists():
        yield from records_of(file)


def records_of(file: Path) -> Iterator[Record]:
    """Yield a file's records. Raise BadInput, with the place, for what is none or cannot be read."""
    try:
        for found in read_file(file):
            if isinstance(found, BadLine):
                raise BadInput(f"{file}:{found.line}", f"{found.reason}: {found.message}")
            yield found
    except OSError as fault:
        raise unusable(file, fault) from fault
    except Malformed as fault:
        raise BadInput(file, fault.message) from fault
