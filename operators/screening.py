"""What policies find in a message: the message without its text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from operators.screen import Screen, ScreenRules, compile_rules
from schemas.records import Finding, MessageScreened, MessageSent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operators.policy import Policy

_SCREENS_KEPT = 64
"""Compiled keyword lists held at once: a few are in use, older ones are compiled again when asked for."""


@lru_cache(maxsize=_SCREENS_KEPT)
def screen_of(rules: ScreenRules) -> Screen:
    """Return the compiled form of a policy's screening rules."""
    return compile_rules(rules)


def screened(message: MessageSent, policies: Sequence[Policy]) -> MessageScreened:
    """Return what each policy finds in a message. Nothing of the text but spans is in it (C-14)."""
    findings = []
    for policy in policies:
        spans = screen_of(policy.friendship_age.screen).find(message.text)
        if spans:
            findings.append(Finding(version=policy.version, spans=spans))
    return MessageScreened(
        event_id=message.event_id,
        at_ms=message.at_ms,
        sender_id=message.sender_id,
        recipient_id=message.recipient_id,
        group_id=message.group_id,
        screened=tuple(policy.version for policy in policies),
        findings=tuple(findings),
    )
