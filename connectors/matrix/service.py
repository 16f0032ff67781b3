"""The connector's process: its parts run side by side until it is stopped, or one of them fails."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from connectors.matrix.application_service import open_application_service
from connectors.matrix.bot import check_bot, make_administrator, register_bot
from connectors.matrix.commands.actions import means_of
from connectors.matrix.commands.command_desk import CommandDesk
from connectors.matrix.commands.gateway import HttpGateway, NoGateway
from connectors.matrix.commands.gateway_answers import routes_of
from connectors.matrix.commands.guard import Guard
from connectors.matrix.events.event_desk import EventDesk
from connectors.matrix.events.memory import Memory
from connectors.matrix.events.takeover import take_over
from connectors.matrix.events.watch import Watch
from connectors.matrix.guard_duty import GuardDuty
from connectors.matrix.homeserver import open_homeserver
from connectors.matrix.intake import Intake
from connectors.matrix.registration import load_registration
from connectors.matrix.store import StoredPositions, open_store
from connectors.matrix.waking import Waking
from connectors.topics.event_writer import open_event_writer
from connectors.topics.pulse import Pulse
from connectors.topics.topic_reader import open_topic_reader
from schemas.topics import COMMANDS, DECISIONS

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from connectors.matrix.commands.gateway import Gateway
    from connectors.matrix.configuration import Configuration, Settings


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raise BadInput for what is wrong at the start, or where Kafka refuses."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        parts = await _open(settings, stack)
        running = [asyncio.ensure_future(part) for part in (*parts, _until(stopped))]
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def check_start(settings: Settings, administrator: str | None) -> None:
    """Open what the parts need, and close it again. Raise BadInput as `serve` does.

    By the token of an `administrator` the connector's user becomes one, too.
    """
    given, brokers = settings.given, settings.brokers()
    bot, token = load_registration(settings.registration).login(given.homeserver.server_name)
    address = given.homeserver.address
    async with open_homeserver(address, token, bot) as homeserver:
        await register_bot(homeserver, address)
        if administrator is not None:
            await make_administrator(address, administrator, bot)
        await check_bot(homeserver, address)
    async with open_event_writer(brokers, settings.framing(brokers)):
        pass


async def take_over_rooms(settings: Settings) -> tuple[int, int]:
    """Send what is in rooms from before; return how many rooms were new, and known. Raise BadInput as `serve` does."""
    given, brokers = settings.given, settings.brokers()
    bot, token = load_registration(settings.registration).login(given.homeserver.server_name)
    with open_store(settings.store) as store:
        async with (
            open_homeserver(given.homeserver.address, token, bot) as homeserver,
            open_event_writer(brokers, settings.framing(brokers)) as writer,
        ):
            await check_bot(homeserver, given.homeserver.address)
            return await take_over(EventDesk(given, homeserver, Memory(store, given.homeserver.server_name), writer))


async def _open(settings: Settings, stack: AsyncExitStack) -> list[Coroutine[None, None, None]]:
    """Open what the parts need, start to listen, and return the parts that run by themselves."""
    given, brokers = settings.given, settings.brokers()
    registration = load_registration(settings.registration)
    store = stack.enter_context(open_store(settings.store))
    bot, token = registration.login(given.homeserver.server_name)
    homeserver = await stack.enter_async_context(open_homeserver(given.homeserver.address, token, bot))
    await register_bot(homeserver, given.homeserver.address)
    await check_bot(homeserver, given.homeserver.address)
    writer = await stack.enter_async_context(open_event_writer(brokers, settings.framing(brokers)))
    commands, decisions = [
        await stack.enter_async_context(
            # Each has a framing of its own: its caches are for one thread.
            open_topic_reader(brokers, settings.framing(brokers), topic, StoredPositions(store, topic))
        )
        for topic in (COMMANDS, DECISIONS)
    ]
    events = EventDesk(given, homeserver, Memory(store, given.homeserver.server_name), writer)
    means = means_of(homeserver, store, given, await _gateway(given, stack))
    duty, pulse = GuardDuty(Guard(means, given.moderation_room), homeserver, store), Pulse(writer, homeserver.bot)
    intake = Intake(events, duty, pulse)
    waking = Waking(homeserver, registration.id, intake.work_off)
    listen, routes = given.listen, routes_of(given.gateway, means.ledger, writer)
    await stack.enter_async_context(
        open_application_service(listen.host, listen.port, registration.hs_token, waking.work_off, routes)
    )
    watch, desk = Watch(events, store), CommandDesk(store, means, writer)
    told = (watch.run_reports(), watch.run_erasures())
    return [waking.run(), pulse.run(), duty.run(), desk.run(commands, decisions), *told]


async def _gateway(given: Configuration, stack: AsyncExitStack) -> Gateway:
    if given.gateway is None:
        return NoGateway()
    return HttpGateway(await stack.enter_async_context(open_homeserver(given.gateway.address, given.gateway.token, "")))


async def _until(stopped: asyncio.Event) -> None:
    await stopped.wait()
