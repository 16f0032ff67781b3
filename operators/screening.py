"""What do policies find in a message? The message without its text. Key, where it is a step: the sender."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from operators.operator import Context, Handler, Operator
from operators.screen import Screen, ScreenRules, compile_rules
from schemas.records import Finding, MessageScreened, MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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


class Screening(Operator):
    """Screens the messages that come with their text, because the edge could not know all policies."""

    uid = "screening"
    ordered = False  # it remembers nothing; and a text must not wait in state (C-14)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {MessageSent: on_message}


def on_message(message: MessageSent, ctx: Context) -> Iterator[Any]:
    """Send on what the policy in force finds, and nothing of a harmless message."""
    found = screened(message, [ctx.policy])
    if found.findings:
        yield found
