"""Time from a scam on a homeserver to what its recipient sees of the job: who wrote it is ignored, and a warning.

Each scam is by a new friend of its own, at a calm rate. It counts from the moment at which the sender sends it, to
those at which the recipient's client, which waits for news like any other, learns of the ignore list and of the notice.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import httpx

from bench.job.latency import share
from bench.matrix.on_topics import OnTopics
from bench.matrix.whole import BOT, PASSWORD, open_whole
from bench.report import at_most
from jobs.flink.rest_client import FlinkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jobs.local.synapse import Synapse

AIM_MS: Final = 3_000
_API: Final = "/_matrix/client/v3"
_DEMAND: Final = "I need a gift card today, can you help?"
_SEEN_WITHIN_S: Final = 60.0
_POLL_MS: Final = 20_000
_IGNORED, _NOTICE = "in the ignore list", "notice seen"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many scams are measured, how many come before them, and seconds from one to the next."""

    scams: int = 100
    scams_before: int = 10
    scam_every_s: float = 1.5


QUICK: Final = Sizes(scams=3, scams_before=1)


@dataclass(slots=True)
class Scam:
    """A scam: when it was sent, and when its recipient's client learned of what; by the clock of this machine."""

    event_id: str
    sent_ms: float
    seen_ms: dict[str, float] = field(default_factory=dict)


class Client:
    """A user's client."""

    def __init__(self, http: httpx.AsyncClient, login: dict[str, Any]) -> None:
        self.id: str = login["user_id"]
        self._http, self._headers = http, {"Authorization": f"Bearer {login['access_token']}"}

    async def call(self, method: str, path: str, body: object = None, **query: str | int) -> dict[str, Any]:
        """Return the answer to a request."""
        answer = await self._http.request(method, _API + path, json=body, headers=self._headers, params=query)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def befriend(self, other: Client) -> str:
        """Return a direct room with another one, who has come."""
        body = {"is_direct": True, "invite": [other.id], "preset": "private_chat"}
        room_id: str = (await self.call("POST", "/createRoom", body))["room_id"]
        await other.call("POST", f"/rooms/{room_id}/join", {})
        return room_id

    async def scam(self, room_id: str) -> Scam:
        """Ask for a gift card."""
        sent_ms = time.time() * 1_000
        body = {"msgtype": "m.text", "body": _DEMAND}
        answer = await self.call("PUT", f"/rooms/{room_id}/send/m.room.message/scam", body)
        return Scam(answer["event_id"], sent_ms)

    async def watch(self, scam: Scam, sender: str, since: str) -> None:
        """Note when the client learns that the sender is ignored, and of a notice of the bot."""
        deadline_s = time.monotonic() + _SEEN_WITHIN_S
        while len(scam.seen_ms) < len((_IGNORED, _NOTICE)) and time.monotonic() < deadline_s:
            news = await self.call("GET", "/sync", since=since, timeout=_POLL_MS)
            since, now_ms = news["next_batch"], time.time() * 1_000
            for what in _seen(news, sender):
                scam.seen_ms.setdefault(what, now_ms)


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Measure; return the table of delays, and the targets. Raises `FlinkError` where somebody was not warned."""
    with open_whole(directory, say) as whole, OnTopics(whole.brokers) as topics:
        scams = asyncio.run(_scams(whole.synapse, sizes, say))[sizes.scams_before :]
        unseen = sum(len(each.seen_ms) < len((_IGNORED, _NOTICE)) for each in scams)
        if unseen:
            message = f"of {len(scams)} scams {unseen} led to nothing"
            raise FlinkError(message)
        return report_lines(delays(scams, topics.seen_ms))


def delays(scams: Sequence[Scam], on_topics: Mapping[str, Mapping[str, float]]) -> dict[str, list[float]]:
    """Return the milliseconds from sending to each thing that was seen."""
    found = {
        f"{topic} on Kafka": [seen[each.event_id] - each.sent_ms for each in scams if each.event_id in seen]
        for topic, seen in on_topics.items()
    }
    return found | {what: [each.seen_ms[what] - each.sent_ms for each in scams] for what in (_IGNORED, _NOTICE)}


def report_lines(found: Mapping[str, Sequence[float]]) -> list[str]:
    """Return the table of delays, and the targets."""
    rows = [
        f"{what:24} {len(each):>6,} {median(each):>7.0f} {share(each, 0.95):>7.0f} {max(each):>7.0f}"
        for what, each in found.items()
        if each
    ]
    wanted = [at_most(f"{what}, 95 %, ms:", share(found[what], 0.95), AIM_MS, ",.0f") for what in (_IGNORED, _NOTICE)]
    return [f"{'ms after it was sent':24} {'count':>6} {'median':>7} {'95 %':>7} {'most':>7}", *rows, "", *wanted]


async def _scams(synapse: Synapse, sizes: Sizes, say: Callable[[str], None]) -> list[Scam]:
    count = sizes.scams + sizes.scams_before
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=synapse.address, timeout=60.0, limits=limits) as http:
        say(f"{count} new friendships")
        pairs = [await _friends(synapse, http, number) for number in range(count)]
        say(f"{count} scams")
        begun_s, told = time.monotonic(), []
        for number, pair in enumerate(pairs):
            await asyncio.sleep(max(0.0, begun_s + number * sizes.scam_every_s - time.monotonic()))
            told.append(asyncio.create_task(_told(*pair)))
        return list(await asyncio.gather(*told))


async def _friends(synapse: Synapse, http: httpx.AsyncClient, number: int) -> tuple[Client, Client, str]:
    names = (f"sender{number}", f"recipient{number}")
    sender, recipient = (Client(http, synapse.register(name, PASSWORD)) for name in names)
    return sender, recipient, await sender.befriend(recipient)


async def _told(sender: Client, recipient: Client, room_id: str) -> Scam:
    since = (await recipient.call("GET", "/sync"))["next_batch"]
    scam = await sender.scam(room_id)
    await recipient.watch(scam, sender.id, since)
    return scam


def _seen(news: dict[str, Any], sender: str) -> Iterator[str]:
    for event in news.get("account_data", {}).get("events", []):
        if event["type"] == "m.ignored_user_list" and sender in event["content"]["ignored_users"]:
            yield _IGNORED
    for room in news.get("rooms", {}).get("join", {}).values():
        if any(each["sender"] == BOT and each["type"] == "m.room.message" for each in room["timeline"]["events"]):
            yield _NOTICE
