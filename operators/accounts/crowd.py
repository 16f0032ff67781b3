"""Count of the established accounts that show one thing, a picture or a name, until they are too many.

Keyed by what is shown. It is common, and no evidence of identity any more, once more than so many established accounts
have each shown it for long enough; so a crowd of new accounts does not make it common (AI-36). It stays common. All
accounts that show it are notified then, and from then on each that begins to.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from operators.ids import timer_cause
from operators.operator import Context, Operator
from operators.policy.model import Policy
from schemas.records import NameHeld, PictureHeld
from state.catalog.entry_key import SELF
from state.catalog.pictures import CROWD, HOLDERS, NEWCOMERS
from state.entries.profiles import Crowd
from state.spec import MapSpec

H = TypeVar("H", PictureHeld, NameHeld)

COMMON = "common"
"""The timer's name in the cause of what it emits."""


class Limit(Struct, frozen=True):
    """More than `above` established accounts, each for `after_ms`, make something common."""

    above: int
    after_ms: int


class Notice(Struct, frozen=True):
    """What an account is told that shows something common."""

    event_id: str
    at_ms: int
    account_id: str
    shown: str
    since_ms: int


class CrowdCounter(Operator, Generic[H]):
    """Counts the accounts that show its key, until they are too many."""

    notified: tuple[MapSpec[str, int], ...] = (HOLDERS, NEWCOMERS)
    """The states of the accounts that are told once it is common."""

    @abstractmethod
    def limit(self, policy: Policy) -> Limit:
        """Return when something is common."""

    @abstractmethod
    def shown_in(self, event: H) -> str:
        """Return what the account shows."""

    @abstractmethod
    def tell(self, notice: Notice) -> Any:  # noqa: ANN401 - a record of the counter's own type
        """Return the record that tells an account."""

    def on_joined(self, event: H, ctx: Context) -> None:
        """Note that an account begins to show it."""

    def on_left(self, event: H, ctx: Context) -> None:
        """Note that an account ceases to show it."""

    def on_held(self, event: H, ctx: Context) -> Iterator[Any]:
        """Count an account that begins or ceases to show it; if it is common, notify the account."""
        crowd = ctx[CROWD].get(SELF) or Crowd(self.shown_in(event))
        if crowd.common_ms is not None:
            if event.held:
                cause = timer_cause(event.event_id, COMMON)  # sorts behind the event that sets it
                yield self._notice(cause, event.at_ms, event.account_id, crowd)
        elif not event.held:
            self._remove(event, crowd, ctx)
        elif ctx[HOLDERS].get(event.account_id) is None:
            self._add(event, crowd, ctx)

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Make it common if too many accounts have shown it for long enough by now."""
        crowd = ctx[CROWD].get(SELF)
        if crowd is None:
            return
        crowd = self._with_due_time(replace(crowd, due_ms=None), ctx)  # a new policy may have changed the threshold
        if crowd.due_ms is None or crowd.due_ms > at_ms:
            _write_crowd(crowd, at_ms, ctx)
            return
        crowd = Crowd(crowd.picture, common_ms=at_ms)
        _write_crowd(crowd, at_ms, ctx)
        for account_id in self._pop_all(ctx):
            yield self._notice(timer_cause(crowd.picture, COMMON), at_ms, account_id, crowd)

    def _add(self, event: H, crowd: Crowd, ctx: Context) -> None:
        """Store who shows it; only an established account counts."""
        self.on_joined(event, ctx)
        if not event.established:
            ctx[NEWCOMERS].put(event.account_id, event.at_ms)
            return
        ctx[NEWCOMERS].remove(event.account_id)
        ctx[HOLDERS].put(event.account_id, event.at_ms)
        # In order, a new holder is the latest one and leaves the due time as it is; a late event may bring it forward.
        due_ms = None if ctx.late else crowd.due_ms
        _write_crowd(self._with_due_time(replace(crowd, count=crowd.count + 1, due_ms=due_ms), ctx), event.at_ms, ctx)

    def _remove(self, event: H, crowd: Crowd, ctx: Context) -> None:
        """Remove who does not show it any more.

        However late: the account's own step knows the newest fact, and an account may have become established since.
        """
        ctx[NEWCOMERS].remove(event.account_id)
        self.on_left(event, ctx)
        if ctx[HOLDERS].get(event.account_id) is not None:
            ctx[HOLDERS].remove(event.account_id)
            # The due time can only become later. The timer recomputes it: doing so here would read all holders.
            _write_crowd(self._with_due_time(replace(crowd, count=crowd.count - 1), ctx), event.at_ms, ctx)

    def _with_due_time(self, crowd: Crowd, ctx: Context) -> Crowd:
        """Return the crowd with the time at which it becomes common if no holder leaves."""
        limit = self.limit(ctx.policy)
        if crowd.common_ms is not None or crowd.count <= limit.above:
            return replace(crowd, due_ms=None)
        if crowd.due_ms is not None:
            return crowd
        since = sorted(since_ms for _, since_ms in ctx[HOLDERS].items())
        return replace(crowd, due_ms=since[limit.above] + limit.after_ms)

    def _notice(self, event_id: str, at_ms: int, account_id: str, crowd: Crowd) -> Any:  # noqa: ANN401
        since_ms = at_ms if crowd.common_ms is None else crowd.common_ms
        return self.tell(Notice(event_id, at_ms, account_id, crowd.picture, since_ms))

    def _pop_all(self, ctx: Context) -> list[str]:
        """Return all who are to be told, and forget them."""
        cells = [ctx[spec] for spec in self.notified]
        account_ids = {account_id for cell in cells for account_id, _ in cell.items()}
        for cell in cells:
            cell.clear()
        return sorted(account_ids)


def _write_crowd(crowd: Crowd, at_ms: int, ctx: Context) -> None:
    if not crowd.count and crowd.common_ms is None:
        ctx[CROWD].remove(SELF)
        return
    ctx[CROWD].put(SELF, crowd)
    if crowd.due_ms is not None:
        # Never before the current event, so that the timer compares with the policy in force then.
        ctx.set_timer(max(crowd.due_ms, at_ms))
