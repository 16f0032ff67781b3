"""Step `namesakes`: counts the accounts that bear a name and emits `NameBecameCommon` when they are too many (FA-104).

Keyed by the name as people see it, hashed: no name is in a key or in the state.
"""

from collections.abc import Mapping

from operators.accounts.crowd import CrowdCounter, Limit, Notice
from operators.operator import Handler
from operators.policy.model import Policy
from schemas.records import NameBecameCommon, NameHeld
from state.catalog.pictures import CROWD, HOLDERS, NEWCOMERS


class Namesakes(CrowdCounter[NameHeld]):
    """Counts the accounts that bear its name, until they are too many."""

    uid = "namesakes"
    states = (HOLDERS, NEWCOMERS, CROWD)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {NameHeld: self.on_held}

    def limit(self, policy: Policy) -> Limit:
        """Return when a name is common."""
        return Limit(policy.friendship_age.gate_common_name_above, policy.avatar_impersonation.popular_after_ms)

    def shown_in(self, event: NameHeld) -> str:
        """Return the hash of the name."""
        return event.name

    def tell(self, notice: Notice) -> NameBecameCommon:
        """Return the record that tells an account of its common name."""
        return NameBecameCommon(
            event_id=notice.event_id,
            at_ms=notice.at_ms,
            account_id=notice.account_id,
            name=notice.shown,
            since_ms=notice.since_ms,
        )
