"""Who else has to hear that an account was erased? Those whom it was compared with. Key: a shard of all pairs.

Who asks for friendship and the friends whom that one looks like, who writes and to whom: no relation ever names these
pairs, and what is concluded about the one names the other. So they are known here, as those of relations are in the
step `acquaintance`.
"""

from collections.abc import Iterable, Iterator, Mapping

from operators.acquaintance import Acquaintance, on_erased, remember, shard_of
from operators.operator import Context, Handler
from schemas.records import AccountErased, AccountForgotten, LookalikesFound, RequestCompared

Compared = RequestCompared | LookalikesFound


class Encounter(Acquaintance):
    """Knows whose memory may name whom because the two were compared."""

    uid = "encounter"

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {RequestCompared: on_compared, LookalikesFound: on_compared, AccountErased: on_erased}


def pairs_of(event: Compared) -> Iterable[tuple[str, str]]:
    """Return the pairs that what is concluded from a comparison may name."""
    if isinstance(event, LookalikesFound):
        return ((event.subject_id, event.account_id),)
    return tuple((event.subject_id, each.account_id) for each in event.alike)


def shards_of(event: Compared) -> Iterable[str]:
    """Return the shards of these pairs."""
    return sorted({shard_of(*pair) for pair in pairs_of(event)})


def on_compared(event: Compared, ctx: Context) -> Iterator[AccountForgotten]:
    """Remember the pairs that belong here."""
    for pair in pairs_of(event):
        if shard_of(*pair) == ctx.key:
            yield from remember(event.event_id, event.at_ms, pair, ctx)
