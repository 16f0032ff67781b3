"""`kithward explain`: why something was decided, for people."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.bad_input import BadInput
from jobs.explanation import explained
from jobs.output_files import commands_of, decisions_of
from schemas.records import Decision

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
    decisions = decisions_of(file) if decision is None else iter([_one(file, decision)])
    commands = commands_of(file.with_name(f"commands{file.suffix}"))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNBROKEN
    for shown in decisions:
        console.print(explained(shown, commands.get(shown.decision_id, ())))
        console.print()


def _one(file: Path, begin: str) -> Decision:
    found = {shown.decision_id: shown for shown in decisions_of(file) if shown.decision_id.startswith(begin)}
    if begin in found:
        return found[begin]
    if len(found) != 1:
        raise BadInput(file, f"{len(found) or 'no'} decision{'s' if found else ''} with the id {begin}")
    return next(iter(found.values()))
