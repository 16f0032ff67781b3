"""The parts of `make bench`, in the order in which they run.

A part is a function from a directory of its own, its sizes and a progress callback to the lines that it prints: the
results, then for each figure with a target whether it was met. A field of sizes is an option of the command line; parts
with a field of the same name share the option.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from bench.job import endurance, growth, latency, memory, peers, throughput, topics
from bench.matrix import scams
from bench.quality import recall, screening
from bench.steps import forest, likeness, mapping, replay, vicinity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Part(Generic[S]):
    """A part: name, description, function, and the sizes of a usual run and of a smoke run."""

    name: str
    measures: str
    run: Callable[[Path, S, Callable[[str], None]], Iterable[str]]
    usual: S
    quick: S


PARTS: Final[tuple[Part[Any], ...]] = (
    Part(
        "throughput",
        "rate and processor time of the whole job, beside a control by hand in Java and a naive job",
        throughput.run,
        throughput.Sizes(),
        throughput.QUICK,
    ),
    Part(
        "peers",
        "the control's small part by other Python stream processors, beside the control and the whole job",
        peers.run,
        peers.Sizes(),
        peers.QUICK,
    ),
    Part(
        "topics",
        "the rates of relations, profiles, groups and locations, each by itself, and processor time an event",
        topics.run,
        topics.Sizes(),
        topics.QUICK,
    ),
    Part(
        "latency",
        "the time from a message to its command, by delivery guarantee",
        latency.run,
        latency.Sizes(),
        latency.QUICK,
    ),
    Part(
        "matrix",
        "the time from a message in a Matrix room to the sender being ignored and the recipient warned",
        scams.run,
        scams.Sizes(),
        scams.QUICK,
    ),
    Part(
        "memory",
        "bytes on disk per friendship, and whether memory grows with the keys",
        memory.run,
        memory.Sizes(),
        memory.QUICK,
    ),
    Part(
        "growth",
        "whether a large state, or one recipient with much traffic, makes a message cost more",
        growth.run,
        growth.Sizes(),
        growth.QUICK,
    ),
    Part(
        "replay",
        "the rate of a replay on one core, by file format, on disk, with a shadow policy, with many keywords",
        replay.run,
        replay.Load(),
        replay.QUICK,
    ),
    Part(
        "mapping",
        "what a message in JSON costs that a mapping makes an event of",
        mapping.run,
        mapping.Sizes(),
        mapping.QUICK,
    ),
    Part(
        "screening",
        "what the screen finds in real texts, what it costs, and how long hostile texts take",
        screening.run,
        screening.Sizes(),
        screening.QUICK,
    ),
    Part(
        "forest",
        "whether the size of a group changes what a join or a case costs",
        forest.run,
        forest.Sizes(),
        forest.QUICK,
    ),
    Part(
        "vicinity", "what a location costs, and an incident in a crowd", vicinity.run, vicinity.Sizes(), vicinity.QUICK
    ),
    Part(
        "likeness",
        "what the length of a list costs a suspicious message, and the audience a change of avatar",
        likeness.run,
        likeness.Sizes(),
        likeness.QUICK,
    ),
    Part(
        "recall",
        "which copies of pictures are found at which threshold, and what is mistaken for a copy",
        recall.run,
        recall.Sizes(),
        recall.QUICK,
    ),
    Part(
        "endurance",
        "whether memory and delays stay flat over two hours at a steady rate",
        endurance.run,
        endurance.Sizes(),
        endurance.QUICK,
    ),
)
