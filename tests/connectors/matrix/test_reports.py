"""Reports and erasures, for which the homeserver has to be asked (MX-6, MX-8)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from connectors.matrix.events.reports import EVENT_REPORTS, USER_REPORTS
from connectors.matrix.events.watch import Watch
from jobs.errors import BadInput
from schemas.records import AccountErased, FriendRemoved, MemberJoined, MemberReported, MessageSent
from tests.connectors.matrix.talk import NOW_MS, Talk, room_id, user

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.records import Record

EVENTS = "/_synapse/admin/v1/event_reports"
USERS = "/_synapse/admin/v1/user_reports"
ACCOUNTS = "/_synapse/admin/v3/users"


def report(number: int, **fields: Any) -> dict[str, Any]:
    given = {"reason": "spam", "room_id": room_id("club"), "sender": user("mika"), "event_id": "$x", "score": -100}
    return {"id": number, "received_ts": NOW_MS + number, "user_id": user("ben"), **given, **fields}


def asked(talk: Talk, kind: str = EVENT_REPORTS) -> list[Record]:
    before = len(talk.writer.written)
    asyncio.run(Watch(talk.desk, talk.store).reports(kind))
    return talk.writer.written[before:]


@pytest.fixture
def reporting(talk: Talk) -> Talk:
    """Provide a group of three, with a connector that has asked for reports once."""
    talk.group("ada", "club", "ben", "mika")
    for path, kind in ((EVENTS, EVENT_REPORTS), (USERS, USER_REPORTS)):
        talk.homeserver.answers[path] = {kind: [], "total": 0}
        asked(talk, kind)
    return talk


def test_a_reported_message_in_a_group_reports_its_sender_once__mx_6(reporting: Talk) -> None:
    reporting.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(2), report(1)]}
    first, second = asked(reporting)
    assert isinstance(first, MemberReported)
    assert isinstance(second, MemberReported)
    assert (first.group_id, first.account_id, first.reporter_id) == (room_id("club"), user("mika"), user("ben"))
    assert (first.at_ms, second.at_ms, first.reason) == (NOW_MS + 1, NOW_MS + 2, "spam")
    assert asked(reporting) == []
    reporting.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(3), report(2), report(1)]}
    assert len(asked(reporting)) == 1


def test_a_report_in_a_room_from_before_the_connector_tells_first_who_is_in_it__mx_6_mx_10(reporting: Talk) -> None:
    joins = [reporting.membership(name, "old", "join") for name in ("ada", "ben", "mika")]
    created = reporting.event("m.room.create", "ada", "old", state_key="")
    path = f"/_synapse/admin/v1/rooms/{room_id('old')}/state"
    reporting.homeserver.answers[path] = {"state": [created, *joins]}
    reporting.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(1, room_id=room_id("old"))]}
    *_, reported = found = asked(reporting)
    assert isinstance(reported, MemberReported)
    assert [each.account_id for each in found if isinstance(each, MemberJoined)] == [
        user("ada"),
        user("ben"),
        user("mika"),
    ]
    assert {each.at_ms for each in found if isinstance(each, MemberJoined)} == {reported.at_ms - 1}


def test_reports_from_before_the_connector_are_not_sent__mx_6(talk: Talk) -> None:
    talk.group("ada", "club", "ben", "mika")
    talk.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(7)]}
    assert asked(talk) == []
    talk.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(8), report(7)]}
    assert len(asked(talk)) == 1


def test_a_report_that_kafka_refuses_is_sent_the_next_time__mx_6(reporting: Talk) -> None:
    reporting.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(1)]}
    reporting.writer.fault = BadInput("groups", "no room")
    with pytest.raises(BadInput):
        asked(reporting)
    reporting.writer.fault = None
    assert len(asked(reporting)) == 1


def test_an_answer_that_makes_no_sense_ends_nothing_and_is_in_no_log(
    reporting: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    reporting.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(1, user_id={"a": "secret"})]}
    watch = Watch(reporting.desk, reporting.store)
    asyncio.run(watch._unless_refused(watch.reports(EVENT_REPORTS)))
    assert "an answer that makes no sense: ValidationError" in caplog.text
    assert "secret" not in caplog.text


def test_a_reported_user_is_reported_in_the_groups_that_both_are_in__mx_6(reporting: Talk) -> None:
    reporting.group("ada", "team", "ben", "mika")
    reporting.group("ada", "else", "mika")
    listed = report(1, target_user_id=user("mika"), room_id=None, sender=None, reason=None)
    reporting.homeserver.answers[USERS] = {USER_REPORTS: [listed]}
    found = asked(reporting, USER_REPORTS)
    assert [each.group_id for each in found if isinstance(each, MemberReported)] == [room_id("club"), room_id("team")]
    assert len({each.event_id for each in found if isinstance(each, MemberReported)}) == 2


def test_rooms_that_are_no_groups_take_no_place_of_the_groups__mx_6(reporting: Talk) -> None:
    for number in range(20):
        reporting.direct("mika", "ben", f"a{number}")
    listed = report(1, target_user_id=user("mika"), room_id=None, sender=None)
    reporting.homeserver.answers[USERS] = {USER_REPORTS: [listed]}
    found = asked(reporting, USER_REPORTS)
    assert [each.group_id for each in found if isinstance(each, MemberReported)] == [room_id("club")]


@pytest.mark.parametrize("fields", [{"sender": None}, {"sender": user("ben")}, {"room_id": room_id("dm")}])
def test_a_report_of_nobody_of_oneself_or_in_no_group_becomes_nothing__mx_6(reporting: Talk, fields: Any) -> None:
    reporting.direct("mika", "ben", "dm")
    reporting.homeserver.answers[EVENTS] = {EVENT_REPORTS: [report(1, **fields)]}
    assert asked(reporting) == []


def erase(talk: Talk, name: str, *, erased: bool = True) -> None:
    talk.homeserver.answers[f"/_synapse/admin/v2/users/{user(name)}"] = {"name": user(name), "erased": erased}


def test_who_leaves_as_an_erased_account_is_erased_and_nothing_else__mx_8(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    talk.group("ada", "club", "mika")
    erase(talk, "mika")
    (erased,) = talk.member("mika", "dm", "leave")
    assert isinstance(erased, AccountErased)
    assert erased.account_id == user("mika")
    assert talk.member("mika", "club", "leave") == []
    assert "mika" not in str(talk.store.rows("SELECT * FROM erasures"))
    assert talk.store.rows("SELECT * FROM profiles WHERE account = ?", user("mika")) == []


def test_leaving_several_rooms_at_once_is_one_erasure__mx_8(talk: Talk) -> None:
    for room in ("one", "two"):
        talk.group("ada", room, "mika")
    erase(talk, "mika")
    assert [type(each) for each in talk.send(*(talk.membership("mika", room, "leave") for room in ("one", "two")))] == [
        AccountErased
    ]


def test_no_table_names_an_erased_account__mx_8(talk: Talk) -> None:
    talk.group("mika", "own", "ben")
    talk.group("ada", "club", "mika")
    talk.member("carl", "club", "invite", "mika")
    talk.member("carl", "club", "join")
    talk.group("ada", "team", "mika")
    talk.member("mika", "team", "ban", "ada")
    talk.direct("mika", "rosa", "ended")
    talk.member("mika", "ended", "leave")
    talk.direct("mika", "rosa", "dm")
    talk.member("mika", "dm", "join", displayname="Mika")
    talk.store.run("INSERT INTO departures VALUES (?, ?, ?, ?)", room_id("dm"), user("rosa"), NOW_MS, user("mika"))
    erase(talk, "mika")
    talk.member("mika", "dm", "leave")
    tables = [name for (name,) in talk.store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert len(tables) > 5
    named = [name for name in tables if "@mika" in str(talk.store.rows(f"SELECT * FROM {name}"))]  # noqa: S608
    assert named == []
    assert talk.member("mika", "club", "leave") == []
    (message,) = talk.say("carl", "club")
    assert isinstance(message, MessageSent)


def test_an_erasure_looks_through_no_table_of_rooms_and_people__mx_8(talk: Talk) -> None:
    """Else each erasure would take as long as there are rooms on the homeserver, and events would wait meanwhile."""
    talk.direct("mika", "rosa", "dm")
    talk.group("ada", "club", "ben")
    connection, seen = talk.store._connection, list[str]()
    connection.set_trace_callback(seen.append)
    erase(talk, "mika")
    assert AccountErased in map(type, talk.member("mika", "dm", "leave"))
    connection.set_trace_callback(None)
    asked = [each for each in seen if each.startswith(("SELECT", "DELETE", "UPDATE"))]
    plans = [plan for each in asked for *_, plan in talk.store.rows(f"EXPLAIN QUERY PLAN {each}")]
    assert any("SEARCH members USING INDEX members_by_inviter" in plan for plan in plans)
    tables = ("rooms", "members", "named", "profiles", "departures", "requests", "commands", "questions", "decisions")
    assert [plan for plan in plans if plan.startswith(tuple(f"SCAN {table}" for table in tables))] == []


def test_no_file_of_the_store_names_an_erased_account__mx_8(talk: Talk, tmp_path: Path) -> None:
    def named(name: str) -> bool:
        return any(f"@{name}".encode() in each.read_bytes() for each in tmp_path.glob("matrix.db*"))

    talk.direct("mika", "rosa", "dm")
    erase(talk, "mika")
    assert named("mika")
    talk.member("mika", "dm", "leave")
    assert [named(name) for name in ("mika", "rosa")] == [False, True]


def test_a_deactivated_account_that_is_not_erased_only_leaves__mx_8(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    erase(talk, "mika", erased=False)
    assert [type(each) for each in talk.member("mika", "dm", "leave")] == [FriendRemoved]


def test_an_erased_account_in_no_room_is_found_among_the_deactivated__mx_8(talk: Talk) -> None:
    listed = [{"name": user("mika"), "erased": True}, {"name": user("tom"), "erased": False}]
    talk.homeserver.answers[ACCOUNTS] = {"users": listed, "total": 2}
    watch = Watch(talk.desk, talk.store)
    asyncio.run(watch.erasures())
    (erased,) = talk.writer.written
    assert isinstance(erased, AccountErased)
    assert (erased.account_id, erased.at_ms) == (user("mika"), NOW_MS)
    asyncio.run(watch.erasures())
    assert len(talk.writer.written) == 1
