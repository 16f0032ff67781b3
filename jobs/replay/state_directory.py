"""The state directory of replays: one RocksDB database per generation, with an atomic commit at the end of a run.

The file `CURRENT` names the generation that is current. A run works on a copy, the next generation, and writes its name
to `CURRENT` when it is done, so a run that fails changes nothing. A committed generation is complete and is never
written to again: it can be copied and read at any time.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copy2, copytree, rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from jobs.errors import BadInput, bad_path
from state.stores.memory import MemoryStore
from state.stores.rocks import RocksStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.stores.store import Store

_CURRENT: Final = "CURRENT"
_LOCK: Final = "LOCK"
_GENERATION: Final = "generation-"
_BESIDE: Final = {_LOCK, f".{_CURRENT}"}


class StateTransaction:
    """The state that a run works on. It becomes current with `commit`."""

    def __init__(self, store: Store, directory: Path | None, generation: str, *, continued: bool) -> None:
        self.store = store
        self.continued = continued  # whether there was state in `directory` before
        self._directory, self._generation = directory, generation
        self._sealed = False

    def seal(self) -> None:
        """Close the database: its changes are durable, but not yet current. Idempotent."""
        if not self._sealed:
            self._sealed = True
            self.store.close()

    def commit(self) -> None:
        """Make the sealed state the directory's current generation, atomically; without a directory do nothing."""
        if self._directory is None:
            return
        named = self._directory / f".{_CURRENT}"
        named.write_text(self._generation + "\n")
        named.replace(self._directory / _CURRENT)
        _remove_old_generations(self._directory)


@contextmanager
def open_state(directory: Path | None, start: Path | None) -> Iterator[StateTransaction]:
    """Open the state for a run: a copy of `directory`'s, if it has any, else a copy of `start`'s, else empty state.

    Raise BadInput for a directory that is not a state directory, is in use or cannot be read, and if both have state.
    """
    with ExitStack() as stack:
        state = _begin(directory, start, stack)
        stack.callback(state.seal)
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
        return StateTransaction(MemoryStore(), None, "", continued=False)
    copy = Path(stack.enter_context(TemporaryDirectory(prefix="kithward-"))) / "state"
    _copy(_current_generation(start), copy)
    return StateTransaction(_open(copy, start), None, "", continued=False)


def _begin_generation(directory: Path, start: Path | None) -> StateTransaction:
    before = _current_generation(directory) if (directory / _CURRENT).exists() else None
    if before is not None and start is not None:
        raise BadInput(directory, "has state already; --from needs a new --state directory")
    source = before if start is None else _current_generation(start)
    number = 1 if before is None else int(before.name.removeprefix(_GENERATION)) + 1
    generation = f"{_GENERATION}{number}"
    if source is not None:
        _copy(source, directory / generation)
    store = _open(directory / generation, directory)
    return StateTransaction(store, directory, generation, continued=before is not None)


def _lock(directory: Path, stack: ExitStack) -> None:
    """Lock the directory against other runs, and remove the leftovers of a run that was killed."""
    directory.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in directory.iterdir()}
    if _CURRENT not in names and not all(name in _BESIDE or name.startswith(_GENERATION) for name in names):
        raise BadInput(directory, "is not a state directory: it holds something else")
    try:
        stack.enter_context(FileLock(directory / _LOCK, blocking=False))
    except Timeout as fault:
        raise BadInput(directory, "is in use by another run") from fault
    _remove_old_generations(directory)


def _current_generation(directory: Path) -> Path:
    """Return the current generation of a directory."""
    try:
        name = (directory / _CURRENT).read_text().strip()
    except OSError as fault:
        raise BadInput(directory, "holds no state of a replay") from fault
    generation = directory / name
    if not name.removeprefix(_GENERATION).isdecimal() or not generation.is_dir():
        raise BadInput(directory / _CURRENT, "names no generation of state")
    return generation


def _remove_old_generations(directory: Path) -> None:
    """Remove every generation but the current one."""
    kept = _current_generation(directory) if (directory / _CURRENT).exists() else None
    for path in directory.glob(f"{_GENERATION}*"):
        if path != kept:
            rmtree(path)


def _copy(source: Path, target: Path) -> None:
    copytree(source, target, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    # RocksDB never writes to a finished table file again, so a hard link is as good as a copy.
    if source.endswith(".sst"):
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return
    copy2(source, target)


def _open(path: Path, directory: Path) -> RocksStore:
    try:
        return RocksStore(path)
    except Exception as fault:  # the library raises nothing more precise
        raise BadInput(directory, f"holds state that cannot be opened: {fault}") from fault
