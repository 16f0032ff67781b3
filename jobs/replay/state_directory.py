"""The state directory of replays: one RocksDB database per generation, with an atomic commit at the end of a run.

The file `CURRENT` names the generation that is current. A run works on a copy, the next generation, and writes its name
to `CURRENT` when it is done, so a run that fails changes nothing.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from jobs.directory_lock import lock_directory
from jobs.durable_files import sync_directory
from jobs.errors import BadInput, bad_path
from jobs.replay.generations import (
    CURRENT,
    PREFIX,
    RunRecord,
    copy_generation,
    current_generation,
    current_if_any,
    make_current,
    number_of,
    remove_old_generations,
    run_of,
    write_run,
)
from jobs.replay.publication import Journal, settle_all
from state.stores.memory import MemoryStore
from state.stores.rocks import RocksStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.stores.store import Store

_LOCK: Final = "LOCK"
_BESIDE: Final = {_LOCK, f".{CURRENT}"}


class StateTransaction:
    """The state that a run works on. It becomes current with `commit`."""

    def __init__(self, store: Store, generation: Path | None = None, before: Path | None = None) -> None:
        self.store = store
        self.continued = before is not None  # whether there was state in the directory before
        self.last_run = None if before is None else run_of(before)
        self._generation = generation
        self._sealed = False

    def seal(self, run: RunRecord | None = None) -> Journal:
        """Close the database: its changes are on disk, with the record of their run, but not yet current.

        Return the journal of a publication that becomes valid with `commit`.
        """
        self._sealed = True
        self.store.close()
        if self._generation is None:
            return Journal()
        if run is not None:
            write_run(self._generation, run)
        sync_directory(self._generation)
        directory, number = self._generation.parent.absolute(), number_of(self._generation)
        return Journal(str(directory), number, "" if run is None else run.digest)

    def commit(self) -> None:
        """Make the sealed state the directory's current generation, atomically; without a directory do nothing."""
        if self._generation is not None:
            make_current(self._generation)

    def release(self) -> None:
        """Release the database, unless it is sealed. Its changes are dropped."""
        if not self._sealed:
            self.store.abandon()


@contextmanager
def open_state(directory: Path | None, start: Path | None) -> Iterator[StateTransaction]:
    """Open the state for a run: a copy of `directory`'s, if it has any, else a copy of `start`'s, else empty state.

    Raise BadInput for a directory that is not a state directory, is in use or cannot be read, and if both have state.
    """
    with ExitStack() as stack:
        state = _begin(directory, start, stack)
        stack.callback(state.release)
        yield state


def _begin(directory: Path | None, start: Path | None, stack: ExitStack) -> StateTransaction:
    try:
        if directory is None:
            return _begin_temporary(start, stack)
        _lock(directory, stack)
        return _begin_generation(directory, start)
    except OSError as fault:
        raise bad_path(directory or Path(fault.filename or "."), fault) from fault


def _begin_temporary(start: Path | None, stack: ExitStack) -> StateTransaction:
    if start is None:
        return StateTransaction(MemoryStore())
    copy = Path(stack.enter_context(TemporaryDirectory(prefix="kithward-"))) / "state"
    copy_generation(current_generation(start), copy)
    return StateTransaction(_open(copy, start))


def _begin_generation(directory: Path, start: Path | None) -> StateTransaction:
    before = current_if_any(directory)
    if before is not None and start is not None:
        raise BadInput(directory, "has state already; --from needs a new --state directory")
    source = before if start is None else current_generation(start)
    generation = directory / f"{PREFIX}{1 if before is None else number_of(before) + 1}"
    if source is not None:
        copy_generation(source, generation)
    return StateTransaction(_open(generation, directory), generation, before)


def _lock(directory: Path, stack: ExitStack) -> None:
    """Lock the directory against other runs; settle and remove what a run that was stopped has left."""
    directory.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in directory.iterdir()}
    if CURRENT not in names and not all(name in _BESIDE or name.startswith(PREFIX) for name in names):
        raise BadInput(directory, "is not a state directory: it holds something else")
    stack.enter_context(lock_directory(directory, _LOCK))
    runs = map(run_of, directory.glob(f"{PREFIX}*"))
    settle_all(Path(run.out) for run in runs if run is not None)
    remove_old_generations(directory)
    stack.callback(remove_old_generations, directory)


def _open(path: Path, directory: Path) -> RocksStore:
    try:
        return RocksStore(path)
    except Exception as fault:  # the library raises nothing more precise
        raise BadInput(directory, f"holds state that cannot be opened: {fault}") from fault
