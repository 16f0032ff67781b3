"""How does the job go on when the job manager has died? Whoever submitted it looks after it, and submits it once more.

A job manager alone remembers its jobs in memory only. One that is started again in its place has none; the job begins
again from the checkpoint that was completed last.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_fixed

from jobs.errors import BadInput
from jobs.flink.rest_client import ENDED, FlinkError, RestClient

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_EVERY_S: Final = 2.0
_AGAIN_S: Final = 5.0


def find_running_job(rest: RestClient, name: str) -> str | None:
    """Return the id of the job of that name which is not over, None where there is none. Raise FlinkError."""
    jobs = rest.get("/jobs/overview")["jobs"]
    return next((job["jid"] for job in jobs if job["name"] == name and job["state"] not in ENDED), None)


def supervise(
    job_id: str,
    look: Callable[[], dict[str, str]],
    submit: Callable[[], str],
    say: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Stay until the job is over; return how it ended. `look` returns every job's state by its id.

    While nobody answers, the job may go on all the same: it is waited for. Once somebody answers who does not know the
    job, `submit` has to bring it back from its last checkpoint and return its new id; it is tried until it succeeds.
    """
    while True:
        pause(_LOOK_EVERY_S)
        try:
            states = look()
        except FlinkError:
            continue
        if job_id not in states:
            job_id = _again(submit, say, pause)
        elif states[job_id] in ENDED:
            return states[job_id]


def _again(submit: Callable[[], str], say: Callable[[str], None], pause: Callable[[float], None]) -> str:
    def report(attempt: RetryCallState) -> None:
        error = attempt.outcome.exception() if attempt.outcome else None
        say(f"the job manager has lost the job, and it cannot be submitted yet: {error}")

    retrying = Retrying(
        retry=retry_if_exception_type((BadInput, FlinkError)),
        wait=wait_fixed(_AGAIN_S),
        sleep=pause,
        before_sleep=report,
    )
    job_id = retrying(submit)
    say(f"the job manager has lost the job; it goes on as {job_id}")
    return job_id
