"""Requests one review when the first finding is suppressed because the picture became common.

Keyed by the picture, as its pHash in hex. Many attackers with the victim's picture could make it common and so silence
all findings: people review the first suppressed finding, and no other (AI-18).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.avatar_impersonation.finding import REVIEW
from operators.commands import request_review
from operators.ids import identify
from operators.likeness.significance import COMMON_PICTURE
from operators.operator import Context, Handler, Metric, Operator
from operators.policy.action import Action
from operators.policy.avatar_impersonation import AVATAR_IMPERSONATION
from schemas.records import Decision, MatchSuppressed
from state.catalog.avatar_impersonation import TOLD
from state.catalog.entry_key import SELF


class PopularPicture(Operator):
    """Requests a review once per picture that became common."""

    uid = "popular-picture"
    states = (TOLD,)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {MatchSuppressed: on_match_suppressed}


def on_match_suppressed(event: MatchSuppressed, ctx: Context) -> Iterator[Any]:
    """Request a review of the first finding that a common picture suppresses; count later ones."""
    if ctx[TOLD].get(SELF) is not None:
        yield Metric(COMMON_PICTURE)
        return
    ctx[TOLD].put(SELF, event.at_ms)
    decision = Decision(
        decision_id=identify(
            AVATAR_IMPERSONATION, event.subject_id, event.account_id, None, None, event.event_id, event.policy_version
        ),
        at_ms=event.at_ms,
        rule=AVATAR_IMPERSONATION,
        outcome=REVIEW,
        subject_id=event.subject_id,
        other_id=event.account_id,
        cause_event_id=event.event_id,
        policy_version=event.policy_version,
        reasons=event.reasons,
        evidence=event.evidence,
        actions=(Action.REVIEW.name,),
    )
    yield decision
    yield request_review(decision, f"The picture {ctx.key}, which {event.subject_id} shows, has become common.")
