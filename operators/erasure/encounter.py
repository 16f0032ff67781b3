"""Who else has to hear that an account was erased? Those whom it was compared with. Key: a shard of all pairs.

Who asks for friendship and the friends whom that one looks like, who writes and to whom: no relation ever names these
pairs, and what is concluded about the one names the other. So they are known here, as those of relations are in the
step `acquaintance`.

A comparison says nothing new of a friend with whom somebody is compared: the friend is heard of again with an answer.
Else one who is erased later than that would be taken for a new account, however late the erasure comes.
"""

from collections.abc import Iterable, Iterator, Mapping

from operators.erasure.acquaintance import Acquaintance, on_erased, pair_shard, remember_pair
from operators.operator import Context, Handler
from schemas.records import AccountErased, AccountForgotten, LookalikeReplied, LookalikesFound, RequestCompared

ComparisonEvent = RequestCompared | LookalikeReplied | LookalikesFound


_NO_SIGN_OF_LIFE_MS = 0


class Encounter(Acquaintance):
    """Knows whose memory may name whom because the two were compared."""

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
    """Return the pairs that what is concluded from a comparison may name: of each account when it was heard of."""
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
    """Return the shards of these pairs."""
    return sorted({pair_shard(*pair) for pair in compared_pairs(event)})


def on_compared(event: ComparisonEvent, ctx: Context) -> Iterator[AccountForgotten]:
    """Remember the pairs that belong here."""
    for pair in compared_pairs(event):
        if pair_shard(*pair) == ctx.key:
            yield from remember_pair(event.event_id, pair, ctx)
