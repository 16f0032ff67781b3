"""Who brings the job back when the job manager has died? Whoever submitted it, once, and as soon as it can be."""

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
def test_it_ends_with_the_job(end: str) -> None:
    assert run_supervised(seen({"one": "RUNNING"}, {"one": "RESTARTING"}, {"one": end})) == (end, [])


def test_while_nobody_answers_the_job_may_go_on_all_the_same() -> None:
    assert run_supervised(seen(None, None, {"one": "RUNNING"}, {"one": "CANCELED"})) == ("CANCELED", [])


def test_a_job_that_is_forgotten_is_submitted_once_more_and_looked_after_under_its_new_id() -> None:
    end, said = run_supervised(seen(None, {"other": "RUNNING"}, {"two": "RUNNING"}, {"two": "FINISHED"}), "two")
    assert end == "FINISHED"
    assert said == ["the job manager has lost the job; it goes on as two"]


def test_it_is_tried_until_the_job_is_taken() -> None:
    faults = (BadInput("broker:9092", "no broker answers"), FlinkError("not yet"))
    end, said = run_supervised(seen({}, {"two": "CANCELED"}), *faults, "two")
    assert end == "CANCELED"
    assert [line.rpartition(": ")[2] for line in said[:2]] == ["no broker answers", "not yet"]


def test_a_job_in_this_process_has_nobody_beside_it_to_look_after_it() -> None:
    result = kithward("run", "--local", "--supervise")
    assert result.exit_code == 2
    assert "--supervise" in the_one_line(result)
