"""Step `encounter`: index of pairs of accounts that were compared; on an erasure it notifies the other account.

Keyed by shard of the pair, as the step `acquaintance`, which does the same for pairs of related accounts. Input:
`RequestCompared`, `LookalikeReplied`, `LookalikesFound` and erasures. Emits `AccountForgotten`.

The pairs are a friend request's requester and each similar friend, and the sender and recipient of a message for which
lookalikes were found: no relation names them, but the decision about one names the other.

A comparison is not a sign of life: only an answer updates when a friend was last seen. Otherwise a late erasure
would spare an erased account as if it were a new one.
"""

from collections.abc import Iterable, Iterator, Mapping

from operators.erasure.acquaintance import Acquaintance, on_erased, pair_shard, remember_pair
from operators.operator import Context, Handler
from schemas.records import AccountErased, AccountForgotten, LookalikeReplied, LookalikesFound, RequestCompared

ComparisonEvent = RequestCompared | LookalikeReplied | LookalikesFound


_NO_SIGN_OF_LIFE_MS = 0


class Encounter(Acquaintance):
    """Indexes which accounts may hold state about which others because they were compared."""

    uid = "encounter"

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            RequestCompared: on_compared,
            LookalikeReplied: on_compared,
            LookalikesFound: on_compared,
            AccountErased: on_erased,
        }


def compared_pairs(event: ComparisonEvent) -> Iterable[Mapping[str, int]]:
    """Return the pairs whose accounts a decision on the comparison may name, each with its last sign of life in ms."""
    match event:
        case RequestCompared():
            return tuple(
                {event.subject_id: event.requested_ms, each.account_id: _NO_SIGN_OF_LIFE_MS} for each in event.alike
            )
        case LookalikeReplied():
            return ({event.subject_id: _NO_SIGN_OF_LIFE_MS, event.lookalike_id: event.at_ms},)
        case LookalikesFound():
            return ({event.subject_id: event.at_ms, event.account_id: event.at_ms},)


def pair_shards(event: ComparisonEvent) -> Iterable[str]:
    """Return the shards of the pairs of a comparison."""
    return sorted({pair_shard(*pair) for pair in compared_pairs(event)})


def on_compared(event: ComparisonEvent, ctx: Context) -> Iterator[AccountForgotten]:
    """Index the pairs that belong to this shard."""
    for pair in compared_pairs(event):
        if pair_shard(*pair) == ctx.key:
            yield from remember_pair(event.event_id, pair, ctx)
