"""The pulse of a connector: by it the job knows what time it is, also while nobody writes.

Time is event time: an event is judged, and a deadline passes, when a later event shows that it is later. In a messenger
where nothing happens for a while, the last message would wait for the next one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.topics.event_writer import EventWriter

EVERY_S: Final = 0.5
AFTER_START_S: Final = 6.0
"""What has waited for the connector comes first, and would be late behind a pulse."""
AFTER_FAULT_S: Final = 12.0
AFTER_DELAYED_S: Final = 2.0
AFTER_TIMELY_S: Final = 0.2
"""The messenger has something else at once, or nothing."""
DELAYED_MS: Final = 1_000
_LOG: Final = logging.getLogger(__name__)


class Pulse:
    """Writes an empty message into a group that nobody is in, to every partition of `messages`, again and again.

    It rests while events are under way: no pulse may overtake what happened before it.
    """

    def __init__(self, writer: EventWriter, account_id: str, clock: Callable[[], float] = time.time) -> None:
        self._writer, self._account_id, self._clock = writer, account_id, clock
        self._under_way = 0
        self._rests_until_s = clock() + AFTER_START_S

    @contextmanager
    def resting(self, newest_ms: int | None) -> Iterator[None]:
        """Rest while events are told, the newest of this time; longer where more that is old may follow them."""
        is_delayed = newest_ms is not None and self._clock() * 1_000 - newest_ms > DELAYED_MS
        self._under_way += 1
        rest_s = AFTER_FAULT_S
        try:
            yield
            rest_s = AFTER_DELAYED_S if is_delayed else AFTER_TIMELY_S
        finally:
            self._under_way -= 1
            self._rests_until_s = max(self._rests_until_s, self._clock() + rest_s)

    async def run(self) -> None:
        """Beat without end."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.beat()

    async def beat(self) -> None:
        """Tell what time it is, unless it rests."""
        now_s = self._clock()
        if self._under_way or now_s < self._rests_until_s:
            return
        try:
            await self._writer.write_everywhere(pulse(self._account_id, int(now_s * 1_000)))
        except BadInput as fault:
            _LOG.warning("the time is not told: %s", fault)
            self._rests_until_s = self._clock() + AFTER_FAULT_S


def pulse(account_id: str, at_ms: int) -> MessageSent:
    """Return the message of a time: empty, so nothing is found, and in a group, so it begins no conversation."""
    event_id = f"pulse-{account_id}-{at_ms}"
    return MessageSent(event_id=event_id, at_ms=at_ms, sender_id=account_id, group_id=account_id, text="")
