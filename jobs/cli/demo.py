"""`kithward demo`: run the job on a local broker and Flink over the shipped scenario, and show what it decides."""

import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from jobs.cli.output.terminal import open_console
from jobs.errors import BadInput
from jobs.explain.wording import (
    describe_command,
    describe_decision,
    describe_event,
    describe_reason,
    format_time,
)
from jobs.printable import printable
from jobs.replay.event_files import InputEvent
from jobs.report.page import write_report
from schemas.codec import decode
from schemas.jsonl import BadLine
from schemas.records import Decision, Record, RiskWindow
from schemas.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from rich.console import Console

    from jobs.kafka.topic_io import TopicRecord
    from jobs.local.demo import Comparison, Demo

_FINDING = 1
_DEFAULT_DIRECTORY = Path("build/demo")

Directory = Annotated[
    Path,
    typer.Option("--dir", metavar="DIR", help="Directory of the broker, logs and outputs; its contents are removed."),
]


def demo(directory: Directory = _DEFAULT_DIRECTORY) -> None:
    """Run the shipped scenario on a local Kafka and Flink.

    The scenario is about Rosa, her friends and their imitators: some hundred events of six days, sent to Kafka.
    Decisions are shown as the job makes them, with their reasons. At the end the outputs are compared with those of a
    replay of the same events: they must be equal. An HTML report about them is written, and everything is stopped. A
    directory with other files in it is refused.

    \b
    Examples:
      kithward demo
      kithward explain build/demo/out/decisions.jsonl
      kithward replay --events jobs/scenario/*.jsonl --out out
    """
    console = open_console(soft_wrap=True)
    began_s = time.monotonic()
    with _errors_as_bad_input():
        comparison = _run_demo(directory, console)
    write_report(directory / "out", directory / "report.html")
    console.print(f"stopped after {time.monotonic() - began_s:.0f} s; everything is in {directory}:")
    for path in (directory / "report.html", *sorted((directory / "out").iterdir())):
        console.print(f"  {path}")
    if comparison.is_complete and not comparison.unexpected:
        console.print("a replay of the same events gives the same outputs")
        return
    console.print(f"a replay gives other outputs: compare {directory / 'out'} with {directory / 'replay'}")
    raise typer.Exit(_FINDING)


def _run_demo(directory: Path, console: "Console") -> "Comparison":
    """Run the demo and print events and outputs; return how Flink's outputs compare with the replay's."""
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.local.demo import Comparison, Demo  # noqa: PLC0415

    console.print("starting a Kafka broker and the job on a local Flink ...")
    with Demo(directory) as running:
        running.replay()
        comparison = Comparison(running.replayed)
        running.wait_running()
        outputs: list[TopicRecord] = []
        with ThreadPoolExecutor(1) as threads:
            sender = threads.submit(_send_events, running, console)
            for batch in running.outputs(comparison):
                outputs += batch
                for line in _output_lines(batch, running):
                    console.print(line)
            sender.result()
        running.write_outputs(outputs)
        console.print("stopping ...")
    return comparison


def _send_events(running: "Demo", console: "Console") -> None:
    for event in running.send_events():
        console.print(Text(_event_line(event), "dim"))


def _event_line(event: InputEvent) -> str:
    if isinstance(event.parsed, BadLine):
        return "a record arrives that cannot be read"
    return f"{format_time(event.at_ms)}  {describe_event(event.parsed)}"


def _output_lines(batch: "list[TopicRecord]", running: "Demo") -> Iterator[Text]:
    """Yield the lines of a batch: each decision with its commands, by event time; then the other outputs."""
    records = [decode(output.value or b"") for output in batch if output.topic != DEAD_LETTERS]
    commands: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if not isinstance(record, Decision | RiskWindow):
            commands[getattr(record, "decision_id", "")].append(record)
    for decision in sorted((record for record in records if isinstance(record, Decision)), key=_time):
        yield from _decision_lines(decision, commands.pop(decision.decision_id, []))
    for command in chain.from_iterable(commands.values()):
        yield Text(f"    -> {describe_command(command)}", "green")
    for window in sorted((record for record in records if isinstance(record, RiskWindow)), key=_end):
        yield Text(f"  {_window_line(window)}", "yellow")
    for output in batch:
        if output.topic == DEAD_LETTERS:
            letter, _ = running.dead_letter(output)
            yield Text(f"  dead letter: {letter.reason}: {letter.message}", "red")


def _decision_lines(decision: Decision, commands: list[Record]) -> Iterator[Text]:
    yield Text(f"  {decision.outcome}: {describe_decision(decision)}", "bold")
    reasons = f", because: {'; '.join(map(describe_reason, decision.reasons))}" if decision.reasons else ""
    yield Text(f"    {format_time(decision.at_ms)}{reasons}")
    for command in commands:
        yield Text(f"    -> {describe_command(command)}", "green")


def _window_line(window: RiskWindow) -> str:
    count = f"{window.count} decision{'' if window.count == 1 else 's'}"
    return f"until {format_time(window.window_end_ms)} {count} about {printable(window.subject_id)}: {window.outcome}"


def _time(decision: Decision) -> int:
    return decision.at_ms


def _end(window: RiskWindow) -> int:
    return window.window_end_ms


@contextmanager
def _errors_as_bad_input() -> Iterator[None]:
    """Report in one line what is missing or has failed."""
    from jobs.deploy.installation import NotInstalledError  # noqa: PLC0415
    from jobs.kafka.topic_admin import TopicsError  # noqa: PLC0415
    from jobs.local.broker import BrokerError  # noqa: PLC0415 - as above
    from jobs.local.demo import DemoError  # noqa: PLC0415

    try:
        yield
    except (BrokerError, DemoError, NotInstalledError, TopicsError) as fault:
        raise BadInput("demo", str(fault)) from fault
