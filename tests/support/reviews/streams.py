"""Random answers of reviewers about the decisions that messages of a stream may have led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.ids import identify
from schemas.records import MessageSent, ReviewAnswered, VerificationAnswered

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

REVIEWERS = ("rita", "rob")
_USUAL: Mapping[str, str] = {"bob": "ann", "ann": "bob", "cy": "ann"}
"""By recipient, who writes to it most often."""


def rule_about(message: MessageSent) -> str:
    """Return the rule that judges a message."""
    return "friendship-age" if message.group_id is None else "invite-forest"


def decision_id_of(message: MessageSent, version: str = "short") -> str:
    """Return the id of the decision that a message causes, and of the verification, if it causes one (C-10)."""
    about = (message.sender_id, message.recipient_id, message.group_id, None)
    return identify(rule_about(message), *about, message.event_id, version)


def review(rng: random.Random, event_id: str, at_ms: int, judged: MessageSent | VerificationAnswered) -> ReviewAnswered:
    """Return an answer about the decision on a message, or on the answer to a verification (of the usual sender)."""
    if isinstance(judged, MessageSent):
        rule, decision_id = rule_about(judged), decision_id_of(judged)
        subject_id, other_id, group_id = judged.sender_id, judged.recipient_id, judged.group_id
    else:
        rule, subject_id, other_id, group_id = "verification", _USUAL[judged.account_id], judged.account_id, None
        decision_id = identify(rule, subject_id, other_id, None, None, judged.event_id, "short")
    return ReviewAnswered(
        event_id=event_id,
        at_ms=at_ms,
        decision_id=decision_id,
        rule=rule,
        subject_id=subject_id,
        other_id=other_id,
        group_id=group_id,
        reviewer_id=rng.choice(REVIEWERS),
        upheld=rng.random() < _UPHELD,
    )


_UPHELD = 0.3
