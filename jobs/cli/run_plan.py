"""Plan of a run, for `kithward run --dry-run`: names, topics, start, policies, each on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jobs.explain.wording import format_time
from jobs.policy.registry import PolicyLog
from schemas.records import PolicyMode
from schemas.topics import OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.policy.model import Policy
    from schemas.records import PolicyPublished

_LATER_SHOWN: Final = 20


def plan_lines(submission: Any, begun: Any, published: Sequence[PolicyPublished], now_ms: int) -> Iterator[str]:  # noqa: ANN401 - a Submission and a JobStart, which are loaded late
    """Yield what a run would do."""
    name, names = submission.name, submission.brokers.topics
    yield f"job {name}, consumer group {name}, transactional ids {name}-..., marked as running by group {name}-running"
    yield f"checkpoints: {submission.checkpoints}"
    yield _start_line(begun)
    for topic in dict.fromkeys(each.topic for each in begun.ranges):
        partitions = len(begun.of(topic))
        records = f"{begun.count(topic):,} records" if begun.restored is None else "from the positions in it"
        yield f"reads {names.physical(topic)}: {partitions} partition{'' if partitions == 1 else 's'}, {records}"
    yield f"writes {', '.join(names.physical(topic.name) for topic in OUTPUTS)}"
    yield from _policy_lines(submission.first, published, now_ms)


def _start_line(begun: Any) -> str:  # noqa: ANN401 - a JobStart
    if begun.restored is not None:
        return f"starts with the state of {begun.restored}"
    at = (
        f"records of {format_time(begun.start.at_ms)}"
        if begun.start.place == "time"
        else f"{begun.start.place} records"
    )
    return f"starts without state, from the {at}"


def _policy_lines(first: Policy, published: Sequence[PolicyPublished], now_ms: int) -> Iterator[str]:
    log = PolicyLog(first)
    log.add_valid(published)
    yield f"policy in force: {log.book.in_force(now_ms).version}"
    for shadow in log.book.shadows(now_ms):
        yield f"policy in shadow mode: {shadow.version}"
    later = sorted(
        (event.effective_at_ms, event.version, event.mode) for event in published if event.effective_at_ms > now_ms
    )
    for at_ms, version, mode in later[:_LATER_SHOWN]:
        how = " in shadow mode" if mode is PolicyMode.SHADOW else ""
        yield f"policy from {format_time(at_ms)}{how}: {version}"
    if len(later) > _LATER_SHOWN:
        yield f"and {len(later) - _LATER_SHOWN:,} more policies later"
