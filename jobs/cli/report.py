"""`kithward report`: an HTML page about the outputs of a run."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.recorded_reviews import RecordedReviews, read_reviews
from jobs.cli.options import MappingFile, MaxBad, StrictFields, input_rules
from jobs.cli.output.progress import show_activity
from jobs.cli.output.terminal import echo
from jobs.replay.event_files import InputRules, open_events
from jobs.report.page import LATEST, write_report

Directory = Annotated[
    Path,
    typer.Option("--from", metavar="DIR", help="Directory with the outputs of replay or demo: decisions.jsonl etc."),
]
Page = Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The HTML file to write.")]
Latest = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="Show the latest N decisions whole.")
]
Reviews = Annotated[
    list[Path] | None,
    typer.Option(
        "--reviews", metavar="FILE...", help="Event files with what reviewers answered; other events may be in them."
    ),
]


def report(  # noqa: PLR0913, PLR0917 - they are the verb's options
    directory: Directory,
    out: Page,
    limit: Latest = LATEST,
    reviews: Reviews = None,
    max_bad: MaxBad = None,
    mapping: MappingFile = None,
    strict_fields: StrictFields = False,  # noqa: FBT002
) -> None:
    """Write an HTML page about the outputs of a run.

    It shows decisions over time by rule, outcomes by age of the friendship, findings by detector and keyword, what a
    shadow policy decides differently, how far limits were used, cases in invite forests as trees, incidents on a time
    line, and comparisons of lookalikes. Decisions can be searched and sorted: the latest whole, up to 10,000 before
    them as a line each. Each has an address of its own, to which rows and drawings lead. The page is self-contained:
    nothing comes from elsewhere, and the data of each chart is in a table, too. What is left out is counted. It has no
    text of messages, because the outputs have none.

    With --reviews it says how good each rule is: how many of its decisions people looked at and uphold, by outcome, age
    of the friendship, detector, keyword and policy, and what they report as missed. The share that they uphold is an
    interval, since few answers say little.

    \b
    Examples:
      kithward report --from out --out report.html
      kithward report --from out --out report.html --reviews events.jsonl
      kithward report --from build/demo/out --out report.html --limit 50
    """
    rules = input_rules(max_bad, mapping, strict_fields=strict_fields)
    with show_activity("reading outputs"):
        count = write_report(directory, out, limit, _read(reviews, rules) if reviews else None)
    echo(f"{count:,} decisions are in {out}", err=True)


def _read(files: list[Path], rules: InputRules) -> RecordedReviews:
    """Return what reviewers answered in event files. Raise BadInput for files in which nothing is an event."""
    with open_events(files, _may_be_a_review if rules.mapping is None else None, rules) as events:
        return read_reviews(event.parsed for event in events.events())


def _may_be_a_review(line: bytes) -> bool:
    """Return False for a line that need not be parsed."""
    return b"ReviewAnswered" in line or b"MissReported" in line
