"""Screening results: the spans that a policy version found in a message, read from the message without its text."""

from __future__ import annotations

from msgspec import Struct

from schemas.records import ContentSuspected, MessageScreened, Span, SuspicionRaised

ScreenedMessage = MessageScreened | SuspicionRaised | ContentSuspected
"""A screened message without its text, as the steps receive it."""


class ScreeningResult(Struct, frozen=True):
    """The spans that a policy version found for one rule; `span_count` is their number, or 0 where all are listed.

    `score`: how sure the recogniser is, in thousandths of its threshold.
    `policy_unseen`: the message was screened before the version was known, so the result is that of another version.
    """

    spans: tuple[Span, ...]
    span_count: int
    policy_unseen: bool
    score: int = 0


def result_for(rule: str, version: str, event: ScreenedMessage) -> ScreeningResult:
    """Return the result of a policy version for a rule; for an unknown version that of the newest that screened."""
    unseen = version not in event.screened
    wanted = event.screened[-1] if unseen and event.screened else version
    for found in event.findings:
        if found.rule == rule and found.version == wanted:
            return ScreeningResult(found.spans, found.span_count, unseen, found.score)
    return ScreeningResult((), 0, unseen)
