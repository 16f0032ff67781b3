"""What does the job do while the schema registry does not answer? It waits and says so; nothing is lost or put aside.

After a while the job starts again from its last checkpoint, and waits on: it can be cancelled at any time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from schemas.registry import RegistryUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.codec import Framing
    from schemas.records import Record

RETRY_FOR_S: Final = 150.0
"""Shorter than Flink's `task.cancellation.timeout`, or a job that is cancelled takes its task manager with it; and so
long that the restarts never become too many for `restart-strategy.failure-rate`."""

_AGAIN_S: Final = 1.0

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class RetryingFraming:
    """A framing that waits for its registry. Raises RegistryUnavailable when it has waited for `waits_s`."""

    framing: Framing
    retry_for_s: float = RETRY_FOR_S
    retry_every_s: float = _AGAIN_S

    def encode(self, record: Record, topic: str) -> bytes:
        """Return the value for a record that is written to a topic."""
        return self._waiting(lambda: self.framing.encode(record, topic))

    def decode(self, data: bytes) -> Record:
        """Return the record of a value. Raises Malformed as the framing does."""
        return self._waiting(lambda: self.framing.decode(data))

    def _waiting(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except RegistryUnavailable as error:  # the usual case pays nothing for the retries
            _log_wait(error)
        retrying = Retrying(
            retry=retry_if_exception_type(RegistryUnavailable),
            stop=stop_after_delay(self.retry_for_s),
            wait=wait_fixed(self.retry_every_s),
            after=lambda attempt: _log_wait(attempt.outcome.exception() if attempt.outcome else None),
            reraise=True,
        )
        return retrying(ask)


def _log_wait(error: BaseException | None) -> None:
    logger.warning("the job waits for the schema registry: %s", error)
