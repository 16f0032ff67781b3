"""The command line `python -m connectors.matrix VERB`."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from connectors.matrix.commands.failures import failures
from connectors.matrix.configuration import load_settings
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.registration import load_token, write_registration
from connectors.matrix.service import check_start, serve, take_over_rooms
from jobs.cli.command_line import CommandLine
from jobs.cli.output.terminal import echo
from jobs.cli.verb_group import exit_codes
from jobs.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Coroutine

_Result = TypeVar("_Result")

app = typer.Typer(
    cls=CommandLine,
    help="Connects a Matrix homeserver: its events go to the topics, the job's commands are carried out there.",
    epilog="Details of a verb: python -m connectors.matrix VERB --help",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="The connector's configuration, YAML.")]

Administrator = Annotated[
    Path | None,
    typer.Option("--administrator", metavar="FILE", help="A file with the access token of an administrator."),
]


@app.callback()
def connector() -> None:
    """Take the options that stand before a verb."""


@app.command(epilog=exit_codes())
def registration(config: Config) -> None:
    """Write the registration file of the application service, with new tokens.

    The homeserver and the connector both read it: name it in homeserver.yaml under app_service_config_files, and
    restart the homeserver.
    """
    settings = load_settings(config)
    write_registration(settings.registration, settings.given)
    echo(f"{settings.registration}: name it in homeserver.yaml under app_service_config_files")


@app.command(epilog=exit_codes())
def check(config: Config, administrator: Administrator = None) -> None:
    """Check that the homeserver and Kafka can be reached, and that the connector's user has the rights it needs.

    The user is registered if it is not there yet, and with --administrator made an administrator. Nothing is sent;
    a schema registry gets the schemas.
    """
    token = None if administrator is None else load_token(administrator)
    _run(check_start(load_settings(config), token))
    echo("ready to run")


@app.command(epilog=exit_codes())
def adopt(config: Config) -> None:
    """Send the friendships and groups that are there before the connector runs.

    Each room that the connector does not know is read once, and its friendship or members are sent. Without this a
    room is read when something happens in it. Stopped in the midst it goes on where it was.
    """
    new, known = _run(take_over_rooms(load_settings(config)))
    echo(f"{new:,} rooms, and {known:,} that were known")


@app.command(epilog=exit_codes())
def run(config: Config) -> None:
    """Run the connector until it is stopped.

    It can be stopped or killed at any time: what it has not worked off comes again when it is started.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("kafka").setLevel(logging.WARNING)  # its client tells of every connection
    _run(serve(load_settings(config)))


@app.command(epilog=exit_codes())
def failed(config: Config) -> None:
    """List the commands that could not be carried out, each with its decision and the code by which it failed.

    They are not tried again. The connector may run meanwhile.
    """
    for each in failures(load_settings(config).store):
        came = datetime.fromtimestamp(each.at_ms // 1000, tz=UTC).isoformat()
        echo(f"{came}  {each.kind}  {each.command_id}  {each.decision_id}  {each.code}")


def _run(part: Coroutine[None, None, _Result]) -> _Result:
    try:
        return asyncio.run(part)
    except HomeserverError as fault:
        raise BadInput("homeserver", str(fault)) from fault


def main() -> None:
    """Run the command line."""
    app(prog_name="python -m connectors.matrix")
