"""A story in words: its events in their order, each decision below its cause, each command below its decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jobs.explain.wording import describe_command, describe_decision, describe_event, describe_reason, format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from schemas.records import Decision, Record

_EVENT, _DECISION, _COMMAND, _SEEN = range(4)


class Passage(NamedTuple):
    """A sentence of a story: what it is about, and when that was, if not at the time of the sentence above."""

    kind: str  # of `event`, `decision`, `reason`, `command`, `seen`
    text: str
    at_ms: int | None = None


def narrate(
    events: Iterable[Record],
    decisions: Iterable[Decision],
    commands: Mapping[str, Sequence[Record]],
    seen: Iterable[Passage] = (),
) -> Iterator[Passage]:
    """Yield what happened, in order of time. Only for the fictional people of the demo: messages are quoted.

    A command that left later than its decision stands where it left, below the event that made it leave. What was
    `seen` of the effects stands at its own time.
    """
    entries = [(_time(event), _EVENT, "", [passage]) for event, passage in _event_passages(events)]
    for decision in decisions:
        ordered = sorted(commands.get(decision.decision_id, ()), key=describe_command)
        at_once = [command for command in ordered if _time(command) == decision.at_ms]
        entries.append((decision.at_ms, _DECISION, decision.outcome, _decision_passages(decision, at_once)))
        later = (command for command in ordered if command not in at_once)
        entries += ((_time(command), _COMMAND, "", [_command_passage(command)]) for command in later)
    entries += ((each.at_ms or 0, _SEEN, "", [each]) for each in seen)
    entries.sort(key=lambda entry: entry[:3])
    told_ms: int | None = None
    for at_ms, _, _, passages in entries:
        first, *others = passages
        yield first._replace(at_ms=at_ms if first.kind == "event" or at_ms != told_ms else None)
        yield from others
        told_ms = at_ms


def passage_time(at_ms: int) -> str:
    """Return a time as a story tells it: month, day, hour and minute."""
    return format_time(at_ms)[len("2026-") : len("2026-03-01 09:30")]


def _event_passages(events: Iterable[Record]) -> Iterator[tuple[Record, Passage]]:
    known: set[Record] = set()
    for event in events:
        text = "the same arrives once more, and counts once" if event in known else describe_event(event)
        known.add(event)
        yield event, Passage("event", text)


def _decision_passages(decision: Decision, commands: Iterable[Record]) -> list[Passage]:
    reasons = "; ".join(map(describe_reason, decision.reasons))
    return [
        Passage("decision", f"{decision.outcome}: {describe_decision(decision)}"),
        *([Passage("reason", f"because: {reasons}")] if reasons else []),
        *map(_command_passage, commands),
    ]


def _command_passage(command: Record) -> Passage:
    return Passage("command", describe_command(command))


def _time(record: Record) -> int:
    return getattr(record, "at_ms", 0)
