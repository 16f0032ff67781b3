"""When does a policy take effect that is published now, and may it be published at all? Key: its version.

Every screening worker looks at the topic by itself and trusts what it knows for the length of its lease. A policy that
takes effect later than that, and a margin, is known to everybody who still trusts what they know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.bad_input import BadInput
from jobs.follower import LEASE_S, TOPIC
from jobs.policy_file import self_contained
from jobs.policy_log import PolicyLog
from jobs.topic_reading import stored
from jobs.topic_writing import Letter, sending
from operators.identity import identify
from operators.policy import Policy
from schemas.malformed import Malformed
from schemas.records import PolicyMode, PolicyPublished

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from schemas.framing import Framing

_MARGIN_MS: Final = 2_000
"""For clocks that differ and for the way to the broker and back."""

HEARD_MS: Final = round(LEASE_S * 1_000) + _MARGIN_MS
"""How long after its publication a policy is known wherever it has to be."""

_UNNAMED: Final = Policy().version


def publication(path: Path, version: str, mode: PolicyMode, at_ms: int, effective_ms: int | None) -> PolicyPublished:
    """Return the event that publishes a valid file at `at_ms`; None: it takes effect as soon as everybody knows it.

    The document carries its keyword files with it. Raise BadInput for a policy without a name of its own.
    """
    if version == _UNNAMED:
        raise BadInput(path, f"version: must be named, and not {_UNNAMED}: that is what holds without any policy")
    document = self_contained(path)
    return PolicyPublished(
        event_id=identify("policy", version, mode, document),
        at_ms=at_ms,
        version=version,
        effective_at_ms=at_ms + HEARD_MS if effective_ms is None else effective_ms,
        mode=mode,
        document=document,
    )


def publish(bootstrap: str, framing: Framing, policy: PolicyPublished) -> PolicyPublished | None:
    """Send a policy; return the earlier event instead, unsent, if the very same was published before.

    Raise BadInput for a version that was published before with other content: the job would not take it.
    """
    earlier = published(bootstrap, framing)
    log = PolicyLog(Policy())
    log.take_all(earlier)
    try:
        log.take(policy)
    except Malformed as fault:
        raise BadInput(f"version {policy.version}", fault.message) from fault
    known = next((event for event in earlier if (event.version, event.mode) == (policy.version, policy.mode)), None)
    if known is None:
        with sending(bootstrap) as send:
            value = framing.encode(policy, TOPIC)
            send(Letter(TOPIC, policy.at_ms, policy.version.encode(), value))
    return known


def published(bootstrap: str, framing: Framing) -> list[PolicyPublished]:
    """Return the policies that the topic holds by now; what is no policy there is the job's to report."""
    return list(_policies((record.value or b"" for record in stored(bootstrap, TOPIC)), framing))


def _policies(values: Iterable[bytes], framing: Framing) -> Iterable[PolicyPublished]:
    for value in values:
        try:
            policy = framing.decode(value)
        except Malformed:
            continue
        if isinstance(policy, PolicyPublished):
            yield policy
