"""The generated parts of the documentation: diagram of the dataflow, tables of topics, states and rules.

They are generated from the same graph that runs. `python -m jobs.dataflow.documentation` rewrites them; a test fails
when they are out of date.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from jobs.dataflow.graph import ENGINE_STATES, Graph, Step, live_stream
from jobs.dataflow.risk import risk_graph
from operators.policy.model import RULES
from schemas.topics import TOPICS, Direction, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from operators.policy.section import Rule

ROOT: Final = Path(__file__).resolve().parents[2]
_BEGIN: Final = "<!-- {name}: written by python -m jobs.dataflow.documentation -->"
_END: Final = "<!-- end of {name} -->"


def generated_parts(graph: Graph) -> Mapping[str, str]:
    """Return the generated parts of the documentation by name."""
    return {
        "diagram": "\n".join(flow_chart(graph)),
        "topics": "\n".join(topics_table(TOPICS.values())),
        "states": "\n".join(states_table(graph.steps)),
        "bounds": "\n".join(bounds_table(graph.steps)),
        "rules": "\n".join(rules_table(RULES.values())),
    }


def flow_chart(graph: Graph) -> Iterator[str]:
    """Yield the lines of a Mermaid flow chart of topics, screen and steps."""
    yield "```mermaid"
    yield "flowchart LR"
    yield f"  {_join(_topic(topic) for topic in sorted({*graph.sources, 'policies'}))} --> screen"
    yield '  screen{{"screen: decode, validate, find"}} --> dead_letters[(dead-letters)]'
    for before, after in _arrows(graph).items():
        yield f"  {before} --> {_join(after)}"
    yield "```"


def _arrows(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return the targets by their common sources: a line of the flow chart each."""
    arrows: dict[str, list[str]] = {}
    for step in graph.steps:
        sources = _join(_id(_source(graph, edge.stream)) for edge in step.edges)
        arrows.setdefault(sources, []).append(_id(step.uid))
    for topic in dict.fromkeys(topic for _, topic in graph.sinks):
        sources = _join(_id(live_stream(stream)) for stream, to in graph.sinks if to == topic)
        arrows.setdefault(sources, []).append(_topic(topic))
    return arrows


def topics_table(topics: Iterable[Topic]) -> Iterator[str]:
    """Yield the lines of the Markdown table of topics."""
    yield "| topic | | records (and the field that is the Kafka key) |"
    yield "|---|---|---|"
    for topic in topics:
        way = "in" if topic.direction is Direction.INPUT else "out"
        records = ", ".join(f"{kind.__name__} ({' or '.join(fields)})" for kind, fields in topic.keys.items())
        yield f"| `{topic.name}` | {way} | {records or 'what could not be read, byte for byte (the original key)'} |"


def rules_table(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the lines of the Markdown table of rules and their outcomes."""
    yield "| rule | outcomes |"
    yield "|---|---|"
    for rule in rules:
        yield f"| `{rule.name}` | {', '.join(f'`{outcome}`' for outcome in rule.outcomes)} |"


def states_table(steps: Iterable[Step]) -> Iterator[str]:
    """Yield the lines of the Markdown table of states: of each step, then what an engine keeps for every step."""
    yield "| step | state | entry | holds | version | kept |"
    yield "|---|---|---|---|---|---|"
    own = [(step.uid, spec) for step in steps for spec in step.operator.states]
    for uid, spec in own:
        yield f"| {uid} | `{spec.name}` | {spec.entry} | {spec.holds} | {spec.codec.version} | {spec.kept} |"
    for name, (entry, holds, kept) in ENGINE_STATES.items():
        yield f"| every step | `{name}` | {entry} | {holds} | 1 | {kept} |"


def bounds_table(steps: Iterable[Step]) -> Iterator[str]:
    """Yield the lines of the Markdown table of how much one key of each state can hold."""
    yield "| state | of each key at most | one more |"
    yield "|---|---|---|"
    for spec in {spec.name: spec for step in steps for spec in step.operator.states}.values():
        yield f"| `{spec.name}` | {spec.bound} | {spec.at_bound} |"


def regenerate(document: str, graph: Graph) -> str:
    """Return a document with its generated parts replaced by current ones."""
    for name, text in generated_parts(graph).items():
        begin, end = _BEGIN.format(name=name), _END.format(name=name)
        before, found, rest = document.partition(begin)
        if found:
            document = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return document


def documents() -> Iterator[Path]:
    """Yield the documents that have generated parts."""
    yield from (ROOT / "docs" / name for name in ("architecture.md", "contract.md", "reference.md", "security.md"))


def main() -> None:
    """Rewrite the generated parts in place."""
    for path in documents():
        path.write_text(regenerate(path.read_text("utf-8"), risk_graph()), "utf-8")


def _source(graph: Graph, stream: str) -> str:
    return "screen" if stream in graph.sources else stream


def _join(nodes: Iterable[str]) -> str:
    return " & ".join(dict.fromkeys(nodes))


def _topic(name: str) -> str:
    return f"{_id(name)}[({name})]"


def _id(name: str) -> str:
    return name.replace("-", "_")


if __name__ == "__main__":
    main()
