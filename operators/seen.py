"""What has a policy found in a message that travels without its text? Key: none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from operators.screen import place_of
from schemas.records import ContentSuspected, Finding, MessageScreened, Span, SuspicionRaised

if TYPE_CHECKING:
    from collections.abc import Sequence

Screened = MessageScreened | SuspicionRaised | ContentSuspected
"""A message without its text, on its way through the steps."""

LISTED_AT_MOST = 1000
"""Spans that a policy's finding lists. A text that is made of nothing else must not become a record of megabytes."""


class Seen(Struct, frozen=True):
    """What a policy has found in a message: `span_count` is 0 where all spans are listed.

    `unseen` is whether another version had to stand in for the policy's.
    """

    spans: tuple[Span, ...]
    span_count: int
    unseen: bool


def seen_by(rule: str, version: str, event: Screened) -> Seen:
    """Return what a policy version found for a rule; the last one stands in for a version that came later."""
    unseen = version not in event.screened
    wanted = (rule, event.screened[-1] if unseen and event.screened else version)
    found = next((found for found in event.findings if (found.rule, found.version) == wanted), None)
    return Seen((), 0, unseen) if found is None else Seen(found.spans, found.span_count, unseen)


def finding(version: str, rule: str, spans: Sequence[Span]) -> Finding:
    """Return a finding with as many spans as are listed: which detectors hit is seen among them in any case."""
    if len(spans) <= LISTED_AT_MOST:
        return Finding(version=version, rule=rule, spans=tuple(spans))
    firsts = {span.detector: span for span in reversed(spans)}.values()
    others = [span for span in spans[:LISTED_AT_MOST] if span not in firsts]
    listed = sorted((*firsts, *others[: LISTED_AT_MOST - len(firsts)]), key=place_of)
    return Finding(version=version, rule=rule, spans=tuple(listed), span_count=len(spans))
