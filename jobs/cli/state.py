"""`kithward state`: print the state of a savepoint or of a replay."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.state_inspection import Entry, read_entries
from jobs.cli.output.terminal import echo
from jobs.cli.verb_group import VerbGroup, exit_codes
from jobs.printable import json_text

app = typer.Typer(cls=VerbGroup, help="Inspect the state of a savepoint or a replay.", rich_markup_mode=None)

Place = Annotated[
    Path,
    typer.Argument(
        metavar="SAVEPOINT-OR-STATE-DIR", help="Directory of a savepoint, or the --state directory of a replay."
    ),
]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="The id of an account or group, or another key.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


@app.callback()
def state() -> None:
    """Inspect the state of a savepoint or a replay."""


@app.command(epilog=exit_codes())
def inspect(place: Place, key: Key, as_json: Json = False) -> None:  # noqa: FBT002
    """Print the state entries under a key.

    Each line has the step, the state, the entry and its value. A savepoint is read by Java, so the jars must be there
    (make jars). It must be on this machine and in canonical format, as `flink stop -type canonical` writes it. The
    state of a replay is not changed. The output names people who are connected with the key: show it only to those who
    may know that. States are listed in docs/reference.md.

    \b
    Examples:
      kithward state inspect state --key bob
      kithward state inspect /var/lib/kithward/savepoints/savepoint-1b2c3d-0123456789ab --key bob --json
    """
    is_empty = True
    for entry in read_entries(place, key):
        is_empty = False
        echo(json_text(asdict(entry)) if as_json else _line(entry))
    if is_empty:
        echo(f"there is no state under the key {key}", err=True)


def _line(entry: Entry) -> str:
    return f"{entry.step}  {entry.state}  {entry.entry}  {json_text(entry.value)}"
