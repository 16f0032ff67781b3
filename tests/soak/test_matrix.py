"""Soak: the Matrix connector while Kafka is away and it is killed itself, with clients that go on."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from connectors.kit.event_checks import ambiguous, faults_of
from schemas.records import FriendAdded, FriendRemoved, FriendRequested, MemberJoined, MessageSent, Warn, WarnChannel
from tests.connectors.matrix.stage import open_stage

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pytest

    from tests.connectors.matrix.stage import Client, Stage

AWAY_S: Final = 30.0
BEFORE_S: Final = 10.0
KILLS: Final = 2
CATCHING_UP_S: Final = 15.0
WITHIN_S: Final = 300.0
PAUSE_S: Final = 10.0
"""In which whatever comes twice would come again."""
KAFKA_IS_AWAY: Final = 2
"""The exit code of a connector that finds no broker."""
PAIRS: Final = 6
EVERY_S: Final = 0.25
PAGE: Final = "/_matrix/client/v3/rooms/{}/messages?dir=b&limit=100"


class Told:
    """What clients have done, as the homeserver has acknowledged it: messages by author, in order; friendships."""

    def __init__(self) -> None:
        self.messages: dict[str, list[str]] = {}
        self.friendships = Counter[tuple[str, str]]()
        self.warnings = Counter[tuple[str, str]]()
        self.ends = Counter[int | None]()
        """How the connector has ended, by its exit codes, before it was started again."""
        self.is_over = False


async def write(told: Told, client: Client, room: str) -> None:
    """Write message after message."""
    sent = told.messages.setdefault(client.id, [])
    while not told.is_over:
        sent.append(await client.say(room, f"number {len(sent)}"))
        await asyncio.sleep(EVERY_S)


async def befriend(told: Told, first: Client, second: Client) -> None:
    """Become friends and part, again and again, each time in a room of its own."""
    while not told.is_over:
        room = await first.room(is_direct=True, invite=[second.id])
        await second.join(room)
        await second.nio.room_leave(room)
        told.friendships[first.id, second.id] += 1
        await asyncio.sleep(EVERY_S)


async def supervise(told: Told, stage: Stage) -> None:
    """Start the connector whenever it does not run, as a supervisor of processes would."""
    while not told.is_over:
        if not stage.is_running():
            told.ends[stage.exit_code()] += 1
            stage.start()
        await asyncio.sleep(EVERY_S)


async def running(stage: Stage) -> None:
    """Return once the connector runs."""
    async with asyncio.timeout(WITHIN_S):
        while not stage.is_running():  # noqa: ASYNC110 - a process tells nobody
            await asyncio.sleep(EVERY_S)


async def kill(stage: Stage) -> None:
    """Kill the connector once it runs."""
    await running(stage)
    stage.kill()


async def warn(told: Told, stage: Stage, clients: list[Client], text: str) -> None:
    """Have everybody warned."""
    for client in clients:
        told.warnings[client.id, f"Warning: {text}"] += 1
    fields = {"decision_id": text, "at_ms": 1_772_442_000_000, "about_id": "@x:y", "channel": WarnChannel.IN_APP}
    warnings = [Warn(command_id=f"{text}{each.id}", account_id=each.id, report=text, **fields) for each in clients]
    await asyncio.to_thread(stage.command, *warnings)


async def disturb(told: Told, stage: Stage, clients: list[Client], chance: random.Random) -> None:
    """Stop Kafka for a while, and kill the connector meanwhile, and once more while it catches up."""
    await asyncio.sleep(BEFORE_S)
    await warn(told, stage, clients, "before")
    await asyncio.to_thread(stage.broker.stop)
    begin_s = time.monotonic()
    for moment in sorted(chance.uniform(0, AWAY_S) for _ in range(KILLS)):
        await asyncio.sleep(max(0.0, begin_s + moment - time.monotonic()))
        await kill(stage)
    await asyncio.sleep(max(0.0, begin_s + AWAY_S - time.monotonic()))
    await asyncio.to_thread(stage.broker.start)
    await warn(told, stage, clients, "after")
    moment = chance.uniform(0, CATCHING_UP_S)
    await asyncio.sleep(moment)
    await kill(stage)
    await asyncio.sleep(CATCHING_UP_S - moment)
    await running(stage)
    told.is_over = True


async def story(told: Told, stage: Stage, chance: random.Random) -> None:
    """Let pairs of people write to each other and in a group, and two become friends again and again."""
    async with asyncio.timeout(WITHIN_S), AsyncExitStack() as stack:
        names = ("founder", "guest", *(f"person{number}" for number in range(2 * PAIRS)))
        founder, guest, *clients = [await stack.enter_async_context(stage.client(name)) for name in names]
        club = await founder.room(invite=[each.id for each in clients])
        doing = [befriend(told, founder, guest), write(told, guest, await guest.room(invite=[founder.id]))]
        for first, second in zip(clients[::2], clients[1::2], strict=True):
            await first.join(club)
            await second.join(club)
            room = await first.room(is_direct=True, invite=[second.id])
            await second.join(room)
            doing += [write(told, first, room), write(told, second, club)]
        await asyncio.gather(supervise(told, stage), disturb(told, stage, clients, chance), *doing)


async def warnings_seen(told: Told, stage: Stage) -> Counter[tuple[str, str]]:
    """Return which warnings people have, each as often as they see it."""
    seen = Counter[tuple[str, str]]()
    for account in {account for account, _ in told.warnings}:
        async with stage.client(account[1:].partition(":")[0]) as client:
            rooms = (await client.nio.joined_rooms()).rooms
            pages = [await client.call("GET", PAGE.format(room)) for room in rooms]
        events = [event for page in pages for event in page["chunk"] if event["type"] == "m.room.message"]
        bodies = (event["content"].get("body", "") for event in events)
        seen.update((account, body) for body in bodies if body.startswith("Warning: "))
    return seen


def firsts(stage: Stage, told: Told) -> dict[str, list[str]]:
    """Return the ids of the messages on their topic by author, each where it is for the first time."""
    found: dict[str, dict[str, None]] = {author: {} for author in told.messages}
    for each in messages(stage.records(), told):
        found[each.sender_id].setdefault(each.event_id)
    return {author: list(ids) for author, ids in found.items()}


def messages(records: Iterable[Any], told: Told) -> list[MessageSent]:
    return [each for each in records if isinstance(each, MessageSent) and each.sender_id in told.messages]


def once(records: Iterable[Any], kind: type[Any], pair: Callable[[Any], tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Return how often two are in records of a type, each id counted once."""
    distinct = {each.event_id: each for each in records if isinstance(each, kind)}
    return Counter(map(pair, distinct.values()))


