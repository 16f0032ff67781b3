"""Marker of a running job: membership of a consumer group, which `JobMarker.java` holds while the job runs.

Neither the job's consumer group nor its transactions show whether it runs: Flink's source does not join its group, and
transactions stay open after a crash.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from kafka.errors import CoordinatorNotAvailableError, GroupIdNotFoundError, KafkaError, NotCoordinatorError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from jobs.kafka.topic_admin import open_admin

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka import KafkaAdminClient

    from jobs.kafka.client_config import Brokers

SUFFIX: Final = "-running"
SESSION_MS: Final = 10_000
"""How long the broker keeps the member of a job that died without leaving."""

_POLL_S: Final = 1.0
_POLLS: Final = SESSION_MS // 1_000 + 5
_NO_GROUP: Final = f"[Error {GroupIdNotFoundError.errno}]"


def marker_group(name: str) -> str:
    """Return the consumer group that marks the job of a name."""
    return name + SUFFIX


def wait_until_ended(
    brokers: Brokers, name: str, report: Callable[[str], None], pause: Callable[[float], None] = time.sleep
) -> tuple[str, ...]:
    """Return the hosts of a running job of a name; none if there is none, or if its marker expires meanwhile.

    `report` is told why it takes time, and what cannot be checked. Raise BadInput where no broker answers.
    """
    with open_admin(brokers) as admin:
        for poll in range(_POLLS):
            try:
                hosts = _hosts(admin, marker_group(name), pause)
            except KafkaError as fault:
                report(f"whether a job named {name} runs already cannot be checked: {fault}")
                return ()
            if not hosts:
                return ()
            if poll == 0:
                report(f"a job named {name} runs, or ran a moment ago: waiting up to {_POLLS} s for it to end")
            pause(_POLL_S)
    return hosts


def _hosts(admin: KafkaAdminClient, group: str, pause: Callable[[float], None]) -> tuple[str, ...]:
    """Return the hosts of a group's members."""
    # A new broker creates the topic of its groups when it is first asked for one.
    retrying = Retrying(
        retry=retry_if_exception_type((CoordinatorNotAvailableError, NotCoordinatorError)),
        stop=stop_after_attempt(_POLLS),
        wait=wait_fixed(_POLL_S),
        sleep=pause,
        reraise=True,
    )
    described = retrying(admin.describe_groups, [group])[group]
    fault = described["error"]
    if fault and not fault.startswith(_NO_GROUP):
        raise KafkaError(fault)
    return tuple(sorted({member["client_host"].removeprefix("/") for member in described["members"]}))
