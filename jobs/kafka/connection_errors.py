"""Why does no client of ours get through to Kafka? Key: none.

Clients try again until their time is up, and then only say that it is; what each attempt failed of they tell their log.
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
    """Keeps the latest exception that somebody warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.why: Exception | None = None

    def emit(self, record: logging.LogRecord) -> None:
        arguments = record.args if isinstance(record.args, tuple) else ()
        told = (each for each in arguments if isinstance(each, Exception) and not isinstance(each, KafkaTimeoutError))
        self.why = next(told, self.why)


@contextmanager
def report_connection_errors(brokers: Brokers) -> Iterator[None]:
    """Make a client in here: raise BadInput where it does not get through, with what the last attempt failed of."""
    words = _LastWarning()
    _CLIENTS.addHandler(words)
    try:
        yield
    except (KafkaError, ValueError, OSError) as fault:
        # A broker that does not take a password hangs up before its answer has been read.
        hint = " (is it the user or the password?)" if "sasl.mechanism" in brokers.properties else ""
        raise BadInput(brokers, f"no Kafka broker answers there: {words.why or fault}{hint}") from fault
    finally:
        _CLIENTS.removeHandler(words)
