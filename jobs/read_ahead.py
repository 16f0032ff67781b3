"""Which of the events that come next can a replay pass over? Some are read ahead, and their texts sifted together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.recordings import Arrival
    from jobs.replay import Replay
    from schemas.records import MessageSent

_EVENTS_AT_MOST: Final = 2_000
_BYTES_AT_MOST: Final = 4 * 2**20
"""A few events are large, most are small: what is read ahead takes little memory in either case."""


def sifted(arrivals: Iterable[Arrival], run: Replay) -> Iterator[tuple[Arrival, MessageSent | None]]:
    """Yield the arrivals in their order, each with the message in it if that can be passed over.

    What an arrival leads to has to be carried out before the next one is asked for.
    """
    for batch in _batches(arrivals):
        yield from zip(batch, run.harmless([arrival.found for arrival in batch]), strict=True)


def _batches(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    batch: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        batch.append(arrival)
        size += len(arrival.raw)
        if len(batch) >= _EVENTS_AT_MOST or size >= _BYTES_AT_MOST:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
