"""`kithward state`: what is remembered, for people."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.state_inspection import Entry, read_entries

app = typer.Typer(help="Look at what is remembered.", rich_markup_mode=None)

Place = Annotated[
    Path, typer.Argument(metavar="SAVEPOINT-OR-STATE-DIR", help="A savepoint's directory, or --state of a replay.")
]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="An account's id, a group's, or what else is a key.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.callback()
def state() -> None:
    """Look at what is remembered."""


@app.command()
def inspect(place: Place, key: Key, as_json: Json = False) -> None:  # noqa: FBT002
    """Print what is remembered under a key: a line for each entry, with its step, its state, the entry and its value.

    A savepoint is read by Java, so the jars have to be there (make jars), and has to be on this machine and in the
    canonical format, as `flink stop -type canonical` writes it. Of a replay's state nothing is changed. What is shown
    names whom the key has to do with: it is for those who may know that. States are listed in docs/reference.md.

    \b
    Examples:
      kithward state inspect state --key bob
      kithward state inspect /var/lib/kithward/savepoints/savepoint-1b2c3d-0123456789ab --key bob --json
    """
    found = False
    for entry in read_entries(place, key):
        found = True
        typer.echo(_json(asdict(entry)) if as_json else _line(entry))
    if not found:
        typer.echo(f"nothing is remembered under {key}", err=True)


def _line(entry: Entry) -> str:
    return f"{entry.step}  {entry.state}  {entry.entry}  {_json(entry.value)}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
