"""Retries of the schema registry while it is unavailable: the job waits and logs it, and no record is lost or skipped.

After a deadline the job fails, restarts from its last checkpoint and retries again: it can be cancelled at any time.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from schemas.registry import RegistryUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.codec import Framing
    from schemas.records import Record

RETRY_FOR_S: Final = 150.0
"""The deadline. Shorter than Flink's `task.cancellation.timeout`, or cancelling the job would kill its task manager;
and long enough that the restarts never exceed `restart-strategy.failure-rate`."""

_RETRY_EVERY_S: Final = 1.0

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class RegistryRetry:
    """Calls again while the registry is unavailable. Raises RegistryUnavailable after `retry_for_s`."""

    retry_for_s: float = RETRY_FOR_S
    retry_every_s: float = _RETRY_EVERY_S
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, call: Callable[[], T]) -> T:
        """Return what the call returns, and raise what else it raises."""
        try:
            return call()
        except RegistryUnavailable as error:  # the usual case pays nothing for the retries
            _log_wait(error)
            self.sleep(self.retry_every_s)
        retrying = Retrying(
            retry=retry_if_exception_type(RegistryUnavailable),
            stop=stop_after_delay(self.retry_for_s - self.retry_every_s),
            wait=wait_fixed(self.retry_every_s),
            sleep=self.sleep,
            after=lambda attempt: _log_wait(attempt.outcome.exception() if attempt.outcome else None),
            reraise=True,
        )
        return retrying(call)


@dataclass(frozen=True)
class RetryingFraming:
    """A framing that retries while its registry is unavailable."""

    framing: Framing
    retry: RegistryRetry = field(default_factory=RegistryRetry)

    def encode(self, record: Record, topic: str) -> bytes:
        """Return the Kafka value of a record for a topic."""
        return self.retry(lambda: self.framing.encode(record, topic))

    def decode(self, data: bytes) -> Record:
        """Return the record of a Kafka value. Raises Malformed as the framing does."""
        return self.retry(lambda: self.framing.decode(data))


def _log_wait(error: BaseException | None) -> None:
    logger.warning("the job waits for the schema registry: %s", error)
