"""Publication of a run's output files: all become valid in one step, with the run's state if it keeps one (C-29).

A run writes drafts beside the files. When they are complete and on disk, it writes a journal: without state, that is
the step that makes them valid. With state it is the one in which `CURRENT` names the run's generation: until then the
journal says which generation that is. Then the drafts replace the files and the journal is removed. Whoever finds a
journal settles it first: a valid publication is completed, any other one is withdrawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jobs.directory_lock import lock_directory
from jobs.durable_files import sync, write_durably
from jobs.errors import BadInput, bad_path
from jobs.replay.generations import current_if_any, from_json, number_of, run_of, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

LOCK: Final = ".lock"
JOURNAL: Final = ".publication"
OUTPUT_NAMES: Final = ("decisions", "commands", "risk-windows", "shadow-decisions", "dead-letters")


class Journal(Struct, frozen=True):
    """A publication that has begun. `generation` of the directory `state` decides whether it is valid."""

    state: str | None = None
    generation: int = 0
    digest: str = ""


def file_of(directory: Path, name: str) -> Path:
    """Return the path of an output file."""
    return directory / f"{name}.jsonl"


def draft_of(directory: Path, name: str) -> Path:
    """Return the path of an output file's draft."""
    return directory / f".{name}.jsonl.part"


def begin(directory: Path, journal: Journal) -> None:
    """Begin to publish the drafts, which must be on disk."""
    write_durably(directory / JOURNAL, to_json(journal))


def settle(directory: Path) -> None:
    """Complete or withdraw the publication of a run that was stopped, if there is one. The caller holds the lock.

    Raise BadInput where it cannot be known whether it is valid.
    """
    journal = _journal_of(directory)
    if journal is None:
        return
    try:
        if _is_valid(directory, journal):
            for name in OUTPUT_NAMES:
                if (draft := draft_of(directory, name)).exists():
                    draft.replace(file_of(directory, name))
            sync(directory)
        (directory / JOURNAL).unlink()
        sync(directory)
    except OSError as fault:
        raise bad_path(directory, fault) from fault


def settle_unlocked(directory: Path) -> None:
    """Settle a publication before its files are read. Raise BadInput if that cannot be done now."""
    if _journal_of(directory) is None:
        return
    try:
        with lock_directory(directory, LOCK):
            settle(directory)
    except OSError as fault:
        raise BadInput(directory, f"a run was stopped while it published its outputs: {fault.strerror}") from fault


def settle_all(directories: Iterable[Path]) -> None:
    """Settle the publications in directories that still exist, before the state that decides about them goes on."""
    for directory in directories:
        if directory.is_dir():
            settle_unlocked(directory)


def _journal_of(directory: Path) -> Journal | None:
    path = directory / JOURNAL
    try:
        return from_json(path.read_bytes(), Journal)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as fault:
        raise BadInput(path, "is no journal of a publication") from fault
    except OSError as fault:
        raise bad_path(path, fault) from fault


def _is_valid(directory: Path, journal: Journal) -> bool:
    """Return whether the state that decides about a publication contains its run."""
    if journal.state is None:
        return True
    state = Path(journal.state)
    current = current_if_any(state)
    if current is None and state.is_dir():
        return False
    if current is not None and number_of(current) < journal.generation:
        return False
    if current is not None and number_of(current) == journal.generation:
        run = run_of(current)
        return run is not None and run.digest == journal.digest
    raise BadInput(
        directory,
        f"a run was stopped while it published these outputs, and {state} no longer tells whether they are valid; "
        f"remove {JOURNAL} and write them again",
    )
