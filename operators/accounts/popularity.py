"""Step `popularity`: counts the accounts that show a picture and emits `PictureBecameCommon` when they are too many.

Keyed by picture: its pHash in hex. The accounts that show it are notified (AI-18), and so are its earlier holders:
those who showed it before, as long as an earlier avatar counts (AI-19).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.accounts.crowd import CrowdCounter, Limit, Notice
from operators.operator import Context, Handler
from operators.policy.model import Policy
from operators.retention import is_cleanup_timer, remove_expired, set_cleanup_timer
from schemas.records import PictureBecameCommon, PictureHeld
from state.catalog.pictures import CROWD, EARLIER_HOLDERS, HOLDERS, NEWCOMERS


class Popularity(CrowdCounter[PictureHeld]):
    """Counts the accounts that show its picture, until they are too many."""

    uid = "popularity"
    states = (HOLDERS, NEWCOMERS, EARLIER_HOLDERS, CROWD)
    notified = (HOLDERS, NEWCOMERS, EARLIER_HOLDERS)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {PictureHeld: self.on_held}

    def limit(self, policy: Policy) -> Limit:
        """Return when a picture is common (AI-18)."""
        section = policy.avatar_impersonation
        return Limit(section.popular_above, section.popular_after_ms)

    def shown_in(self, event: PictureHeld) -> str:
        """Return the picture's pHash in hex."""
        return event.picture

    def tell(self, notice: Notice) -> PictureBecameCommon:
        """Return the record that tells an account of its common picture."""
        return PictureBecameCommon(
            event_id=notice.event_id,
            at_ms=notice.at_ms,
            account_id=notice.account_id,
            picture=notice.shown,
            since_ms=notice.since_ms,
        )

    def on_joined(self, event: PictureHeld, ctx: Context) -> None:
        """Forget that the account showed the picture earlier: it shows it again."""
        ctx[EARLIER_HOLDERS].remove(event.account_id)

    def on_left(self, event: PictureHeld, ctx: Context) -> None:
        """Remember an account that stopped showing the picture; forget it once that no longer counts (AI-19)."""
        if event.gone:
            ctx[EARLIER_HOLDERS].remove(event.account_id)
        else:
            ctx[EARLIER_HOLDERS].put(event.account_id, event.at_ms)
            set_cleanup_timer(ctx, event.at_ms + ctx.policy.avatar_impersonation.previous_for_ms + 1)

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove expired earlier holders, and mark the picture as common if too many show it."""
        if is_cleanup_timer(at_ms):
            length_ms = ctx.policy.avatar_impersonation.previous_for_ms
            remove_expired(ctx, EARLIER_HOLDERS, at_ms, lambda left_ms: left_ms + length_ms + 1)
        yield from super().on_timer(at_ms, ctx)
