"""The Matrix stories: what people do with their clients, and what these have to show of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jobs.local.matrix.scene import now_ms
from schemas.records import RefuseFriend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobs.local.matrix.person import Person
    from jobs.local.matrix.scene import Scene

NAMES: Final = ("rosa", "mika", "piet", "piet_v", "ruth", "sasha", "tara", "hana", "eve", "kim")
"""Whoever is in the stories; eve reviews decisions, and kim is left for whoever looks on."""
_NO: Final = "👎"


@dataclass(frozen=True, slots=True)
class Cast:
    """The people by their names, the room of the reviewers, and names that the stories give to rooms."""

    people: Mapping[str, Person]
    moderation: str
    rooms: dict[str, str]

    def __getitem__(self, name: str) -> Person:
        return self.people[name]


@dataclass(frozen=True, slots=True)
class MatrixStory:
    """A story: what it is about, what would have happened without the job, and how it is played."""

    title: str
    about: str
    without: str
    play: Callable[[Cast, Scene], None]


def _scam(cast: Cast, scene: Scene) -> None:
    rosa, mika = cast["rosa"], cast["mika"]
    room = mika.befriend(rosa)
    mika.say(room, "It was nice to meet you at the market!").raise_for_status()
    sent_ms = now_ms()
    mika.say(room, "I need a gift card today, can you help me?").raise_for_status()
    ways = {
        "@rosa's client ignores @mika": lambda: rosa.ignores(mika),
        "@rosa's client shows a notice": lambda: _notice(rosa, "Warning"),
    }
    scene.shows(sent_ms, ways)


def _lookalike(cast: Cast, scene: Scene) -> None:
    rosa, piet, double = cast["rosa"], cast["piet"], cast["piet_v"]
    sent_ms = now_ms()
    room = double.room(rosa, is_direct=True)
    waits = "the invitation waits: @rosa's client does not show it any more"
    asked = {
        waits: lambda: _is_gone(rosa, double, room),
        "@piet's client shows a question": lambda: _notice(piet, double.id),
    }
    scene.shows(sent_ms, asked)
    _answer(piet, piet.notice_rooms(), double.id, _NO)
    scene.has(RefuseFriend, requester_id=double.id)
    sent_ms = now_ms()
    again = double.room(rosa, is_direct=True)
    scene.shows(sent_ms, {"the second invitation is declined": lambda: _is_gone(rosa, double, again)})


def _group(cast: Cast, scene: Scene) -> None:
    ruth, sasha, tara, hana, eve = (cast[name] for name in ("ruth", "sasha", "tara", "hana", "eve"))
    room = ruth.room(hana, sasha, name="Garden")
    cast.rooms[room] = "Garden"
    sasha.invite(room, tara.id)
    tara.join(room).raise_for_status()
    hana.say(room, "The tomatoes are ripe.").raise_for_status()
    sent_ms = now_ms()
    sasha.say(room, "Double your money in a week, ask me how!").raise_for_status()
    sanctioned = {
        "@sasha is out of the group Garden": lambda: hana.membership(room, sasha.id) == "ban",
        "@tara, whom @sasha let in, cannot write there": lambda: tara.is_muted(room),
        "@eve's client shows the decision to those who review": lambda: _text(eve, cast.moderation, sasha.id),
    }
    scene.shows(sent_ms, sanctioned)
    answered_ms = now_ms()
    _answer(eve, [cast.moderation], sasha.id, _NO)
    overturned = {
        "@sasha's client shows an invitation into the group again": lambda: sasha.is_invited(room),
        "@tara can write again": lambda: not tara.is_muted(room),
    }
    scene.shows(answered_ms, overturned)


def _is_gone(invited: Person, inviter: Person, room_id: str) -> bool:
    """Return whether an invitation that has been there is not shown any more."""
    return inviter.membership(room_id, invited.id) == "leave" and not invited.is_invited(room_id)


def _answer(person: Person, rooms: list[str], about: str, key: str) -> None:
    """React to the bot's question about an account."""
    for room_id in rooms:
        for event_id, text in person.messages(room_id).items():
            if about in text:
                person.react(room_id, event_id, key)


def _notice(person: Person, about: str) -> str:
    return next((text for text in person.notices() if about in text), "")


def _text(person: Person, room_id: str, about: str) -> str:
    return next((text for text in person.reads(room_id) if about in text), "")


STORIES: Final = (
    MatrixStory(
        "Mika, whom Rosa met at the market",
        "They have been friends for a moment only, and Mika asks for a gift card.",
        "Rosa has only her own suspicion, and Mika's next message is waiting.",
        _scam,
    ),
    MatrixStory(
        "Piet's double",
        "A new account has Piet's name and a cut-out of Piet's picture, and invites Rosa, who is a friend of Piet's.",
        "what looks like Piet becomes Rosa's friend, and asks as a friend.",
        _lookalike,
    ),
    MatrixStory(
        "Somebody advertises in the garden group, and a reviewer is lenient",
        "Sasha, who has let Tara in, promises to double everybody's money. Eve, who reviews decisions, overturns it.",
        "the whole group is asked, and whom Sasha let in carries on.",
        _group,
    ),
)
