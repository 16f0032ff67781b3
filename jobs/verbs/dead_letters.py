"""`kithward dead-letters`: what the job could not take."""

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.plain_words import printable, time_of
from jobs.verbs.kafka_options import HERE, Bootstrap
from schemas.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from jobs.topic_reading import Stored

app = typer.Typer(help="Look at what the job could not take.", rich_markup_mode=None)

Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show the latest N.")]
Raw = Annotated[bool, typer.Option("--raw", help="Show the original bytes too. They may be somebody's message.")]


@app.callback()
def dead_letters() -> None:
    """Look at what the job could not take."""


@app.command()
def show(bootstrap: Bootstrap = HERE, limit: Limit = 20, raw: Raw = False) -> None:  # noqa: FBT002 - an option
    r"""Show the latest dead letters, oldest first: reason, fault, where they came from, key and size.

    What stood in them is shown only with --raw, since it may be somebody's message.

    \b
    Examples:
      kithward dead-letters show
      kithward dead-letters show --bootstrap broker:9092 --limit 5 --raw
    """
    # Kafka's client takes its time to load, and only the verbs that talk to Kafka need it.
    from jobs.topic_reading import stored  # noqa: PLC0415

    letters: list[tuple[int, str, int, int, Stored]] = []
    count = 0
    for count, letter in enumerate(stored(bootstrap, DEAD_LETTERS), start=1):
        heappush(letters, (letter.at_ms, letter.topic, letter.partition, letter.offset, letter))
        if count > limit:
            heappop(letters)
    for *_, letter in sorted(letters):
        _say(letter, raw=raw)
    typer.echo(f"{len(letters):,} of {count:,} dead letters shown", err=True)


def _say(letter: "Stored", *, raw: bool) -> None:
    headers = {name: value.decode("utf-8", "backslashreplace") for name, value in letter.headers}
    source = (
        f"{headers.get('error.topic', '?')}/{headers.get('error.partition', '?')}/{headers.get('error.offset', '?')}"
    )
    key = "none" if letter.key is None else printable(letter.key.decode("utf-8", "backslashreplace"))
    size = "no value" if letter.value is None else f"{len(letter.value):,} bytes"
    typer.echo(f"{headers.get('error.reason', '?')}: {printable(headers.get('error.message', '?'))}")
    typer.echo(f"    from {source}, key {key}, {size}, {time_of(letter.at_ms)}")
    if raw and letter.value is not None:
        typer.echo(f"    {printable(letter.value.decode('utf-8', 'backslashreplace'))}")
