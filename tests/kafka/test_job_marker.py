"""Marker of a running job: how a second job of its name finds it, waits for it to expire, or is refused."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from kafka.errors import CoordinatorNotAvailableError

from jobs.kafka import job_marker
from jobs.kafka.client_config import Brokers
from jobs.kafka.job_marker import wait_until_ended
from tests.support.given import kithward, the_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NO_GROUP = {"error": "[Error 69] GroupIdNotFoundError: Group kithward-running not found.", "members": []}
LEFT = {"error": None, "members": []}
FORBIDDEN = {"error": "[Error 30] GroupAuthorizationFailedError", "members": []}


def held(*hosts: str) -> dict[str, Any]:
    return {"error": None, "members": [{"client_host": f"/{host}"} for host in hosts]}


class Broker:
    """An admin client that describes the group differently each time, the last way from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any] | Exception) -> None:
        self._answers, self.asked = list(answers), 0
        self.told: list[str] = []
        monkeypatch.setattr(job_marker, "open_admin", self._open)

    @contextmanager
    def _open(self, _: Brokers) -> Iterator[Broker]:
        yield self

    def describe_groups(self, groups: Sequence[str]) -> dict[str, Any]:
        assert list(groups) == ["eu-running"]
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return {"eu-running": answer}

    def hosts(self) -> tuple[str, ...]:
        return wait_until_ended(Brokers("broker"), "eu", self.told.append, lambda _: None)


@pytest.mark.parametrize("answer", [NO_GROUP, LEFT])
def test_without_a_member_no_job_runs(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> None:
    broker = Broker(monkeypatch, answer)
    assert (broker.hosts(), broker.told, broker.asked) == ((), [], 1)


def test_a_member_that_stays_is_a_running_job(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(monkeypatch, held("10.0.0.2", "10.0.0.1", "10.0.0.1"))
    assert broker.hosts() == ("10.0.0.1", "10.0.0.2")
    assert broker.told == ["a job named eu runs, or ran a moment ago: waiting up to 15 s for it to end"]
    assert broker.asked == 15


def test_a_member_that_expires_was_a_job_that_died(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(monkeypatch, held("10.0.0.1"), held("10.0.0.1"), LEFT)
    assert (broker.hosts(), len(broker.told), broker.asked) == ((), 1, 3)


def test_a_broker_that_has_no_groups_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(monkeypatch, CoordinatorNotAvailableError(), CoordinatorNotAvailableError(), NO_GROUP)
    assert (broker.hosts(), broker.told, broker.asked) == ((), [], 3)


def test_what_cannot_be_checked_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(monkeypatch, FORBIDDEN)
    assert broker.hosts() == ()
    (line,) = broker.told
    assert line.startswith("whether a job named eu runs already cannot be checked: ")


@pytest.mark.parametrize("name", ["", "a b", "é", "x" * 101, "eu-running", "eu-commands"])
def test_a_name_that_cannot_be_that_of_a_job_is_refused(name: str) -> None:
    assert "--name: expected up to 100 letters" in the_one_line(kithward("run", "--local", "--name", name))
