"""`kithward explain`: why something was decided, for people."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.cli.options import DEFAULT_BOOTSTRAP, Bootstrap, KafkaConfig, SchemaRegistry, framing_of
from jobs.cli.time_options import parse_range, reject_range
from jobs.errors import BadInput
from jobs.explain.sources import DecisionFile, DecisionSource, DecisionTopic
from jobs.explain.tree import decision_tree
from jobs.kafka.client_config import load_brokers
from schemas.records import Decision
from schemas.topics import SHADOW_DECISIONS

_UNWRAPPED = 10_000  # columns: what is read by a program or with a pager is not to be broken into lines

File = Annotated[Path | None, typer.Argument(metavar="FILE", help="A decisions.jsonl, as replay and demo write it.")]
DecisionId = Annotated[
    str | None, typer.Option("--decision", metavar="ID", help="Only this one; the beginning of its id is enough.")
]
Topic = Annotated[
    str | None, typer.Option("--topic", metavar="NAME", help="Instead of a file: decisions or shadow-decisions.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Of a topic: decisions from this time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Of a topic: decisions before this time.")]


def explain(  # noqa: PLR0913, PLR0917 - they are the verb's options
    file: File = None,
    decision: DecisionId = None,
    topic: Topic = None,
    since: Since = None,
    until: Until = None,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    registry: SchemaRegistry = None,
) -> None:
    """Show a decision's evidence as a tree: what happened, which conditions held, what was asked of the platform.

    The text of a message is never there: only which detector found something, and where. If a commands.jsonl lies
    beside the file, its commands are shown with their decisions; of a topic those of --decision are.

    \b
    Examples:
      kithward explain out/decisions.jsonl
      kithward explain out/decisions.jsonl --decision 01b155642952ff0d747d839010bfd476
      kithward explain out/shadow-decisions.jsonl --decision 01b155
      kithward explain --topic decisions --since 2026-03-01 --decision 01b155
    """
    if (file is None) == (topic is None):
        raise BadInput("explain", "name either a file of decisions or a topic with --topic")
    source: DecisionSource
    if file is not None:
        reject_range(since, until)
        source, with_commands = DecisionFile(file), True
    else:
        brokers = load_brokers(bootstrap, kafka_config)
        source = DecisionTopic(brokers, framing_of(registry), str(topic), *parse_range(since, until))
        with_commands = decision is not None
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNWRAPPED
    for shown in source.all() if decision is None else [_find_decision(source, decision)]:
        commands = source.commands(shown.decision_id) if with_commands else ()
        console.print(decision_tree(shown, commands, in_shadow=source.topic == SHADOW_DECISIONS))
        console.print()


def _find_decision(source: DecisionSource, begin: str) -> Decision:
    found = {shown.decision_id: shown for shown in source.all() if shown.decision_id.startswith(begin)}
    if begin in found:
        return found[begin]
    if len(found) != 1:
        raise BadInput(source.name, f"{len(found) or 'no'} decision{'s' if found else ''} with the id {begin}")
    return next(iter(found.values()))
