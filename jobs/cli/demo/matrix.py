"""The demo on a Matrix homeserver: tell what people did there, what was decided, and what their clients showed."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from jobs.cli.output.story import print_passages, print_told
from jobs.explain.narration import Passage, narrate
from jobs.explain.wording import describe_command, format_time
from schemas.records import ProfileChanged, Record, RoleChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rich.console import Console

    from jobs.local.matrix.demo import MatrixDemo, Tale
    from jobs.local.matrix.scene import Made, Seen

_FINDING = 1
_INVITATION = (
    "Everything goes on until Ctrl-C, and whatever you do is told here. For example,",
    "log in as @piet:localhost and ask @rosa:localhost for a gift card in the chat of",
    "the two. A chat that your client makes may be encrypted: it cannot be read.",
    "",
)
_NOT_TOLD = (ProfileChanged, RoleChanged)


def run_matrix_demo(directory: "Path", console: "Console", synapse: "Path | None", *, keep: bool) -> None:
    """Run the demo, tell its stories, and exit with a finding if an effect did not come in time."""
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.local.matrix.demo import MatrixDemo  # noqa: PLC0415
    from jobs.local.synapse import SYNAPSE  # noqa: PLC0415

    began_s = time.monotonic()
    with MatrixDemo(directory, synapse or SYNAPSE, console.print) as running:
        _print_logins(console, running)
        missed = [tale.missed for tale in _told(console, running) if tale.missed]
        running.write_outputs()
        if keep:
            stay(console, running)
        console.print("stopping ...")
    console.print(f"stopped after {time.monotonic() - began_s:.0f} s; everything is in {directory}:")
    for path in sorted((directory / "out").iterdir()):
        console.print(f"  {path}")
    if missed:
        console.print(f"{len(missed)} of the stories did not end as they should")
        raise typer.Exit(_FINDING)


def _print_logins(console: "Console", running: "MatrixDemo") -> None:
    console.print()
    console.print("Look on with any Matrix client on this machine, as any of these people:")
    console.print(f"  homeserver  {running.address}")
    console.print(f"  users       {' '.join(running.users)}", soft_wrap=True)
    console.print(f"  password    {running.password}")


def _told(console: "Console", running: "MatrixDemo") -> "list[Tale]":
    told = []
    for tale in running.tales():
        told.append(tale)
        print_tale(console, len(told), tale, running.plain)
    console.print()
    return told


def print_tale(console: "Console", number: int, tale: "Tale", plain: "Callable[[str], str]") -> None:
    """Print a story with its number, and what did not come in time; `plain` shortens names."""
    passages = _passages(tale.made, tale.seen, plain)
    print_told(console, number, tale.story, passages, _seconds_since(passages))
    if tale.missed:
        console.print(tale.missed, style="red")


def stay(console: "Console", running: "MatrixDemo") -> None:
    """Show what happens on the homeserver until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        for line in _INVITATION:
            console.print(line)
        for made in running.arrivals():
            print_passages(console, _passages(made, (), running.plain), _time_of_day)


def _passages(made: "Made", seen: "Iterable[Seen]", plain: "Callable[[str], str]") -> list[Passage]:
    commands: dict[str, list[Record]] = {}
    for command in made.commands:
        commands.setdefault(getattr(command, "decision_id", ""), []).append(command)
    events = [event for event in made.events if not isinstance(event, _NOT_TOLD)]
    shown = [Passage("seen", each.text, each.at_ms) for each in seen]
    decided = {each.decision_id for each in made.decisions}
    shown += [
        Passage("command", describe_command(each), getattr(each, "at_ms", None))
        for decision_id in commands.keys() - decided
        for each in commands[decision_id]
    ]
    return [each._replace(text=plain(each.text)) for each in narrate(events, made.decisions, commands, shown)]


def _seconds_since(passages: list[Passage]) -> "Callable[[int], str]":
    """Return how times are told: in seconds since the first of them."""
    began_ms = min((each.at_ms for each in passages if each.at_ms is not None), default=0)
    return lambda at_ms: f"{(at_ms - began_ms) / 1000:7.1f} s"


def _time_of_day(at_ms: int) -> str:
    return format_time(at_ms)[len("2026-03-01 ") : len("2026-03-01 09:30:00")]
