"""`kithward explain`: a decision's evidence as a tree in plain words."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    Bootstrap,
    KafkaConfig,
    SchemaRegistry,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    framing_of,
)
from jobs.cli.output.terminal import open_console
from jobs.cli.time_options import parse_range, reject_range
from jobs.errors import BadInput
from jobs.explain.sources import DecisionFile, DecisionSource, DecisionTopic
from jobs.explain.tree import decision_tree
from schemas.json_framing import EitherOutputs
from schemas.records import Decision
from schemas.topics import SHADOW_DECISIONS

File = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="A decisions.jsonl or shadow-decisions.jsonl, as replay writes it."),
]
DecisionId = Annotated[
    str | None, typer.Option("--decision", metavar="ID", help="Only this decision; the beginning of its id suffices.")
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
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    registry: SchemaRegistry = None,
) -> None:
    """Show the evidence of decisions as trees.

    A tree shows what happened, which conditions held and which commands followed. The text of a message is never shown:
    only which detector found something, and where. If a commands.jsonl is in the file's directory, its commands are
    shown with their decisions; of a topic, only with --decision.

    \b
    Examples:
      kithward explain out/decisions.jsonl
      kithward explain out/decisions.jsonl --decision 01b155642952ff0d747d839010bfd476
      kithward explain out/shadow-decisions.jsonl --decision 01b155
      kithward explain --topic decisions --since 2026-03-01 --decision 01b155
    """
    if (file is None) == (topic is None):
        raise BadInput("explain", "name either a file of decisions or a topic, such as --topic decisions")
    source: DecisionSource
    if file is not None:
        reject_range(since, until)
        source, with_commands = DecisionFile(file), True
    else:
        brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
        source = DecisionTopic(
            brokers, EitherOutputs(framing_of(registry, brokers.topics)), str(topic), *parse_range(since, until)
        )
        with_commands = decision is not None
    console = open_console()
    for shown in source.all() if decision is None else [_find_decision(source, decision)]:
        commands = source.commands(shown.decision_id) if with_commands else ()
        console.print(decision_tree(shown, commands, in_shadow=source.topic == SHADOW_DECISIONS))
        console.print()


def _find_decision(source: DecisionSource, prefix: str) -> Decision:
    matches = {shown.decision_id: shown for shown in source.all() if shown.decision_id.startswith(prefix)}
    if prefix in matches:
        return matches[prefix]
    if not matches:
        raise BadInput(source.name, f"no decision with the id {prefix}")
    if len(matches) > 1:
        raise BadInput(source.name, f"{len(matches)} decisions with the id {prefix}: give more of it")
    return next(iter(matches.values()))
