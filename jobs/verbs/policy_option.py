"""Which policy does a verb work by? That of its `--policy` file, else the defaults. Key: none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.bad_input import BadInput
from jobs.policy_file import InvalidPolicy, load
from jobs.policy_log import publication
from operators.policy import Policy
from schemas.records import PolicyMode, PolicyPublished

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


def shadow_of(path: Path | None, live: Policy) -> PolicyPublished | None:
    """Return the event that puts a file's policy beside a live one. Raise BadInput where their names are the same."""
    if path is None:
        return None
    version = policy_of(path).version
    if version == live.version:
        raise BadInput(path, f"version: must be another than {version}, which is that of the policy in force")
    return publication(path, version, PolicyMode.SHADOW, 0, 0)


def said_of(invalid: InvalidPolicy) -> list[str]:
    """Return the first fault, and how many more there are."""
    first, more = invalid.faults[0], len(invalid.faults) - 1
    return [str(first), *([f"(and {more} more: see kithward policy check)"] if more else [])]
