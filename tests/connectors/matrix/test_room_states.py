"""States of rooms that cannot be read: what is behind them waits for some minutes, not for ever (MX-10)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest

from connectors.matrix import room_states
from connectors.matrix.homeserver import HomeserverError, TooLong
from schemas.records import FriendRequested, MessageSent
from tests.connectors.matrix.talk import room_id

if TYPE_CHECKING:
    from tests.connectors.matrix.talk import Talk

FAR: Final = "@far:elsewhere.example"
BEN: Final = "@ben:elsewhere.example"
FAULTS: Final = [
    HomeserverError(500, "M_UNKNOWN"),
    HomeserverError(0, "no answer"),
    HomeserverError(200, "no JSON"),
    HomeserverError(404, "without a code"),
]


def test_a_room_with_more_state_than_is_read_holds_nothing_up__mx_10(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused = list[object]()

    async def refuse(*path: object, **_: object) -> dict[str, Any]:
        refused.append(path)
        raise TooLong(10)

    talk.direct("mika", "rosa", "dm")
    joined = talk.membership("rosa", "huge", "join")
    message = talk.event("m.room.message", "mika", "dm", content={"body": "Hello"})
    with monkeypatch.context() as patched:
        patched.setattr(talk.homeserver, "request", refuse)
        records = talk.send(joined, message)
        talk.member("tom", "huge", "join")  # reads nothing again
    assert len(refused) == 1
    assert MessageSent in map(type, records)
    assert f"{room_id('huge')} is not read: the homeserver answered 200 an answer of more than 10 bytes" in caplog.text


def test_who_invites_into_a_room_that_is_not_read_is_in_it__mx_10_mx_1(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets past the friend gate by a room with much state."""

    async def refuse(*_: object, **__: object) -> dict[str, Any]:
        raise TooLong(10)

    with monkeypatch.context() as patched:
        patched.setattr(talk.homeserver, "request", refuse)
        talk.send(talk.membership("tom", "huge", "join"))
    records = talk.member("rosa", "huge", "invite", FAR, is_direct=True)
    assert FriendRequested in map(type, records)


class _Failing:
    """A homeserver that does not tell a room's state, and a clock; `whoami` is what else it answers."""

    def __init__(self, talk: Talk, monkeypatch: pytest.MonkeyPatch, fault: HomeserverError) -> None:
        self.fault, self.whoami, self.now_s = fault, True, 0.0
        monkeypatch.setattr(talk.homeserver, "request", self._request)
        monkeypatch.setattr(room_states, "monotonic", lambda: self.now_s)

    async def _request(self, _: str, path: str, *__: object, **___: object) -> dict[str, Any]:
        if self.whoami and path.endswith("whoami"):
            return {}
        raise self.fault


def _behind_a_broken_room(talk: Talk) -> list[dict[str, Any]]:
    talk.direct("mika", "rosa", "dm")
    hello = talk.event("m.room.message", "mika", "dm", content={"body": "Hello"})
    return [talk.membership(FAR, "broken", "join"), hello]


def _wait(talk: Talk, failing: _Failing, events: list[dict[str, Any]], *times_s: float) -> None:
    for failing.now_s in times_s:
        with pytest.raises(HomeserverError):
            talk.send(*events, transaction="t")


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_room_whose_state_the_homeserver_fails_to_tell_holds_things_up_for_minutes_only__mx_10(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: HomeserverError
) -> None:
    events = _behind_a_broken_room(talk)
    failing = _Failing(talk, monkeypatch, fault)
    _wait(talk, failing, events, 0, 60, 179)
    failing.now_s = 180
    assert MessageSent in map(type, talk.send(*events, transaction="t"))
    assert f"{room_id('broken')} is not read: {fault}" in caplog.text
    assert len(talk.send(talk.membership(BEN, "broken", "join"))) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_homeserver_that_answers_nothing_is_waited_for__mx_10(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, fault: HomeserverError
) -> None:
    events = _behind_a_broken_room(talk)
    failing = _Failing(talk, monkeypatch, fault)
    _wait(talk, failing, events, 0)
    failing.whoami = False
    _wait(talk, failing, events, 60, 600)
    failing.whoami = True
    _wait(talk, failing, events, 660, 839)  # three minutes again, since it may only be starting


def test_a_state_that_the_connector_may_not_read_is_waited_for__mx_10(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = _behind_a_broken_room(talk)
    _wait(talk, _Failing(talk, monkeypatch, HomeserverError(403, "M_FORBIDDEN")), events, 0, 600)


def test_a_state_that_never_comes_is_a_failure__mx_10(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    events = _behind_a_broken_room(talk)

    async def hang(*path: str, **_: object) -> dict[str, Any]:
        if not path[1].endswith("whoami"):
            await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(talk.homeserver, "request", hang)
    monkeypatch.setattr(room_states, "_ATTEMPT_S", 0.01)
    with pytest.raises(HomeserverError, match="no state in time"):
        talk.send(*events, transaction="t")
