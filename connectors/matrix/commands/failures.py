"""Commands that could not be carried out, as the store has them, also while the connector runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from connectors.matrix.commands.ledger import Status
from jobs.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


class Failure(NamedTuple):
    """A command that could not be carried out: its type, ids, the code by which it failed, and when it came."""

    kind: str
    command_id: str
    decision_id: str
    code: str
    at_ms: int


def failures(path: Path) -> list[Failure]:
    """Return the failures in a store, the oldest first. Raise BadInput for a file that is none."""
    query = "SELECT kind, command_id, decision_id, code, at_ms FROM commands WHERE status = ? ORDER BY at_ms"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as store:
            return [Failure(*row) for row in store.execute(query, (Status.FAILED,))]
    except sqlite3.Error as fault:
        raise BadInput(path, f"is not the store of a connector: {fault}") from fault
