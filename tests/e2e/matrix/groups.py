"""Stories of groups: a spammer and who let it in, three reports, a ban that is overturned, an event group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas.records import IncidentAudited, IncidentClosed, IncidentReported, LocationUpdated
from tests.e2e.matrix.pairs import DEMAND
from tests.e2e.matrix.people import NO
from tests.e2e.matrix.town import MODERATOR, now_ms

if TYPE_CHECKING:
    from tests.e2e.matrix.people import Person
    from tests.e2e.matrix.town import Act

_LATITUDE: Final = 48.2
_LONGITUDE: Final = 16.37


async def spammer_in_a_group(act: Act) -> dict[str, Any]:
    """A member of a group posts spam, three report it; it came in by another member's guest."""
    eve, (ada, ben, cora, dan, zoe) = await act.person(MODERATOR), await act.people("ada", "ben", "cora", "dan", "zoe")
    reporters = await act.people("ida", "joe", "kai")
    room = await ada.group(ben, *reporters)
    await ben.lets_in(room, cora)
    await cora.lets_in(room, dan)
    spam = await dan.say(room, DEMAND)
    await act.midst()
    for each in reporters:
        await each.reports(room, spam)
    await act.until(dan.is_not_in, room)
    await act.until(act.are_carried_out, cora.id, 2)
    await cora.say(room, "He is no friend of mine")
    await cora.nio.room_invite(room, zoe.id)
    await act.until(eve.notices, f"A message of {cora.id}")
    await ben.say(room, "Nor of mine")
    await act.end()
    return {
        "spammer": await ada.membership(room, dan.id),
        "guest of the inviter": await ada.membership(room, zoe.id),
        "others": {await ada.membership(room, each.id) for each in (ben, cora, *reporters)},
        "read": await ada.reads(room),
        "held": len(await eve.notices(f"A message of {cora.id}")),
        "shown to moderators": len(await eve.notices(f"about {dan.id}")),
    }


async def three_reports(act: Act) -> dict[str, Any]:
    """Three members report a harmless message: people look at it, and nothing else happens."""
    eve, (gwen, hugo) = await act.person(MODERATOR), await act.people("gwen", "hugo")
    first, second, third = await act.people("lea", "max", "nic")
    room = await gwen.group(hugo, first, second, third)
    message = await hugo.say(room, "Long live the king")
    await first.reports(room, message)
    await second.reports(room, message)
    await act.midst()
    await third.reports(room, message)
    await act.until(gwen.notices, hugo.id)
    await act.until(eve.notices, hugo.id)
    await act.end()
    return {
        "told": len(await gwen.notices(hugo.id)),
        "asked": len(await eve.notices(hugo.id)),
        "member": await gwen.membership(room, hugo.id),
        "told the member": await hugo.notices(),
    }


async def overturned_ban(act: Act) -> dict[str, Any]:
    """A member is banned; a moderator says that it was wrong, by a reaction."""
    eve, (olga, paul) = await act.person(MODERATOR), await act.people("olga", "paul")
    reporters = await act.people("quin", "rob", "sue")
    room = await olga.group(paul, *reporters)
    message = await paul.say(room, DEMAND)
    for each in reporters:
        await each.reports(room, message)
    await act.until(paul.is_not_in, room)
    (asked, *_) = await act.until(eve.notices, f"about {paul.id}")
    await act.until(_is_banned, olga, room, paul)
    await act.midst()
    await eve.answer(asked, NO)
    await act.until(paul.is_invited, room)
    await paul.join(room)
    await act.end()
    return {
        "questions": len(await eve.notices(f"about {paul.id}")),
        "member": await olga.membership(room, paul.id),
        "can write": await paul.can_write(room),
    }


async def _is_banned(administrator: Person, room: str, member: Person) -> bool:
    return await administrator.membership(room, member.id) == "ban"


async def event_group(act: Act) -> dict[str, Any]:
    """A bystander reports an accident; three who are near are asked, two come, one does not."""
    rita, ned, tina, nils = await act.people("rita", "ned", "tina", "nils")
    near = (ned, tina, nils)
    street, latitude = await rita.group(*near), _LATITUDE + act.number
    for each in near:
        await each.stands_at(street, latitude, _LONGITUDE)
    await act.until(act.were_told, LocationUpdated, *near)
    known, incident = await rita.rooms(), f"accident-{act.number}"
    when = {"at_ms": now_ms(), "incident_id": incident}
    place = {"latitude": latitude, "longitude": _LONGITUDE, "kind": "accident"}
    await act.send(
        IncidentReported(
            event_id=f"{incident}-reported", **when, **place, reporter_id=rita.id, description="A fall.", object_ids=()
        ),
        IncidentAudited(event_id=f"{incident}-audited", **when, auditor_id="auditor", approved=True),
    )
    (room,) = await act.until(_new_rooms, rita, known)
    for each in near:
        await act.until(each.is_invited, room)
    await act.midst()
    await ned.join(room)
    await tina.join(room)
    await nils.nio.room_leave(room)
    for each in (ned, tina):
        await act.until(each.can_write, room)
    await act.until(act.answers, nils)
    await act.send(IncidentClosed(event_id=f"{incident}-closed", at_ms=now_ms(), incident_id=incident))
    await act.until(_cannot_write, rita, room)
    await act.end()
    return {
        "members": [await rita.membership(room, each.id) for each in (rita, *near)],
        "answers": [set(await act.answers(each)) for each in near],
        "told": [each.body for each in await rita.notices() if each.room_id == room],
    }


async def _new_rooms(person: Person, known: set[str]) -> set[str]:
    return await person.rooms() - known


async def _cannot_write(person: Person, room: str) -> bool:
    return not await person.can_write(room)
