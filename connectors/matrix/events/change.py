"""Change of somebody's membership in a room, as one event brings it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.events.room import Member, Membership


@dataclass(frozen=True, slots=True)
class Change:
    """A change of membership: whose, from what to what, by which event, at which time.

    `is_commanded` is what a command asked for: leaving that ends no friendship, an invitation that is no new request.
    `declined` is whose invitation a command declines by a leaving, which ends the friendship that this was.
    `bot` is the connector's own user.
    """

    event: MatrixEvent
    at_ms: int
    account: str
    before: Member | None
    after: Membership | None
    bot: str
    is_commanded: bool = False
    declined: str = ""

    @property
    def was(self) -> Membership | None:
        """What the account was in the room before."""
        return None if self.before is None else self.before.membership
