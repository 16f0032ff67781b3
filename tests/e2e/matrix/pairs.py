"""Stories of two people: a scam, a stolen account, a lookalike, an erasure. Each returns what people have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas.records import AccountErased, AlternateAccountLinked, Channel, FriendAdded
from tests.connectors.matrix.talk import PASSWORD
from tests.e2e.matrix.people import NO, YES
from tests.e2e.matrix.town import now_ms

if TYPE_CHECKING:
    from tests.e2e.matrix.town import Act

DEMAND: Final = "I need a gift card today, can you help?"
_YEAR_MS: Final = 365 * 86_400_000


async def scam_by_a_new_friend(act: Act) -> dict[str, Any]:
    """A friend of a minute asks for a gift card."""
    mika, rosa = await act.people("mika", "rosa")
    room = await mika.befriends(rosa)
    await mika.say(room, "How are you?")
    await act.midst()
    await mika.say(room, DEMAND)
    await act.until(rosa.notices)
    await act.until(rosa.ignores)
    await act.end()
    return {"scammer": mika.id, "ignored": await rosa.ignores(), "notices": await rosa.notices()}


async def stolen_account(act: Act) -> dict[str, Any]:
    """An old friend's account asks for a gift card; its owner is asked through another application, and says no."""
    nora, olaf = await act.people("nora", "olaf")
    room = await nora.befriends(olaf)
    mail, long_ago_ms = f"{olaf.id[1:]}.mail", now_ms() - _YEAR_MS
    await act.send(
        FriendAdded(
            event_id=f"{room}-old", at_ms=now_ms(), account_id=nora.id, friend_id=olaf.id, since_ms=long_ago_ms
        ),
        AlternateAccountLinked(
            event_id=f"{room}-linked",
            at_ms=long_ago_ms,
            account_id=olaf.id,
            app="mail",
            alternate_id=mail,
            channels=(Channel.TEXT,),
            last_used_ms=long_ago_ms,
            verified=True,
        ),
    )
    await olaf.say(room, DEMAND)
    asked = await act.until(act.asked, olaf.id)
    before = await nora.ignores()
    await act.midst()
    await act.town.gateway.answer(asked[0], "1", genuine=False)
    await act.until(nora.ignores)
    await act.until(nora.notices)
    await act.end()
    return {
        "thief": olaf.id,
        "asked": await act.asked(olaf.id),
        "asked at": {(each["app"], each["alternate_id"]) for each in act.town.gateway.asked[asked[0]]},
        "linked": ("mail", mail),
        "ignored before": before,
        "ignored": await nora.ignores(),
        "notices": await nora.notices(),
        "notices of the account": await olaf.notices(),
    }


async def lookalike(act: Act) -> dict[str, Any]:
    """Two accounts with a friend's name ask to be friends: a stranger's, and the friend's own second one."""
    ruth, nina, stranger, second = await act.people("ruth", "nina", "nin", "nina-too-")
    for each in (nina, stranger, second):
        await each.nio.set_displayname(f"Nina Weber {act.number}")
    await nina.befriends(ruth)
    rooms = [await each.room(is_direct=True, invite=[ruth.id]) for each in (stranger, second)]
    asked = [(await act.until(nina.notices, each.id))[0] for each in (stranger, second)]
    waiting = await ruth.invitations()
    await act.midst()
    await nina.answer(asked[0], NO)
    await nina.answer(asked[1], YES)
    await act.until(ruth.is_invited, rooms[1])
    await act.until(act.decided, stranger.id, "REFUSED_DENIED")
    await act.end()
    return {
        "waiting": waiting & set(rooms),
        "invited": [room in await ruth.invitations() for room in rooms],
        "may come": [await _can_join(ruth, room) for room in rooms],
        "questions": [len(await nina.notices(each.id)) for each in (stranger, second)],
    }


async def _can_join(person: Any, room: str) -> bool:
    return hasattr(await person.nio.join(room), "room_id")


async def erasure(act: Act) -> dict[str, Any]:
    """Somebody who has asked for money deletes the account, with its data."""
    dora, emil, fred = await act.people("dora", "emil", "fred")
    rooms = [await each.befriends(emil) for each in (dora, fred)]
    await dora.say(rooms[0], DEMAND)
    await act.until(act.are_carried_out, emil.id, 2)
    await act.midst()
    known = dora.id.encode() in act.town.kept()
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": dora.id}, "password": PASSWORD}
    await dora.call("POST", "/_matrix/client/v3/account/deactivate", {"auth": login, "erase": True})
    await act.until(act.were_told, AccountErased, dora)
    erased_ms = now_ms()
    await fred.say(rooms[1], DEMAND)
    await act.until(emil.ignores_besides, dora)
    await act.end()
    said = [each for each in act.town.topics.outputs() if _time_of(each) > erased_ms]
    return {
        "known before": known,
        "kept": dora.id.encode() in act.town.kept(),
        "said of the other": any(fred.id in repr(each) for each in said),
        "said": [each for each in said if dora.id in repr(each)],
    }


def _time_of(output: Any) -> int:
    return int(getattr(output, "at_ms", 0) or output.window_end_ms)
