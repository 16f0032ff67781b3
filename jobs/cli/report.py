"""`kithward report`: an HTML page about the outputs of a run."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.recorded_reviews import RecordedReviews
from jobs.cli.options import MappingFile, MaxBad, StrictFields, input_rules
from jobs.cli.output.input_notes import ignored_fields, unmapped, wrong_units
from jobs.cli.output.progress import show_activity
from jobs.cli.output.terminal import echo
from jobs.replay.event_files import InputRules, open_events
from jobs.replay.input_report import InputReport
from jobs.report.page import LATEST, write_report
from schemas.jsonl import BadLine

_FINDING = 1

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
        said, read, bad = _read(reviews, rules) if reviews else (None, InputReport(), 0)
        count = write_report(directory, out, limit, said)
    if bad:
        echo(f"warning: {bad:,} lines are not valid events and were skipped", err=True)
    for note in (*unmapped(read), *ignored_fields(read), *wrong_units(read)):
        echo(note, err=True)
    echo(f"{count:,} decisions are in {out}", err=True)
    if read.wrong_units:
        raise typer.Exit(_FINDING)


def _read(files: list[Path], rules: InputRules) -> tuple[RecordedReviews, InputReport, int]:
    """Return what reviewers answered in event files, what was noticed there, and the number of bad lines.

    Raise BadInput for files in which nothing is an event.
    """
    reviews, bad = RecordedReviews(), 0
    with open_events(files, _may_be_a_review if rules.mapping is None else None, rules) as events:
        for event in events.events():
            bad += isinstance(event.parsed, BadLine)
            reviews.add(event.parsed)
    return reviews, events.report, bad


def _may_be_a_review(line: bytes) -> bool:
    """Return False for a line that names another record, and need not be parsed."""
    return b'"type"' not in line or b"ReviewAnswered" in line or b"MissReported" in line
