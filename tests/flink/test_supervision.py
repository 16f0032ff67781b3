"""Supervision: a job that its job manager has lost is resubmitted, with retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.flink.rest_client import FlinkError
from jobs.flink.supervision import supervise
from tests.support.given import kithward, the_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def seen(*looks: dict[str, str] | None) -> Callable[[], dict[str, str]]:
    """Return a cluster that is seen so, look after look; None is when nobody answers."""
    coming = iter(looks)

    def look() -> dict[str, str]:
        states = next(coming)
        if states is None:
            raise FlinkError("nobody answers")
        return states

    return look


def submitting(outcomes: Iterable[str | Exception]) -> Callable[[], str]:
    coming = iter(outcomes)

    def submit() -> str:
        outcome = next(coming)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return submit


def run_supervised(look: Callable[[], dict[str, str]], *outcomes: str | Exception) -> tuple[str, list[str]]:
    said: list[str] = []
    return supervise("one", look, submitting(outcomes), said.append, lambda _: None), said


@pytest.mark.parametrize("end", ["FINISHED", "CANCELED", "FAILED"])
def test_supervision_ends_with_the_job(end: str) -> None:
    assert run_supervised(seen({"one": "RUNNING"}, {"one": "RESTARTING"}, {"one": end})) == (end, [])


def test_an_unreachable_job_manager_is_polled_again() -> None:
    assert run_supervised(seen(None, None, {"one": "RUNNING"}, {"one": "CANCELED"})) == ("CANCELED", [])


def test_a_lost_job_is_resubmitted_and_supervised_under_its_new_id() -> None:
    end, said = run_supervised(seen(None, {"other": "RUNNING"}, {"two": "RUNNING"}, {"two": "FINISHED"}), "two")
    assert end == "FINISHED"
    assert said == ["the job manager has lost the job; it goes on as two"]


def test_resubmission_is_retried_until_it_succeeds() -> None:
    faults = (BadInput("broker:9092", "no broker answers"), FlinkError("not yet"))
    end, said = run_supervised(seen({}, {"two": "CANCELED"}), *faults, "two")
    assert end == "CANCELED"
    assert [line.rpartition(": ")[2] for line in said[:2]] == ["no broker answers", "not yet"]


def test_a_local_job_cannot_be_supervised() -> None:
    result = kithward("run", "--local", "--supervise")
    assert result.exit_code == 2
    assert "--supervise" in the_one_line(result)
