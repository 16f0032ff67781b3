"""Refusal of a second job of one name: two would abort each other's transactions and share a consumer group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput
from jobs.flink.application_mode import is_started_by_flink
from jobs.flink.rest_client import FlinkError
from jobs.flink.submission import rest_client
from jobs.flink.supervision import find_running_job
from jobs.kafka.job_marker import wait_until_ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.flink.submission import Submission

_ADVICE: Final = "stop it first, or give this one a --name and topics of its own"


def require_single(submission: Submission, *, local: bool, report: Callable[[str], None]) -> None:
    """Raise BadInput if a job of this name runs, on the configured cluster or anywhere else on the broker."""
    if is_started_by_flink(submission.options):
        return
    if not local:
        job_id = _running_on_cluster(submission)
        if job_id is not None:
            raise BadInput(f"--name {submission.name}", f"job {job_id} of this name runs on the cluster: {_ADVICE}")
    hosts = wait_until_ended(submission.brokers, submission.name, report)
    if hosts:
        where = f"a job of this name runs on the broker {submission.brokers}, from {', '.join(hosts)}"
        raise BadInput(f"--name {submission.name}", f"{where}: {_ADVICE}")


def _running_on_cluster(submission: Submission) -> str | None:
    try:
        return find_running_job(rest_client(submission.options), submission.name)
    except FlinkError:
        return None  # without an answer the submission itself says so
