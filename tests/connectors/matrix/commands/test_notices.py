"""Warnings and questions to a person: in the bot's room, or by the gateway."""

from __future__ import annotations

import msgspec
import pytest

from connectors.matrix.commands.action import Impossible
from connectors.matrix.homeserver import HomeserverError
from schemas.records import Channel, Record, RequestVerification, TellEnded, Warn, WarnChannel
from tests.connectors.matrix.commands.acting import MIKA, ROSA, Acting, header, revocation
from tests.connectors.matrix.commands.fake_homeserver import BOT, SERVER


class Wire:
    """A gateway that remembers what it was asked for, or refuses."""

    def __init__(self, fault: HomeserverError | None = None) -> None:
        self.told: list[tuple[str, str]] = []
        self.fault = fault

    async def ask(self, command: RequestVerification) -> None:
        self.told.append(("ask", command.verification_id))

    async def cancel(self, verification_id: str) -> None:
        self.told.append(("cancel", verification_id))

    async def warn(self, command: Warn) -> None:
        if self.fault is not None:
            raise self.fault
        self.told.append(("warn", command.destination or ""))


def warning(channel: WarnChannel = WarnChannel.IN_APP, destination: str | None = None) -> Warn:
    fields = {"account_id": ROSA, "about_id": MIKA, "channel": channel, "destination": destination}
    return Warn(**header(), **fields, report=f"{MIKA} is suspected of fraud.")


def question(app: str = "FIRST_APP") -> RequestVerification:
    fields = {"verification_id": "v1", "account_id": ROSA, "about_id": MIKA, "app": app}
    return RequestVerification(**header(), **fields, alternate_id=None, channel=Channel.TEXT)


def test_a_warning_is_a_notice_in_a_room_with_the_bot_in_which_the_person_is__mx_26() -> None:
    acting = Acting()
    acting.execute(warning())
    assert acting.server.notices(ROSA) == [f"Warning: {MIKA} is suspected of fraud."]
    assert acting.server.notices(MIKA) == []


def test_the_second_warning_comes_into_the_same_room() -> None:
    acting = Acting()
    acting.execute(warning(), warning())
    assert len(acting.server.notices(ROSA)) == 2
    assert len(acting.server.aliases) == 1


def test_a_notice_takes_few_requests_for_somebody_waits_for_it__mx_26() -> None:
    acting = Acting()
    acting.execute(warning())
    assert acting.server.requests == 4
    acting.execute(warning())
    assert acting.server.requests == 6


def test_who_has_left_the_room_is_let_in_again() -> None:
    acting = Acting()
    acting.execute(warning())
    (room_id,) = acting.server.aliases.values()
    acting.server.rooms[room_id].state["m.room.member", ROSA] = {"membership": "leave"}
    acting.execute(warning())
    assert len(acting.server.notices(ROSA)) == 2


def test_somebody_of_another_server_is_invited_and_reads_it_after_joining() -> None:
    acting, far = Acting(), "@far:elsewhere.test"
    acting.execute(msgspec.structs.replace(warning(), account_id=far))
    (room_id,) = acting.server.aliases.values()
    assert acting.server.rooms[room_id].membership(far) == "invite"
    assert len(acting.server.rooms[room_id].messages) == 1


def test_the_name_of_the_room_names_nobody() -> None:
    acting = Acting()
    acting.execute(warning())
    (alias,) = acting.server.aliases
    assert "rosa" not in alias
    assert alias.endswith(f":{SERVER}")


@pytest.mark.parametrize("channel", [WarnChannel.NUMBER, WarnChannel.PLATFORM])
def test_a_warning_to_a_number_or_a_platform_goes_by_the_gateway(channel: WarnChannel) -> None:
    wire = Wire()
    acting = Acting(wire)
    acting.execute(warning(channel, "110"))
    assert wire.told == [("warn", "110")]
    assert acting.server.notices(ROSA) == []


@pytest.mark.parametrize("status", [400, 503])
def test_where_the_gateway_refuses_the_person_is_warned__fa_30(status: int) -> None:
    wire = Wire(HomeserverError(status, "NO"))
    acting = Acting(wire)
    acting.execute(warning(WarnChannel.PLATFORM, "110"))
    assert len(acting.server.notices(ROSA)) == 1


def test_without_a_gateway_the_person_is_warned__fa_30() -> None:
    acting = Acting()
    acting.execute(warning(WarnChannel.NUMBER, "110"))
    assert len(acting.server.notices(ROSA)) == 1


def test_the_owner_of_an_account_is_asked_by_the_gateway_and_the_question_is_taken_back__mx_27() -> None:
    wire, command = Wire(), question("telephone")
    acting = Acting(wire)
    acting.execute(command, revocation(command))
    assert wire.told == [("ask", "v1"), ("cancel", "v1")]
    assert acting.server.aliases == {}


def test_without_a_gateway_nobody_can_be_asked_through_another_application() -> None:
    with pytest.raises(Impossible, match="NO_GATEWAY"):
        Acting().execute(question("telephone"))


def test_in_the_first_application_the_owner_is_asked_in_the_bots_room_and_does_not_learn_who_is_protected() -> None:
    acting = Acting()
    acting.execute(question())
    (asked,) = acting.server.notices(MIKA)
    assert ROSA not in asked
    (row,) = acting.store.rows("SELECT kind, asked, fields FROM questions")
    assert row[:2] == ("VERIFICATION", MIKA)
    assert msgspec.json.decode(row[2]) == {"verification_id": "v1", "account_id": ROSA}


def test_the_two_answers_stand_below_a_question() -> None:
    acting = Acting()
    acting.execute(question())
    (room_id,) = acting.server.aliases.values()
    related = [each["m.relates_to"] for each in acting.server.rooms[room_id].messages.values() if "body" not in each]
    assert [each["key"] for each in related] == ["\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}"]


def test_a_question_that_is_taken_back_disappears_and_counts_no_more() -> None:
    acting, command = Acting(), question()
    acting.execute(command, revocation(command))
    assert acting.server.notices(MIKA) == []
    assert acting.store.rows("SELECT * FROM questions") == []


@pytest.mark.parametrize("kind", [Warn, TellEnded])
def test_a_notice_is_sent_once(kind: type[Record]) -> None:
    acting = Acting()
    ended = TellEnded(**header(), incident_id="i1", group_id="g1", account_id=ROSA)
    command = ended if kind is TellEnded else warning()
    acting.execute(command, command)
    acting.start()
    acting.execute(command)
    assert len(acting.server.notices(ROSA)) == 1
    assert BOT in acting.server.rooms[next(iter(acting.server.aliases.values()))].joined()
