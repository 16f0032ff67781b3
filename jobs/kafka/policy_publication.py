"""Publication of a policy to the topic `policies`, and when every screening worker has it.

Each screening worker polls the topic itself and relies on the policies that it has read for the length of its lease. A
policy that takes effect later than the lease plus a margin is known to every worker whose lease is still valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput
from jobs.kafka.policy_watcher import LEASE_S, TOPIC
from jobs.kafka.publication_order import by_publication
from jobs.kafka.topic_io import OutgoingRecord, open_producer, read_topic
from jobs.policy.registry import PolicyLog
from operators.policy.model import Policy
from schemas.malformed import Malformed
from schemas.records import PolicyPublished

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.kafka.client_config import Brokers
    from schemas.codec import Framing

_MARGIN_MS: Final = 2_000
"""For clocks that differ, and for the round trip to the broker."""

PROPAGATION_MS: Final = round(LEASE_S * 1_000) + _MARGIN_MS
"""How long after its publication every screening worker has a policy or has lost its lease."""


def publish(brokers: Brokers, framing: Framing, policy: PolicyPublished) -> PolicyPublished | None:
    """Send a policy. If it is already the latest of its mode, send nothing and return the earlier event.

    An older version is sent again, which returns to it. Raise BadInput for a version that was published before with
    other content: the job would refuse it.
    """
    log = PolicyLog(Policy())
    earlier = [event for event in read_published(brokers, framing) if _is_valid(event, log)]
    try:
        log.add(policy)
    except Malformed as fault:
        raise BadInput(f"version {policy.version}", fault.message) from fault
    last = max((event for event in earlier if event.mode is policy.mode), key=_effect_order, default=None)
    if last is not None and last.version == policy.version:
        return last
    with open_producer(brokers) as send:
        value = framing.encode(policy, TOPIC)
        send(OutgoingRecord(TOPIC, policy.at_ms, policy.version.encode(), value))
    return None


def read_published(brokers: Brokers, framing: Framing) -> list[PolicyPublished]:
    """Return the policies of all partitions, in the order of publication.

    Records that are no policy are skipped: the job reports them.
    """
    return list(_policies((record.value or b"" for record in by_publication(read_topic(brokers, TOPIC))), framing))


def _policies(values: Iterable[bytes], framing: Framing) -> Iterable[PolicyPublished]:
    for value in values:
        try:
            policy = framing.decode(value)
        except Malformed:
            continue
        if isinstance(policy, PolicyPublished):
            yield policy


def _is_valid(event: PolicyPublished, log: PolicyLog) -> bool:
    try:
        log.add(event)
    except Malformed:
        return False
    return True


def _effect_order(event: PolicyPublished) -> tuple[int, int, str]:
    """Return the order in which policies take effect, as `PublishedPolicy` has it."""
    return max(event.effective_at_ms, event.at_ms), event.at_ms, event.event_id
