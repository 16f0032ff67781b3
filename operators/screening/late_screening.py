"""The step that screens messages whose ingress did not have all policies yet. Keyed by: the sender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operators.operator import Context, Handler, Operator
from operators.screening.approach import approach_of, approached, wants_approaches
from operators.screening.screening import screen_message
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class LateScreening(Operator):
    """Screens messages that arrive with their text, where all policies are known.

    "Late" means after ingress, because the worker there had no valid lease for the policies
    (`jobs.kafka.policy_watcher`). It does not mean a late event, whose time the watermark has passed.
    """

    uid = "late-screening"
    ordered = False  # it has no state; and a text must not be buffered in state (C-14)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {MessageSent: on_message}


def on_message(message: MessageSent, ctx: Context) -> Iterator[Any]:
    """Emit the findings of the policies, and that somebody wrote to somebody; drop everything else of a message."""
    if message.recipient_id is not None and wants_approaches(ctx.policies):
        yield approached(approach_of(message), message.sender_id, message.recipient_id, message.at_ms)
    found = screen_message(message, ctx.policies)
    if found.findings:
        yield found
