"""What becomes of a message that comes with its text, because the edge could not know all policies? Key: the sender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operators.operator import Context, Handler, Operator
from operators.screening.screening import screen_message
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class LateScreening(Operator):
    """Screens it where all policies are known."""

    uid = "late-screening"
    ordered = False  # it remembers nothing; and a text must not wait in state (C-14)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {MessageSent: on_message}


def on_message(message: MessageSent, ctx: Context) -> Iterator[Any]:
    """Send on what the policies find, and nothing of a harmless message."""
    found = screen_message(message, ctx.policies)
    if found.findings:
        yield found
