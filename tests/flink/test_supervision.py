"""Supervision: a job that its job manager has lost is resubmitted, with retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.flink.rest_client import FlinkError
from jobs.flink.supervision import supervise
from schemas.registry import RegistryUnavailable, SchemaRefused
from tests.support.given import kithward, the_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def polls(*results: dict[str, str] | None) -> Callable[[], dict[str, str]]:
    """Return a `poll` with these results, one after another; None is an unreachable job manager."""
    coming = iter(results)

    def poll() -> dict[str, str]:
        states = next(coming)
        if states is None:
            raise FlinkError("nobody answers")
        return states

    return poll


def submitting(outcomes: Iterable[str | Exception], asked: list[bool] | None = None) -> Callable[[bool], str]:
    """Return a `submit` with these outcomes, which notes whether there had to be a checkpoint."""
    coming = iter(outcomes)

    def submit(must_resume: bool) -> str:  # noqa: FBT001 - as `supervise` calls it
        if asked is not None:
            asked.append(must_resume)
        outcome = next(coming)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return submit


def run_supervised(poll: Callable[[], dict[str, str]], *outcomes: str | Exception) -> tuple[str, list[str]]:
    reports: list[str] = []
    return supervise("one", poll, submitting(outcomes), reports.append, pause=lambda _: None), reports


@pytest.mark.parametrize("end", ["FINISHED", "CANCELED", "FAILED"])
def test_supervision_ends_with_the_job(end: str) -> None:
    assert run_supervised(polls({"one": "RUNNING"}, {"one": "RESTARTING"}, {"one": end})) == (end, [])


def test_an_unreachable_job_manager_is_polled_again() -> None:
    assert run_supervised(polls(None, None, {"one": "RUNNING"}, {"one": "CANCELED"})) == ("CANCELED", [])


def test_a_lost_job_is_resubmitted_and_supervised_under_its_new_id() -> None:
    end, reports = run_supervised(polls(None, {"other": "RUNNING"}, {"two": "RUNNING"}, {"two": "FINISHED"}), "two")
    assert end == "FINISHED"
    assert reports == ["the job manager has lost the job; it was resubmitted as two"]


def test_resubmission_is_retried_until_it_succeeds() -> None:
    faults = (BadInput("broker:9092", "no broker answers"), FlinkError("not yet"))
    end, reports = run_supervised(polls({}, {"two": "CANCELED"}), *faults, "two")
    assert end == "CANCELED"
    assert [line.rpartition(": ")[2] for line in reports[:2]] == ["no broker answers", "not yet"]


@pytest.mark.parametrize(("seen", "must_resume"), [([False, False], False), ([False, True], True), ([True], True)])
def test_a_job_that_had_a_checkpoint_is_not_resubmitted_without_one(seen: list[bool], *, must_resume: bool) -> None:
    asked: list[bool] = []
    polled, answers = polls(*[{"one": "RUNNING"}] * len(seen), {}, {"two": "FINISHED"}), iter([*seen, True])
    supervise(
        "one",
        polled,
        submitting([BadInput("chk", "has no complete checkpoint"), "two"], asked),
        lambda _: None,
        has_checkpoint=lambda _: next(answers),
        pause=lambda _: None,
    )
    assert asked == [must_resume, must_resume]


@pytest.mark.parametrize("fault", [RegistryUnavailable("away"), SchemaRefused("no")])
def test_a_registry_that_is_away_is_no_end_of_the_supervision(fault: Exception) -> None:
    end, reports = run_supervised(polls({}, {"two": "FINISHED"}), fault, "two")
    assert end == "FINISHED"
    assert str(fault) in reports[0]


def test_a_local_job_cannot_be_supervised() -> None:
    result = kithward("run", "--local", "--supervise")
    assert result.exit_code == 2
    assert "--supervise" in the_one_line(result)


def test_each_cause_of_a_restart_or_failure_is_reported_once() -> None:
    """So that a fault that does not pass is not retried without a word."""
    statuses = ("RUNNING", "RESTARTING", "RUNNING", "RESTARTING", "RESTARTING", "FAILED")
    causes = iter([None, "no topic messages", "no topic messages", "no room"])
    reports: list[str] = []
    poll = polls(*({"one": status} for status in statuses))
    supervise("one", poll, submitting(()), reports.append, lambda _: next(causes), pause=lambda _: None)
    assert reports == ["the job is restarting: no topic messages", "the job is failed: no room"]


def test_an_error_of_resubmission_is_reported_once() -> None:
    missing = [BadInput("topics", "messages: does not exist") for _ in range(3)]
    _, reports = run_supervised(polls({}, {"two": "FINISHED"}), *missing, "two")
    assert reports == [
        "the job manager has lost the job, and it cannot be resubmitted yet: topics: messages: does not exist",
        "the job manager has lost the job; it was resubmitted as two",
    ]
