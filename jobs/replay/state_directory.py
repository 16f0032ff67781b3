"""Where does a replay keep its state from run to run, so that a run that fails changes nothing? Key: its path.

A directory holds one generation, a RocksDB database, and the file `CURRENT` with its name. A run works on a copy, the
next generation, and names it in `CURRENT` when it is done: a generation that is named is whole and never written to
again, and so can be copied and read at any time.
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
    """The state that a run works on. It counts from `commit` on."""

    def __init__(self, store: Store, directory: Path | None, generation: str, *, continued: bool) -> None:
        self.store = store
        self.continued = continued  # whether there was state in `directory` before
        self._directory, self._generation = directory, generation
        self._sealed = False

    def seal(self) -> None:
        """End the work on it: what was written is durable, but does not count yet. Again does nothing."""
        if not self._sealed:
            self._sealed = True
            self.store.close()

    def commit(self) -> None:
        """Make the sealed state the directory's, in one step; without a directory it is forgotten."""
        if self._directory is None:
            return
        named = self._directory / f".{_CURRENT}"
        named.write_text(self._generation + "\n")
        named.replace(self._directory / _CURRENT)
        _tidy(self._directory)


@contextmanager
def open_state(directory: Path | None, start: Path | None) -> Iterator[StateTransaction]:
    """Lend state to a run: `directory`'s, if it has any, else a copy of `start`'s, else none yet.

    Raise BadInput for a directory that is not one of ours, is in use, or cannot be read; and where both have state.
    """
    with ExitStack() as stack:
        draft = _prepared(directory, start, stack)
        stack.callback(draft.seal)
        yield draft


def _prepared(directory: Path | None, start: Path | None, stack: ExitStack) -> StateTransaction:
    try:
        if directory is None:
            return _unkept(start, stack)
        _claim(directory, stack)
        return _kept(directory, start)
    except OSError as fault:
        raise bad_path(directory or Path(fault.filename or "."), fault) from fault


def _unkept(start: Path | None, stack: ExitStack) -> StateTransaction:
    if start is None:
        return StateTransaction(MemoryStore(), None, "", continued=False)
    copy = Path(stack.enter_context(TemporaryDirectory(prefix="kithward-"))) / "state"
    _copy(_current(start), copy)
    return StateTransaction(_open(copy, start), None, "", continued=False)


def _kept(directory: Path, start: Path | None) -> StateTransaction:
    before = _current(directory) if (directory / _CURRENT).exists() else None
    if before is not None and start is not None:
        raise BadInput(directory, "has state already; --from needs a new --state directory")
    source = before if start is None else _current(start)
    number = 1 if before is None else int(before.name.removeprefix(_GENERATION)) + 1
    generation = f"{_GENERATION}{number}"
    if source is not None:
        _copy(source, directory / generation)
    return StateTransaction(
        _open(directory / generation, directory), directory, generation, continued=before is not None
    )


def _claim(directory: Path, stack: ExitStack) -> None:
    """Keep other runs out, and remove what a run left behind that was stopped."""
    directory.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in directory.iterdir()}
    if _CURRENT not in names and not all(name in _BESIDE or name.startswith(_GENERATION) for name in names):
        raise BadInput(directory, "is no state directory: it holds something else")
    try:
        stack.enter_context(FileLock(directory / _LOCK, blocking=False))
    except Timeout as fault:
        raise BadInput(directory, "is in use by another run") from fault
    _tidy(directory)


def _current(directory: Path) -> Path:
    """Return the generation that counts."""
    try:
        name = (directory / _CURRENT).read_text().strip()
    except OSError as fault:
        raise BadInput(directory, "holds no state of a replay") from fault
    generation = directory / name
    if not name.removeprefix(_GENERATION).isdecimal() or not generation.is_dir():
        raise BadInput(directory / _CURRENT, "names no generation of state")
    return generation


def _tidy(directory: Path) -> None:
    """Remove every generation but the one that counts."""
    kept = _current(directory) if (directory / _CURRENT).exists() else None
    for path in directory.glob(f"{_GENERATION}*"):
        if path != kept:
            rmtree(path)


def _copy(source: Path, target: Path) -> None:
    copytree(source, target, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    # RocksDB never writes to a finished table again, so that a second name is as good as a copy, and free.
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
