"""What has a policy found in a message that travels without its text? Key: none."""

from __future__ import annotations

from msgspec import Struct

from schemas.records import ContentSuspected, MessageScreened, Span, SuspicionRaised

ScreenedMessage = MessageScreened | SuspicionRaised | ContentSuspected
"""A message without its text, on its way through the steps."""


class ScreeningResult(Struct, frozen=True):
    """What a policy has found in a message: `span_count` is 0 where all spans are listed.

    `unseen` is whether another version had to stand in for the policy's.
    """

    spans: tuple[Span, ...]
    span_count: int
    policy_unseen: bool


def result_for(rule: str, version: str, event: ScreenedMessage) -> ScreeningResult:
    """Return what a policy version found for a rule; the last one stands in for a version that came later."""
    unseen = version not in event.screened
    wanted = (rule, event.screened[-1] if unseen and event.screened else version)
    found = next((found for found in event.findings if (found.rule, found.version) == wanted), None)
    return ScreeningResult((), 0, unseen) if found is None else ScreeningResult(found.spans, found.span_count, unseen)
