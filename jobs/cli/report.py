"""`kithward report`: an HTML page about the outputs of a run."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.output.progress import show_activity
from jobs.cli.output.terminal import echo
from jobs.report.page import LATEST, write_report

Directory = Annotated[
    Path,
    typer.Option("--from", metavar="DIR", help="Directory with the outputs of replay or demo: decisions.jsonl etc."),
]
Page = Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The HTML file to write.")]
Latest = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="Show the latest N decisions whole.")
]


def report(directory: Directory, out: Page, limit: Latest = LATEST) -> None:
    """Write an HTML page about the outputs of a run.

    It shows decisions over time by rule, outcomes by age of the friendship, findings by detector and keyword, what a
    shadow policy decides differently, how far limits were used, cases in invite forests as trees, incidents on a time
    line, and comparisons of lookalikes. Decisions can be searched and sorted; each has an address of its own, to which
    rows and drawings lead. The page is self-contained: nothing comes from elsewhere, and the data of each chart is in a
    table, too. What is left out is counted. It has no text of messages, because the outputs have none.

    \b
    Examples:
      kithward report --from out --out report.html
      kithward report --from build/demo/out --out report.html --limit 50
    """
    with show_activity("reading outputs"):
        count = write_report(directory, out, limit)
    echo(f"{count:,} decisions are in {out}", err=True)
