"""`kithward demo`: a story, told to the real job."""

import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from jobs.errors import BadInput
from jobs.explain.wording import (
    describe_command,
    describe_decision,
    describe_event,
    describe_reason,
    format_time,
    printable,
)
from jobs.replay.event_files import InputEvent
from jobs.report.page import write_report
from schemas.codec import decode
from schemas.jsonl import BadLine
from schemas.records import Decision, Record, RiskWindow
from schemas.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from jobs.kafka.topic_io import TopicRecord
    from jobs.local.demo import Comparison, Demo

_FINDING = 1
_DEFAULT_DIRECTORY = Path("build/demo")

Directory = Annotated[
    Path, typer.Option("--dir", metavar="DIR", help="Where all of it lives; what is in it is removed first.")
]


def demo(directory: Directory = _DEFAULT_DIRECTORY) -> None:
    """Show the job at work: a broker, a local Flink, and the story of Rosa, her friends and those who pose as such.

    Some ninety events of six days are sent to Kafka. What the job decides is shown as it comes, with its reasons. At
    the end everything is stopped and compared with what a replay of the same story gives: it must be the same.
    report.html is a page about it.

    \b
    Examples:
      kithward demo
      kithward explain build/demo/out/decisions.jsonl
      kithward replay --events jobs/scenario/*.jsonl --out out
    """
    console = Console(highlight=False, soft_wrap=True)
    began_s = time.monotonic()
    with _errors_as_bad_input():
        wanted = _run_demo(directory, console)
    write_report(directory / "out", directory / "report.html")
    console.print(f"stopped after {time.monotonic() - began_s:.0f} s; everything is in {directory}:")
    for path in (directory / "report.html", *sorted((directory / "out").iterdir())):
        console.print(f"  {path}")
    if wanted.is_complete and not wanted.unexpected:
        console.print("the replay of the same story gives the same")
        return
    console.print(f"the replay gives something else: compare {directory / 'out'} with {directory / 'replay'}")
    raise typer.Exit(_FINDING)


def _run_demo(directory: Path, console: Console) -> "Comparison":
    """Tell the story; return how Flink and the replay compare."""
    # Kafka's client takes its time to load, and only the verbs that talk to Kafka need it.
    from jobs.local.demo import Comparison, Demo  # noqa: PLC0415

    console.print("starting a Kafka broker and the job on a local Flink ...")
    with Demo(directory) as story:
        story.replay()
        wanted = Comparison(story.replayed)
        story.wait_running()
        found: list[TopicRecord] = []
        with ThreadPoolExecutor(1) as threads:
            telling = threads.submit(_send_events, story, console)
            for portion in story.outputs(wanted):
                found += portion
                for line in _output_lines(portion, story):
                    console.print(line)
            telling.result()
        story.write_outputs(found)
        console.print("stopping ...")
    return wanted


def _send_events(story: "Demo", console: Console) -> None:
    for arrival in story.send_events():
        console.print(Text(_event_line(arrival), "dim"))


def _event_line(arrival: InputEvent) -> str:
    if isinstance(arrival.parsed, BadLine):
        return "something arrives that is no record"
    return f"{format_time(arrival.at_ms)}  {describe_event(arrival.parsed)}"


def _output_lines(portion: "list[TopicRecord]", story: "Demo") -> Iterator[Text]:
    """Yield what came at once: each decision with its commands, by time; then the rest."""
    records = [decode(stored.value or b"") for stored in portion if stored.topic != DEAD_LETTERS]
    orders: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if not isinstance(record, Decision | RiskWindow):
            orders[getattr(record, "decision_id", "")].append(record)
    for decision in sorted((record for record in records if isinstance(record, Decision)), key=_time):
        yield from _decision_lines(decision, orders.pop(decision.decision_id, []))
    for order in chain.from_iterable(orders.values()):
        yield Text(f"    -> {describe_command(order)}", "green")
    for window in sorted((record for record in records if isinstance(record, RiskWindow)), key=_end):
        yield Text(f"  {_window_line(window)}", "yellow")
    for stored in portion:
        if stored.topic == DEAD_LETTERS:
            letter, _ = story.dead_letter(stored)
            yield Text(f"  dead letter: {letter.reason}: {letter.message}", "red")


def _decision_lines(decision: Decision, orders: list[Record]) -> Iterator[Text]:
    yield Text(f"  {decision.outcome}: {describe_decision(decision)}", "bold")
    reasons = f", because: {'; '.join(map(describe_reason, decision.reasons))}" if decision.reasons else ""
    yield Text(f"    {format_time(decision.at_ms)}{reasons}")
    for order in orders:
        yield Text(f"    -> {describe_command(order)}", "green")


def _window_line(window: RiskWindow) -> str:
    count = f"{window.count} decision{'' if window.count == 1 else 's'}"
    return f"until {format_time(window.window_end_ms)} {count} about {printable(window.subject_id)}: {window.outcome}"


def _time(decision: Decision) -> int:
    return decision.at_ms


def _end(window: RiskWindow) -> int:
    return window.window_end_ms


@contextmanager
def _errors_as_bad_input() -> Iterator[None]:
    """Say in one line what is missing or has failed."""
    from jobs.deploy.installation import NotInstalledError  # noqa: PLC0415
    from jobs.kafka.topic_admin import TopicsError  # noqa: PLC0415
    from jobs.local.broker import BrokerError  # noqa: PLC0415 - as above
    from jobs.local.demo import DemoError  # noqa: PLC0415

    try:
        yield
    except (BrokerError, DemoError, NotInstalledError, TopicsError) as fault:
        raise BadInput("demo", str(fault)) from fault
