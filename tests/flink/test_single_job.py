"""A second job of one name: refused on the same cluster and on the same broker, before anything is submitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from jobs.errors import BadInput
from jobs.flink import application_mode, single_job
from jobs.flink.rest_client import FlinkError
from jobs.flink.single_job import require_single
from jobs.flink.submission import Submission
from jobs.kafka.client_config import Brokers
from operators.policy.model import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

SUBMISSION = Submission(name="eu", brokers=Brokers("broker:9092"), first=Policy(), checkpoints="c")


@dataclass
class Elsewhere:
    """The jobs of the cluster by name and state, and the hosts of a job that the broker knows."""

    jobs: list[tuple[str, str]] = field(default_factory=list)
    hosts: tuple[str, ...] = ()
    target: str = "remote"
    answers: bool = True

    def get(self, path: str) -> Any:
        assert path == "/jobs/overview"
        if not self.answers:
            raise FlinkError("nobody answers")
        return {"jobs": [{"jid": f"id-{name}", "name": name, "state": state} for name, state in self.jobs]}

    def ask_broker(self, brokers: Brokers, name: str, _: Callable[[str], None]) -> tuple[str, ...]:
        assert (brokers.bootstrap, name) == ("broker:9092", "eu")
        return self.hosts


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    there = Elsewhere()
    monkeypatch.delenv("PYFLINK_GATEWAY_PORT", raising=False)
    monkeypatch.setattr(application_mode, "flink_configuration", lambda _: {"execution.target": there.target})
    monkeypatch.setattr(single_job, "rest_client", lambda _: there)
    monkeypatch.setattr(single_job, "wait_until_ended", there.ask_broker)
    return there


def check(*, local: bool = False) -> None:
    require_single(SUBMISSION, local=local, report=lambda _: None)


@pytest.mark.parametrize("state", ["RUNNING", "RESTARTING", "INITIALIZING"])
def test_a_job_of_the_name_on_the_cluster_is_named(elsewhere: Elsewhere, state: str) -> None:
    elsewhere.jobs = [("kithward", "RUNNING"), ("eu", "FAILED"), ("eu", state)]
    with pytest.raises(BadInput, match=r"--name eu: job id-eu of this name runs on the cluster: stop it first, or"):
        check()
    check(local=True)  # it does not run on that cluster


def test_other_names_and_jobs_that_have_ended_are_none(elsewhere: Elsewhere) -> None:
    elsewhere.jobs = [("kithward", "RUNNING"), ("eu", "CANCELED")]
    check()


@pytest.mark.parametrize("local", [True, False])
def test_a_job_of_the_name_elsewhere_on_the_broker_is_found(elsewhere: Elsewhere, *, local: bool) -> None:
    elsewhere.hosts, elsewhere.answers = ("10.0.0.1",), False
    with pytest.raises(BadInput, match=r"a job of this name runs on the broker broker:9092, from 10\.0\.0\.1"):
        check(local=local)


@pytest.mark.parametrize(("target", "looks"), [("remote", True), ("kubernetes-session", True), ("", False)])
def test_a_program_that_flink_starts_again_does_not_find_itself(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, target: str, *, looks: bool
) -> None:
    monkeypatch.setenv("PYFLINK_GATEWAY_PORT", "1")
    elsewhere.hosts, elsewhere.target = ("10.0.0.1",), target
    if not looks:
        check()
        return
    with pytest.raises(BadInput):
        check()
