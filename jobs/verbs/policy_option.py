"""Which policy does a verb work by? That of its `--policy` file, else the defaults. Key: none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.bad_input import BadInput
from jobs.policy_file import InvalidPolicy, load
from operators.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path


def policy_of(path: Path | None) -> Policy:
    """Return the policy in force from the beginning. Raise BadInput with the first fault of a file that has some."""
    if path is None:
        return Policy()
    try:
        return load(path)
    except InvalidPolicy as invalid:
        raise BadInput(path, " ".join(said_of(invalid))) from invalid


def said_of(invalid: InvalidPolicy) -> list[str]:
    """Return the first fault, and how many more there are."""
    first, more = invalid.faults[0], len(invalid.faults) - 1
    return [str(first), *([f"(and {more} more: see kithward policy check)"] if more else [])]
