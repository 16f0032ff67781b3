"""Errors of connecting to Kafka, with their cause.

Kafka's clients retry until their timeout and then raise an error that names only the timeout. The cause of each attempt
is in their log alone, so this reads it from there.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kafka.errors import KafkaError, KafkaTimeoutError

from jobs.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.kafka.client_config import Brokers

_CLIENTS = logging.getLogger("kafka")


class _LastWarning(logging.Handler):
    """Keeps the latest exception, other than a timeout, that is logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.cause: Exception | None = None

    def emit(self, record: logging.LogRecord) -> None:
        arguments = record.args if isinstance(record.args, tuple) else ()
        causes = (each for each in arguments if isinstance(each, Exception) and not isinstance(each, KafkaTimeoutError))
        self.cause = next(causes, self.cause)


@contextmanager
def report_connection_errors(brokers: Brokers) -> Iterator[None]:
    """Raise BadInput where a client made in this block does not connect; it names why the last attempt failed."""
    last = _LastWarning()
    _CLIENTS.addHandler(last)
    try:
        yield
    except (KafkaError, ValueError, OSError) as fault:
        # A broker that rejects a password closes the connection before the client has read why.
        hint = " (is it the user or the password?)" if "sasl.mechanism" in brokers.properties else ""
        raise BadInput(brokers, f"no Kafka broker answers there: {last.cause or fault}{hint}") from fault
    finally:
        _CLIENTS.removeHandler(last)