def friendships(records: list[Any]) -> list[Counter[tuple[str, str]]]:
    """Return how often two have asked, become friends and parted."""
    return [
        once(records, FriendRequested, lambda each: (each.requester_id, each.target_id)),
        once(records, FriendAdded, lambda each: (each.friend_id, each.account_id)),
        once(records, FriendRemoved, lambda each: (each.friend_id, each.account_id)),
    ]


def has_caught_up(told: Told, stage: Stage) -> bool:
    """Return whether all that clients have done is on the topics, and everybody is warned."""
    parted = friendships(stage.records())[-1]
    return (
        firsts(stage, told) == told.messages
        and parted == told.friendships
        and asyncio.run(warnings_seen(told, stage)) == told.warnings
    )


def test_kafka_is_away_and_the_connector_is_killed_while_people_go_on__mx_9_mx_20(
    tmp_path: Path, chance: random.Random, record_property: pytest.RecordProperty
) -> None:
    told = Told()
    with open_stage(tmp_path) as stage:
        asyncio.run(story(told, stage, chance))
        over_s = time.monotonic()
        while not has_caught_up(told, stage):
            assert time.monotonic() < over_s + WITHIN_S, stage.log()
            time.sleep(1.0)
        record_property("caught up after (s)", round(time.monotonic() - over_s))
        time.sleep(PAUSE_S)
        assert asyncio.run(warnings_seen(told, stage)) == told.warnings
        assert stage.stop() == 0, stage.log()
        sent, records = stage.sent(), stage.records()
    written = sum(map(len, told.messages.values()))
    record_property("starts", told.ends.total())
    record_property("messages", written)
    record_property("repeated", len(messages(records, told)) - written)
    assert {code: times for code, times in told.ends.items() if code != KAFKA_IS_AWAY} == {
        None: 1,  # the first start
        -signal.SIGKILL: KILLS + 1,
    }
    assert list(faults_of(sent, time.time_ns() // 1_000_000)) == []
    assert list(ambiguous(records)) == []
    ((pair, times),) = told.friendships.items()
    assert [each[pair] for each in friendships(records)] == [times, times, times]
    assert friendships(records)[-1] == told.friendships
    assert set(once(records, MemberJoined, lambda each: (each.group_id, each.account_id)).values()) == {1}
