"""Start of a job: the savepoint or checkpoint that it goes on from, or else what it reads of each topic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jobs.dataflow.risk import risk_graph
from jobs.errors import BadInput
from jobs.flink.checkpoints import RECOVERY_PATH
from jobs.flink.settings import flink_configuration
from jobs.flink.submission import settings_of
from jobs.kafka.policy_watcher import TOPIC as POLICIES
from jobs.kafka.start import Place, Start
from jobs.kafka.start_positions import PartitionRange, oldest_ms, read_ranges
from jobs.kafka.topic_admin import TopicsError
from jobs.runtime.ingress import MESSAGES
from operators.policy.durations import describe_duration

if TYPE_CHECKING:
    from jobs.flink.submission import Submission

_OLD_MS: Final = 3_600_000
"""From which age on messages were probably judged before."""


@dataclass(frozen=True, slots=True)
class JobStart:
    """What a job begins with. `restored` is the savepoint or checkpoint; with one, only the ranges' ends matter."""

    restored: str | None
    start: Start
    ranges: tuple[PartitionRange, ...]

    def of(self, topic: str) -> tuple[PartitionRange, ...]:
        """Return the ranges of a topic."""
        return tuple(each for each in self.ranges if each.topic == topic)

    def count(self, topic: str) -> int:
        """Return the number of records that are read of a topic before new ones."""
        return sum(each.end - each.start for each in self.of(topic))


def job_start(submission: Submission, start: Start, *, local: bool) -> JobStart:
    """Return where a job would start. Raise BadInput for what stands against it: a savepoint, the broker, a topic."""
    options = settings_of(submission, local=local).options
    topics = [*sorted({*risk_graph().sources, POLICIES}), *submission.mappings.topics]
    try:
        ranges = read_ranges(submission.brokers, topics, start, submission.name)
    except TopicsError as fault:
        raise BadInput("--from", str(fault)) from fault
    return JobStart(flink_configuration(options).get(RECOVERY_PATH), start, ranges)


def started_at(submission: Submission, begun: JobStart) -> Submission:
    """Return the submission with its start positions. The earliest are left to Flink."""
    if begun.start.place is Place.EARLIEST:
        return submission
    names = submission.brokers.topics
    positions = tuple(f"{names.physical(each.topic)}/{each.partition}/{each.start}" for each in begun.ranges)
    return replace(submission, positions=positions)


def warning_of(submission: Submission, begun: JobStart, now_ms: int) -> str | None:
    """Return what to know before the start: old messages that are judged, perhaps not for the first time."""
    if begun.restored is not None:
        ignored = begun.start.place is not Place.EARLIEST
        return f"--from has no effect: the job goes on from {begun.restored}" if ignored else None
    count = begun.count(MESSAGES)
    oldest = oldest_ms(submission.brokers, begun.of(MESSAGES)) if count else None
    if oldest is None or now_ms - oldest < _OLD_MS:
        return None
    age = describe_duration(now_ms - oldest)
    return (
        f"the job starts without earlier state and judges {count:,} messages, the oldest of which is {age} old, even "
        "if an earlier job has judged them; to go on where that one stopped, start with --resume, or from its "
        "savepoint with --set execution.state-recovery.path=URI; to judge only new messages, start with --from latest"
    )
