"""Retries of the schema registry: logged, repeated until it answers, without losing a record."""

from __future__ import annotations

import pytest

from jobs.flink.registry_retry import RegistryRetry, RetryingFraming
from schemas.codec import SingleObjectFraming
from schemas.malformed import Malformed
from schemas.records import MessageSent, Record
from schemas.registry import RegistryUnavailable

HELLO = MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="hello")
AT_ONCE = RegistryRetry(retry_every_s=0)


class Flaky(SingleObjectFraming):
    """A framing whose registry is unavailable for the first `times` calls."""

    def __init__(self, times: int) -> None:
        self.left = times

    def encode(self, record: Record, topic: str) -> bytes:
        self._call()
        return super().encode(record, topic)

    def decode(self, data: bytes) -> Record:
        self._call()
        return super().decode(data)

    def _call(self) -> None:
        self.left -= 1
        if self.left >= 0:
            raise RegistryUnavailable("http://registry cannot be reached")


def test_an_unavailable_registry_is_retried_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    framing = RetryingFraming(Flaky(3), AT_ONCE)
    assert framing.decode(RetryingFraming(Flaky(2), AT_ONCE).encode(HELLO, "messages")) == HELLO
    logged = [record.getMessage() for record in caplog.records]
    assert logged == ["the job waits for the schema registry: http://registry cannot be reached"] * 5


def test_between_two_requests_there_is_a_pause() -> None:
    steps: list[object] = []

    class Noted(Flaky):
        def _call(self) -> None:
            steps.append("request")
            super()._call()

    framing = RetryingFraming(Noted(2), RegistryRetry(retry_every_s=7.0, sleep=steps.append))
    with pytest.raises(Malformed):
        framing.decode(b"poison")
    assert steps == ["request", 7.0, "request", 7.0, "request"]


def test_after_the_deadline_the_error_is_raised() -> None:
    with pytest.raises(RegistryUnavailable):
        RetryingFraming(Flaky(10), RegistryRetry(retry_for_s=0, retry_every_s=0)).decode(b"")


def test_malformed_data_is_not_retried() -> None:
    with pytest.raises(Malformed):
        RetryingFraming(SingleObjectFraming()).decode(b"poison")
