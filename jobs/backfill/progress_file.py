"""Progress file: how many events of a run have arrived, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from jobs.durable_files import write_durably
from jobs.errors import BadInput, bad_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FILE_BYTES: Final = 4096
_OTHER: Final = (
    "is the progress of another run: of other files, mapping, broker or topics; name another file or remove it"
)


class ProgressFile:
    """The progress of one run. Raise BadInput for a file that is that of another run, or none at all.

    `arrived` counts events of the input in their order, those included that could not be sent.
    """

    def __init__(self, path: Path, run: str) -> None:
        self._path, self._run = path, run
        self.arrived = self._read()

    def save(self, arrived: int) -> None:
        """Write down how many events have arrived. Raise BadInput if the file cannot be written."""
        self.arrived = arrived
        try:
            write_durably(self._path, json.dumps({"run": self._run, "arrived": arrived}))
        except OSError as fault:
            raise bad_path(self._path, fault) from fault

    def _read(self) -> int:
        try:
            with self._path.open(encoding="utf-8") as file:
                found = json.loads(file.read(_FILE_BYTES))
            run, arrived = found["run"], found["arrived"]
        except FileNotFoundError:
            return 0
        except OSError as fault:
            raise bad_path(self._path, fault) from fault
        except (ValueError, LookupError, TypeError) as fault:
            raise BadInput(self._path, "is no progress file of kithward send") from fault
        if run != self._run or not isinstance(arrived, int):
            raise BadInput(self._path, _OTHER)
        return arrived


def name_run(files: Iterable[Path], *salt: bytes) -> str:
    """Return what tells a run from others: its files, with their sizes and times of change, and what else is given.

    Raise BadInput for a file that cannot be read.
    """
    digest = hashlib.sha256()
    for part in (*salt, *map(_identity, files)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _identity(path: Path) -> bytes:
    try:
        found = path.stat()
    except OSError as fault:
        raise bad_path(path, fault) from fault
    return json.dumps([str(path.absolute()), found.st_size, found.st_mtime_ns]).encode()
