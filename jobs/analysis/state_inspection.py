"""State entries of a key, read from a replay's state directory or from a Flink savepoint.

The engine's own states are left out: events that await the watermark, ids of processed events, timers.
"""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, to_builtins
from msgspec.structs import asdict

from jobs.dataflow.risk import risk_graph
from jobs.deploy.installation import NotInstalledError, flink_home, jars, java
from jobs.errors import BadInput
from jobs.replay.session import state_errors
from jobs.replay.state_directory import open_state
from state.pseudonym import pseudonym_of
from state.spec import UnreadableStateError
from state.stores.store import Rows, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from state.spec import MapSpec

_METADATA: Final = "_metadata"
_OTHER_FORMAT: Final = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a state; `value` is its JSON form."""

    step: str
    state: str
    entry: str | int
    value: Any


def read_entries(path: Path, key: str) -> Iterator[Entry]:
    """Yield the state entries of a key, in the order of the steps. Raises `BadInput` for unreadable state."""
    raw = _savepoint_entries(path, key) if (path / _METADATA).exists() else _directory_entries(path, key)
    for step, spec, entry, value in raw:
        try:
            yield Entry(step, spec.name, entry, _json_value(spec.codec.loads(value)))
        except UnreadableStateError as fault:
            raise BadInput(path, f"{step} {spec.name}: {fault}") from fault


def _directory_entries(path: Path, key: str) -> Iterator[tuple[str, MapSpec[Any, Any], str | int, bytes]]:
    with open_state(None, path) as draft, state_errors(path):
        for (step, _), spec in _specs().items():
            prefix = prefix_of(step, spec.name) + prefix_of(pseudonym_of(key))
            for entry, value in Rows(draft.store, prefix, textual=spec.entry_key is str).items():
                yield step, spec, entry, value


def _savepoint_entries(path: Path, key: str) -> Iterator[tuple[str, MapSpec[Any, Any], str | int, bytes]]:
    specs = _specs()
    order = {name: place for place, name in enumerate(specs)}
    lines = [line.split("\t") for line in _run_savepoint_reader(path, key).splitlines()]
    known = [line for line in lines if (line[0], line[1]) in specs]
    for step, state, entry, value in sorted(known, key=lambda line: (order[line[0], line[1]], line[2])):
        spec, text = specs[step, state], b64decode(entry).decode()
        yield step, spec, text if spec.entry_key is str else int(text), b64decode(value)


def _specs() -> dict[tuple[str, str], MapSpec[Any, Any]]:
    return {(step.uid, spec.name): spec for step in risk_graph().steps for spec in step.operator.states}


def _run_savepoint_reader(path: Path, key: str) -> str:
    try:
        library = (*sorted(flink_home().glob("lib/*.jar")), *jars())
        command = (java(), "-cp", ":".join(map(str, library)), "kithward.SavepointReader", path.resolve().as_uri(), key)
    except NotInstalledError as fault:
        raise BadInput(path, f"is a savepoint, which Java has to read: {fault}") from fault
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the command is our own
    if done.returncode == _OTHER_FORMAT:
        raise BadInput(path, "is not in the canonical format: take a savepoint with `flink savepoint -type canonical`")
    if done.returncode:
        raise BadInput(path, f"is not a readable savepoint: {(done.stderr.splitlines() or ['no reason given'])[0]}")
    return done.stdout


def _json_value(value: Any) -> Any:  # noqa: ANN401
    named = asdict(value) if isinstance(value, Struct) else value  # also of one that is stored without names
    whole = to_builtins(named, builtin_types=(bytes,))
    return json.loads(json.dumps(whole, default=lambda other: other.hex() if isinstance(other, bytes) else list(other)))
