"""Supervision of a job: the process that submitted it watches it, and resubmits it when the job manager was restarted.

Without high availability a job manager keeps its jobs in memory only, so a restarted one has none. The job resumes from
the newest completed checkpoint.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_fixed

from jobs.errors import BadInput
from jobs.flink.rest_client import ENDED, FlinkError, RestClient
from schemas.registry import RegistryUnavailable, SchemaRefused

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_EVERY_S: Final = 2.0
_RETRY_EVERY_S: Final = 5.0
_TROUBLED: Final = frozenset({"RESTARTING", "FAILING", "FAILED"})


def find_running_job(rest: RestClient, name: str) -> str | None:
    """Return the id of the job of that name that has not ended; None if there is none. Raise FlinkError."""
    jobs = rest.get("/jobs/overview")["jobs"]
    return next((job["jid"] for job in jobs if job["name"] == name and job["state"] not in ENDED), None)


def supervise(  # noqa: PLR0913, PLR0917 - what it asks and tells, so that tests can play it
    job_id: str,
    poll: Callable[[], dict[str, str]],
    submit: Callable[[bool], str],
    report: Callable[[str], None],
    cause_of: Callable[[str], str | None] = lambda _: None,
    has_checkpoint: Callable[[str], bool] = lambda _: True,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Wait until the job has ended; return its final status. `poll` returns every job's status by its id.

    While the job manager does not answer, the job may still be running, so it is polled again. Once the job manager
    answers without this job, `submit` must resume it from its last checkpoint and return its new id; it is retried
    until it succeeds. It is told whether it needs a checkpoint: whether `has_checkpoint`, by the job's id, has ever
    found one. `report` gets a line of text for each new error of an attempt, and for each new cause, which `cause_of`
    returns by the job's id, of a restart or failure.
    """
    reported: str | None = None
    has_state = False
    while True:
        pause(_POLL_EVERY_S)
        try:
            statuses = poll()
            has_state = has_state or (job_id in statuses and has_checkpoint(job_id))
        except FlinkError:
            continue
        if job_id not in statuses:
            job_id = _resubmit(partial(submit, has_state), report, pause)
            continue
        status = statuses[job_id]
        cause = cause_of(job_id) if status in _TROUBLED else None
        if cause is not None and cause != reported:
            report(f"the job is {status.lower()}: {cause}")
            reported = cause
        if status in ENDED:
            return status


def _resubmit(submit: Callable[[], str], report: Callable[[str], None], pause: Callable[[float], None]) -> str:
    reported = ""

    def report_failure(attempt: RetryCallState) -> None:
        nonlocal reported
        error = str(attempt.outcome.exception() if attempt.outcome else None)
        if error != reported:
            report(f"the job manager has lost the job, and it cannot be resubmitted yet: {error}")
            reported = error

    retrying = Retrying(
        retry=retry_if_exception_type((BadInput, FlinkError, RegistryUnavailable, SchemaRefused)),
        wait=wait_fixed(_RETRY_EVERY_S),
        sleep=pause,
        before_sleep=report_failure,
    )
    job_id = retrying(submit)
    report(f"the job manager has lost the job; it was resubmitted as {job_id}")
    return job_id
