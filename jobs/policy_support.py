"""Which keys of a valid policy does this release not obey yet? Key: none.

To take such a policy and act as if the key were not there would do what its author wanted to prevent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy import Policy

UNOBEYED: Final = "is not obeyed by this release, so the job does not run with it; leave it out"


def unobeyed(policy: Policy) -> Iterator[str]:
    """Yield the keys that ask for what this release cannot do."""
    if policy.limits:
        yield "limits"
    if policy.enforcement.delay_at_most_ms:
        yield "enforcement.delay_at_most_ms"
    if policy.enforcement.log_only:
        yield "enforcement.log_only"
