"""Client of Flink's REST API: jobs, their status, savepoints, metrics; and the root cause of a Java exception."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_REPLY_S = 30.0
_SYSTEM_CERTIFICATES = ssl.create_default_context()  # instead of those that httpx ships
_POLL_S = 0.1
_HISTOGRAM = re.compile(r"_(min|max|mean|median|stddev|count|p\d+)$")
_CAUSE = re.compile(r"(?:Caused by)?: (.+)")
ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})
"""The states of a job that is over."""


class FlinkError(Exception):
    """Flink refused a request, failed, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class RestClient:
    """The REST API at `url`, such as `http://127.0.0.1:8081`."""

    url: str

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return Flink's parsed JSON reply; None if it is empty. Raise FlinkError for an error status or no reply."""
        try:
            reply = httpx.request(method, self.url + path, json=body, timeout=_REPLY_S, verify=_SYSTEM_CERTIFICATES)
            reply.raise_for_status()
            return reply.json() if reply.content else None
        except httpx.HTTPStatusError as error:
            message = f"{method} {path}: {error.response.status_code} {error.response.text}"
            raise FlinkError(message) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            message = f"{method} {path}: {error}"
            raise FlinkError(message) from error
        except ValueError as error:
            message = f"{method} {path}: an answer that is not JSON, so not Flink's"
            raise FlinkError(message) from error

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the resource at a path."""
        return self.call("GET", path)

    def is_up(self) -> bool:
        """Return whether the REST API answers."""
        try:
            self.get("/overview")
        except FlinkError:
            return False
        return True

    def task_managers(self) -> set[str]:
        """Return the ids of the task managers that are registered and alive."""
        return {each["id"] for each in self.get("/taskmanagers")["taskmanagers"]}

    def jobs(self) -> dict[str, str]:
        """Return the state of every job by its id."""
        return {job["id"]: job["status"] for job in self.get("/jobs")["jobs"]}


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a cluster."""

    rest: RestClient
    id: str

    def status(self) -> str:
        """Return Flink's status of the job: `RUNNING`, `FAILED`, ..."""
        return str(self.rest.get(f"/jobs/{self.id}")["state"])

    def is_running(self) -> bool:
        """Return whether every task runs: the job's own status is RUNNING long before."""
        job = self.rest.get(f"/jobs/{self.id}")
        tasks: dict[str, int] = job["status-counts"]
        return job["state"] == "RUNNING" and tasks["RUNNING"] == sum(tasks.values())

    def wait_running(self, within_s: float = 180.0) -> None:
        """Wait until every task runs. Raise FlinkError, with Flink's reason, if the job ends instead."""
        self.wait_for(self.is_running, "the job is not running", within_s)

    def wait_for(self, condition: Callable[[], bool], complaint: str, within_s: float) -> None:
        """Wait until a condition holds. Raise FlinkError, with Flink's reason, if the job ends instead."""
        wait(lambda: condition() or self._raise_if_ended(), complaint, within_s)

    def wait_ended(self, within_s: float = 120.0) -> str:
        """Wait until the job is over; return how it ended."""
        wait(lambda: self.status() in ENDED, "the job has not ended", within_s)
        return self.status()

    def stop(self, savepoints: str, *, drain: bool = False, within_s: float = 120.0) -> str:
        """Stop with a savepoint and return its location. With `drain` event time ends first: all timers fire."""
        request = {"targetDirectory": savepoints, "drain": drain, "formatType": "CANONICAL"}
        trigger = self.rest.call("POST", f"/jobs/{self.id}/stop", request)["request-id"]
        path = f"/jobs/{self.id}/savepoints/{trigger}"
        wait(lambda: self.rest.get(path)["status"]["id"] == "COMPLETED", "the savepoint is not complete", within_s)
        outcome = self.rest.get(path)["operation"]
        if "location" not in outcome:
            raise FlinkError(outcome["failure-cause"]["stack-trace"])
        self.wait_ended(within_s)
        return str(outcome["location"])

    def cancel(self) -> None:
        """Stop without a savepoint."""
        self.rest.call("PATCH", f"/jobs/{self.id}?mode=cancel")
        self.wait_ended()

    def checkpoints(self) -> int:
        """Return the number of completed checkpoints."""
        return int(self.rest.get(f"/jobs/{self.id}/checkpoints")["counts"]["completed"])

    def failures(self) -> list[str]:
        """Return the stack traces of the failures of the job or its tasks, the latest first."""
        entries = self.rest.get(f"/jobs/{self.id}/exceptions")["exceptionHistory"]["entries"]
        return [entry["stacktrace"] for entry in entries]

    def cause(self) -> str | None:
        """Return the root cause of the latest failure, on one line; None without one, or if Flink does not answer."""
        try:
            failures = self.failures()
        except FlinkError:
            return None
        return root_cause(FlinkError(failures[0])) if failures else None

    def counters(self, group: str) -> dict[str, int]:
        """Return the counters of a group by operator and name, summed over subtasks; some seconds old."""
        totals: dict[str, int] = {}
        for vertex in self.rest.get(f"/jobs/{self.id}")["vertices"]:
            path = f"/jobs/{self.id}/vertices/{vertex['id']}/metrics"
            found = [metric["id"] for metric in self.rest.get(path) if _is_counter(metric["id"], group)]
            for metric in self.rest.get(f"{path}?get={','.join(found)}") if found else ():
                name = metric["id"].split(".", 1)[1].replace(f".{group}.", ".")
                totals[name] = totals.get(name, 0) + int(metric["value"])
        return totals

    def _raise_if_ended(self) -> bool:
        if self.status() in ENDED:
            raise FlinkError("\n".join(self.failures()) or self.status())
        return False


def _is_counter(metric: str, group: str) -> bool:
    return f".{group}." in metric and not _HISTOGRAM.search(metric)


def wait(condition: Callable[[], bool], complaint: str, within_s: float) -> None:
    """Wait until a condition holds. Raise FlinkError with the complaint if it does not within the time."""
    retrying = Retrying(
        retry=retry_if_result(lambda holds: not holds), stop=stop_after_delay(within_s), wait=wait_fixed(_POLL_S)
    )
    try:
        retrying(condition)
    except RetryError:
        message = f"{complaint} within {within_s:.0f} s"
        raise FlinkError(message) from None


def root_cause(fault: Exception) -> str:
    """Return the root cause of a Java exception, which reaches Python as many lines of text, on one line."""
    lines = [line.strip() for line in str(fault).splitlines()] or [type(fault).__name__]
    causes = [cause[1] for cause in map(_CAUSE.fullmatch, lines) if cause]
    return causes[-1] if causes else lines[0]
