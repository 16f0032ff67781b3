"""The demo of the shipped scenario: run the job over it on a local broker and Flink, and tell what it decides."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from jobs.analysis.recorded_reviews import read_reviews
from jobs.cli.output.story import print_story
from jobs.local.chapters import Chapter, chapters
from jobs.report.page import write_report
from schemas.codec import decode
from schemas.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from jobs.kafka.topic_io import TopicRecord
    from jobs.local.demo import Comparison, Demo

_FINDING = 1


def run_demo(directory: "Path", console: "Console") -> None:
    """Run the demo, tell its stories, and exit with a finding if a replay gives other outputs."""
    began_s = time.monotonic()
    comparison = _compare(directory, console)
    console.print(f"stopped after {time.monotonic() - began_s:.0f} s; everything is in {directory}:")
    for path in (directory / "report.html", *sorted((directory / "out").iterdir())):
        console.print(f"  {path}")
    if comparison.is_complete and not comparison.unexpected:
        console.print("a replay of the same events gives the same outputs")
        return
    console.print(f"a replay gives other outputs: compare {directory / 'out'} with {directory / 'replay'}")
    raise typer.Exit(_FINDING)


def _compare(directory: "Path", console: "Console") -> "Comparison":
    """Run the demo and tell its stories; return how Flink's outputs compare with the replay's."""
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.local.demo import Comparison, Demo  # noqa: PLC0415

    console.print("starting a Kafka broker and the job on a local Flink ...")
    with Demo(directory) as running:
        running.replay()
        comparison = Comparison(running.replayed)
        running.wait_running()
        console.print(f"{len(running.events)} events of six days go to Kafka, and what the job makes of them:")
        outputs: list[TopicRecord] = []
        stories = _Stories(running, console)
        with ThreadPoolExecutor(1) as threads:
            sender = threads.submit(running.send_events)
            for batch in running.outputs(comparison):
                outputs += batch
                stories.tell(outputs)
            sender.result()
        stories.end(outputs)
        running.write_outputs(outputs)
        write_report(running.out, directory / "report.html", reviews=read_reviews(running.events))
        console.print("stopping ...")
    return comparison


class _Stories:
    """The stories of the demo, told in their order, each once its decisions are complete."""

    def __init__(self, running: "Demo", console: "Console") -> None:
        self._running, self._console, self._told = running, console, 0
        self._expected = chapters(running.events, running.replayed_records())

    def tell(self, outputs: "list[TopicRecord]") -> None:
        """Tell the stories that are next in order, as far as all is there that the replay says of them."""
        for expected, chapter in list(zip(self._expected, self._chapters(outputs), strict=True))[self._told :]:
            if not chapter.has_all_of(expected):
                return
            self._tell(chapter)

    def end(self, outputs: "list[TopicRecord]") -> None:
        """Tell the stories that are left, with whatever is there, and count what belongs to none."""
        for chapter in self._chapters(outputs)[self._told :]:
            self._tell(chapter)
        self._console.print()
        letters = [self._running.dead_letter(output)[0] for output in outputs if output.topic == DEAD_LETTERS]
        for letter in letters:
            self._console.print(Text(f"a record that cannot be read is a dead letter: {letter.reason}", "red"))
        made = Counter(output.topic for output in outputs)
        self._console.print(", ".join(f"{count} {topic}" for topic, count in sorted(made.items())))

    def _chapters(self, outputs: "list[TopicRecord]") -> list[Chapter]:
        records = (decode(output.value or b"") for output in outputs if output.topic != DEAD_LETTERS)
        return chapters(self._running.events, records)

    def _tell(self, chapter: Chapter) -> None:
        self._told += 1
        print_story(self._console, self._told, chapter)
