"""`kithward report`: a page about what a run has concluded."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.report.page import LATEST, write_report

Directory = Annotated[
    Path,
    typer.Option("--from", metavar="DIR", help="Outputs, as replay and demo write them: decisions.jsonl and so on."),
]
Page = Annotated[Path, typer.Option("--out", metavar="FILE.html", help="Where the page goes.")]
Latest = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="Show the latest N decisions whole.")
]


def report(directory: Directory, out: Page, limit: Latest = LATEST) -> None:
    """Write one page of HTML about the outputs in a directory: counts, pictures, and decisions as trees.

    It shows decisions over time by rule, outcomes by age of the friendship, what was found, by detector and keyword
    of the policy, what a policy in the shadow decides otherwise, how far limits were used, cases in invite forests as
    trees, incidents on a line of time, and what makes lookalikes alike. The page needs nothing but itself: no script,
    no picture, no address from elsewhere; what is drawn stands in a table, too. What is left out is counted there. No
    text of a message is in it, for none is in the outputs.

    \b
    Examples:
      kithward report --from out --out report.html
      kithward report --from build/demo/out --out report.html --limit 50
    """
    count = write_report(directory, out, limit)
    typer.echo(f"{count:,} decisions are reported in {out}", err=True)
