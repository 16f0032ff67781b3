"""`kithward explain`: why something was decided, for people."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.bad_input import BadInput, unusable
from jobs.explanation import explained
from schemas.jsonl import BadLine, read_file
from schemas.malformed import Malformed
from schemas.records import Decision, Record

_UNBROKEN = 10_000  # columns: what is read by a program or with a pager is not to be broken into lines

DecisionFile = Annotated[Path, typer.Argument(metavar="FILE", help="A decisions.jsonl, as replay and demo write it.")]
DecisionId = Annotated[
    str | None, typer.Option("--decision", metavar="ID", help="Only this one; the beginning of its id is enough.")
]


def explain(file: DecisionFile, decision: DecisionId = None) -> None:
    r"""Show a decision's evidence as a tree: what happened, which conditions held, what was asked of the platform.

    The text of a message is never there: only which detector found something, and where. If a commands.jsonl lies
    beside the file, its commands are shown with their decisions.

    \b
    Examples:
      kithward explain out/decisions.jsonl
      kithward explain out/decisions.jsonl --decision 01b155642952ff0d747d839010bfd476
      kithward explain out/decisions.jsonl --decision 01b155
    """
    decisions = _decisions(file) if decision is None else iter([_one(file, decision)])
    commands = _commands(file.with_name(f"commands{file.suffix}"))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNBROKEN
    for shown in decisions:
        console.print(explained(shown, commands.get(shown.decision_id, ())))
        console.print()


def _one(file: Path, begin: str) -> Decision:
    found = {shown.decision_id: shown for shown in _decisions(file) if shown.decision_id.startswith(begin)}
    if begin in found:
        return found[begin]
    if len(found) != 1:
        raise BadInput(file, f"{len(found) or 'no'} decision{'s' if found else ''} with the id {begin}")
    return next(iter(found.values()))


def _decisions(file: Path) -> Iterator[Decision]:
    for number, record in enumerate(_records(file), start=1):
        if not isinstance(record, Decision):
            raise BadInput(f"{file}, record {number}", f"{type(record).__name__} is no decision")
        yield record


def _commands(file: Path) -> dict[str, list[Record]]:
    commands: dict[str, list[Record]] = defaultdict(list)
    for record in _records(file) if file.exists() else ():
        commands[getattr(record, "decision_id", "")].append(record)
    return commands


def _records(file: Path) -> Iterator[Record]:
    try:
        for found in read_file(file):
            if isinstance(found, BadLine):
                raise BadInput(f"{file}:{found.line}", f"{found.reason}: {found.message}")
            yield found
    except OSError as fault:
        raise unusable(file, fault) from fault
    except Malformed as fault:
        raise BadInput(file, fault.message) from fault
