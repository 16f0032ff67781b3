"""How the job looks and what it reads, writes and remembers: drawn from the same values that run it.

`python -m jobs.dataflow.diagram` writes the generated parts of the documentation anew; a test holds them against the
code.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from jobs.dataflow.graph import ENGINE_STATES, Graph, Step, live_stream
from jobs.dataflow.risk import risk_graph
from schemas.topics import TOPICS, Direction, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
_BEGIN: Final = "<!-- {name}: written by python -m jobs.dataflow.diagram -->"
_END: Final = "<!-- end of {name} -->"


def generated_parts(graph: Graph) -> Mapping[str, str]:
    """Return the generated parts of the documentation by name."""
    return {
        "picture": "\n".join(flow_chart(graph)),
        "topics": "\n".join(topics_table(TOPICS.values())),
        "states": "\n".join(states_table(graph.steps)),
    }


def flow_chart(graph: Graph) -> Iterator[str]:
    """Yield the lines of a Mermaid flow chart: topics, the screen, the steps."""
    yield "```mermaid"
    yield "flowchart LR"
    yield f"  {_all(_topic(topic) for topic in sorted({*graph.sources, 'policies'}))} --> screen"
    yield '  screen{{"screen: decode, validate, find"}} --> dead_letters[(dead-letters)]'
    for before, after in _ways(graph).items():
        yield f"  {before} --> {_all(after)}"
    yield "```"


def _ways(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return to where what comes from the same steps goes: a line of the picture each."""
    ways: dict[str, list[str]] = {}
    for step in graph.steps:
        ways.setdefault(_all(_id(_before(graph, wire.stream)) for wire in step.edges), []).append(_id(step.uid))
    for topic in dict.fromkeys(topic for _, topic in graph.sinks):
        before = _all(_id(live_stream(stream)) for stream, to in graph.sinks if to == topic)
        ways.setdefault(before, []).append(_topic(topic))
    return ways


def topics_table(topics: Iterable[Topic]) -> Iterator[str]:
    """Yield the lines of a table of topics."""
    yield "| topic | | records (and the field that is the Kafka key) |"
    yield "|---|---|---|"
    for topic in topics:
        way = "in" if topic.direction is Direction.INPUT else "out"
        records = ", ".join(f"{kind.__name__} ({' or '.join(fields)})" for kind, fields in topic.keys.items())
        yield f"| `{topic.name}` | {way} | {records or 'what could not be read, byte for byte (the original key)'} |"


def states_table(steps: Iterable[Step]) -> Iterator[str]:
    """Yield the lines of a table of states, those of the steps first, then what every step has."""
    yield "| step | state | entry | holds | version | kept |"
    yield "|---|---|---|---|---|---|"
    own = [(step.uid, spec) for step in steps for spec in step.operator.states]
    for uid, spec in own:
        yield f"| {uid} | `{spec.name}` | {spec.entry} | {spec.holds} | {spec.codec.version} | {spec.kept} |"
    for name, (entry, holds, kept) in ENGINE_STATES.items():
        yield f"| every step | `{name}` | {entry} | {holds} | 1 | {kept} |"


def regenerate(document: str, graph: Graph) -> str:
    """Return a document with its generated parts as they should be."""
    for name, text in generated_parts(graph).items():
        begin, end = _BEGIN.format(name=name), _END.format(name=name)
        before, found, rest = document.partition(begin)
        if found:
            document = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return document


def documents() -> Iterator[Path]:
    """Yield the documents that have generated parts."""
    yield from (ROOT / "docs" / "architecture.md", ROOT / "docs" / "reference.md")


def main() -> None:
    """Write the generated parts anew."""
    for path in documents():
        path.write_text(regenerate(path.read_text("utf-8"), risk_graph()), "utf-8")


def _before(graph: Graph, stream: str) -> str:
    return "screen" if stream in graph.sources else stream


def _all(nodes: Iterable[str]) -> str:
    return " & ".join(dict.fromkeys(nodes))


def _topic(name: str) -> str:
    return f"{_id(name)}[({name})]"


def _id(name: str) -> str:
    return name.replace("-", "_")


if __name__ == "__main__":
    main()
