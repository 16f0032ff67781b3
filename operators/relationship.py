"""What does an account remember of those who write to it, and what is concluded? Key: the protected account.

Only the table of who handles what stands here; the rules are in the files that it names.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.answer import on_answered
from operators.erasure import reclaim_markers
from operators.forgetting import on_erased, on_forgotten
from operators.friendship import on_added, on_alert_number_set, on_removed, on_unblocked
from operators.friendship_age import on_suspicion
from operators.operator import Context, Handler, Operator
from operators.pair import reclaim_marks
from operators.retention import is_reclaiming, reclaim
from operators.verification import give_up, on_alternate_changed
from schemas.records import (
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountChanged,
    FriendAdded,
    FriendRemoved,
    SuspicionRaised,
    VerificationAnswered,
)
from state.catalog import ALERT_NUMBER, BLOCKS, ERASED, FRIENDS, PAIRS, REMOVED_FRIENDS, VERIFICATIONS


class Relationship(Operator):
    """Protects its account."""

    uid = "relationship"
    states = (FRIENDS, REMOVED_FRIENDS, ALERT_NUMBER, BLOCKS, PAIRS, VERIFICATIONS, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {
            FriendAdded: on_added,
            FriendRemoved: on_removed,
            AccountUnblocked: on_unblocked,
            AlertNumberSet: on_alert_number_set,
            AlternateAccountChanged: on_alternate_changed,
            SuspicionRaised: on_suspicion,
            VerificationAnswered: on_answered,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """End the waits that are due, and give up what has been remembered for long enough."""
        yield from give_up(at_ms, ctx)
        if is_reclaiming(at_ms):
            removal_ms = ctx.policy.common.removal_memory_ms
            reclaim(ctx, REMOVED_FRIENDS, at_ms, lambda removed_ms: removed_ms + removal_ms)
            reclaim_marks(ctx, at_ms)
            reclaim_markers(ctx, at_ms)
