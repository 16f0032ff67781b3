"""The commands of Matrix held against the test kit that every connector is held against."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest

from connectors.kit.adapter import Happening, Sample, Sent
from connectors.kit.command_checks import COMMAND_CHECKS
from connectors.matrix.commands.rooms import MARK
from schemas.records import (
    AcceptFriend,
    AddMember,
    AskLookalike,
    BlockAccount,
    CancelPrompt,
    Channel,
    CloseEventGroup,
    CreateEventGroup,
    EventRole,
    ExitSession,
    ManageMember,
    MemberAction,
    Permission,
    PromptToJoin,
    Record,
    RefuseFriend,
    RequestReview,
    RequestVerification,
    TellEnded,
    Warn,
    WarnChannel,
)
from tests.connectors.matrix.commands.acting import AT_MS, Acting
from tests.connectors.matrix.commands.fake_homeserver import SERVER, Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.kit.adapter import Check

_EVENTS: Final = "the checks of events are not for this adapter"


class MatrixUnderTest:
    """The command side on a homeserver in memory. Each call of `samples` has people and rooms of its own."""

    def __init__(self) -> None:
        self.acting = Acting()
        self.numbers = count(1)
        self.looks: dict[str, Callable[[], int]] = {}

    def play(self) -> Sequence[Happening]:
        raise NotImplementedError(_EVENTS)

    def play_and_kill(self) -> Sequence[Happening]:
        raise NotImplementedError(_EVENTS)

    def deliver_again(self) -> None:
        raise NotImplementedError(_EVENTS)

    def sent(self) -> Sequence[Sent]:
        raise NotImplementedError(_EVENTS)

    def now_ms(self) -> int:
        return AT_MS

    def samples(self) -> Sequence[Sample]:
        return [*self._of_two(), *self._of_members(), *self._of_requests(), *self._of_incidents(), *self._of_notices()]

    def carry_out(self, commands: Sequence[Record]) -> None:
        self.acting.execute(*commands)

    def carry_out_and_kill(self, command: Record) -> None:
        """Kill the process when it would note that the command is carried out."""

        def die(*_given: object, **_named: object) -> None:
            raise Killed

        self.acting.means.ledger.settle = die  # type: ignore[method-assign]
        with suppress(Killed):
            self.acting.execute(command)

    def start(self) -> None:
        self.acting.start()

    def seen(self, command: Record) -> int:
        return self.looks[command.command_id]()  # type: ignore[attr-defined]

    def unsupported(self) -> Mapping[type[Record], str]:
        return {}

    def _sample(self, command: Record, look: Callable[[], int], **more: Any) -> Sample:
        self.looks[command.command_id] = look  # type: ignore[attr-defined]
        return Sample(command=command, **more)

    def _header(self) -> dict[str, Any]:
        number = next(self.numbers)
        return {"command_id": f"c{number}", "decision_id": f"d{number}", "at_ms": AT_MS}

    def _people(self) -> tuple[str, str, str]:
        number = next(self.numbers)
        rosa, mika, bob = (f"@{name}{number}:{SERVER}" for name in ("rosa", "mika", "bob"))
        return rosa, mika, bob

    def _membership(self, room: str, account: str, *wanted: str) -> Callable[[], int]:
        return lambda: int(self.acting.server.rooms[room].membership(account) in wanted)

    def _messages(self, command_id: str) -> int:
        """Return how many messages there are because of a command."""
        rooms = self.acting.server.rooms.values()
        return sum(each.get(MARK) == command_id for room in rooms for each in room.messages.values())

    def _of_two(self) -> list[Sample]:
        rosa, mika, _ = self._people()
        room, lists = self.acting.server.room(mika, rosa), self.acting.server.account_data
        name = (rosa, "m.ignored_user_list")

        def ignored() -> int:
            return int(mika in lists.get(name, {}).get("ignored_users", {}))

        def unblock() -> None:
            lists[name] = {"ignored_users": {}}

        block = BlockAccount(**self._header(), account_id=rosa, blocked_id=mika)
        leaving = ExitSession(**self._header(), account_id=rosa, other_id=mika)
        return [
            self._sample(block, ignored, undone_by_people=unblock),
            self._sample(leaving, self._membership(room, rosa, "leave"), revocable=False),
        ]

    def _of_members(self) -> list[Sample]:
        samples = []
        for action in (MemberAction.MUTE, MemberAction.REMOVE, MemberAction.BAN):
            rosa, mika, _ = self._people()
            room = self.acting.server.room(rosa, mika)
            command = ManageMember(**self._header(), group_id=room, account_id=mika, action=action)
            look = self._membership(room, mika, "leave", "ban")
            if action is MemberAction.MUTE:

                def look(room: str = room, mika: str = mika) -> int:
                    return int(self.acting.server.rooms[room].power(mika) < 0)

            if action is MemberAction.BAN:
                look = self._membership(room, mika, "ban")
            samples.append(self._sample(command, look))
        return samples

    def _of_requests(self) -> list[Sample]:
        samples = []
        for kind in (AskLookalike, RefuseFriend):
            rosa, mika, bob = self._people()
            fields = {"request_id": f"r{next(self.numbers)}", "account_id": rosa, "requester_id": mika}
            room = self.acting.request(fields["request_id"], mika, rosa)
            more = {"lookalike_id": bob} if kind is AskLookalike else {"reason": "DENIED"}
            command = kind(**self._header(), **fields, **more)
            samples.append(self._sample(command, self._membership(room, rosa, "leave")))
        rosa, mika, bob = self._people()
        fields = {"request_id": f"r{next(self.numbers)}", "account_id": rosa, "requester_id": mika}
        room = self.acting.request(fields["request_id"], mika, rosa)
        self.acting.execute(AskLookalike(**self._header(), **fields, lookalike_id=bob))
        accepted = AcceptFriend(**self._header(), **fields)
        return [*samples, self._sample(accepted, self._membership(room, rosa, "invite"), revocable=False)]

    def _of_incidents(self) -> list[Sample]:
        samples = []
        for kind in (CreateEventGroup, PromptToJoin, AddMember, CancelPrompt, CloseEventGroup):
            _, mika, _ = self._people()
            group = {"incident_id": f"i{next(self.numbers)}", "group_id": f"g{next(self.numbers)}"}
            alias = f"#kithward-incident-{group['incident_id']}:{SERVER}"
            create = CreateEventGroup(**self._header(), **group, latitude=1, longitude=2, kind="fire", members=())
            asked = {**group, "account_id": mika, "roles": (EventRole.OBJECT,)}
            prompt = PromptToJoin(**self._header(), **asked, deadline_ms=AT_MS)
            if kind is not CreateEventGroup:
                self.acting.execute(create)
            if kind is CancelPrompt:
                self.acting.execute(prompt)
            header = self._header()
            command: Record = {
                CreateEventGroup: create,
                PromptToJoin: prompt,
                AddMember: AddMember(**header, **asked, permission=Permission.POST),
                CancelPrompt: CancelPrompt(**header, incident_id=group["incident_id"], account_id=mika),
                CloseEventGroup: CloseEventGroup(**header, **group),
            }[kind]
            samples.append(self._sample(command, self._of_room(kind, alias, mika), revocable=kind is PromptToJoin))
        return samples

    def _of_room(self, kind: type[Record], alias: str, account: str) -> Callable[[], int]:
        """Return how an effect in an event group is seen."""
        server = self.acting.server
        memberships = {PromptToJoin: "invite", AddMember: "join", CancelPrompt: "leave"}

        def look() -> int:
            if alias not in server.aliases:
                return 0
            room = server.rooms[server.aliases[alias]]
            if kind is CreateEventGroup:
                return sum(1 for message in room.messages.values() if "fire" in message.get("body", ""))
            if kind is CloseEventGroup:
                return int(room.state["m.room.power_levels", ""]["events_default"] == 100)
            return int(room.membership(account) == memberships[kind])

        return look

    def _of_notices(self) -> list[Sample]:
        rosa, mika, _ = self._people()
        group = {"incident_id": "i", "group_id": "g"}
        warn = Warn(
            **self._header(), account_id=rosa, about_id=mika, channel=WarnChannel.IN_APP, report="suspected of fraud"
        )
        asked = {"account_id": rosa, "about_id": mika, "app": "FIRST_APP", "channel": Channel.TEXT}
        question = RequestVerification(**self._header(), verification_id="v", **asked)
        review = RequestReview(**self._header(), subject_id=mika, rule="strangers", summary="look")
        ended = TellEnded(**self._header(), **group, account_id=rosa)
        return [
            self._sample(command, lambda name=command.command_id: self._messages(name), revocable=command is question)
            for command in (warn, question, review, ended)
        ]


@pytest.mark.parametrize("check", COMMAND_CHECKS, ids=str)
def test_the_commands_of_matrix_keep_the_contract(check: Check) -> None:
    assert check.find(MatrixUnderTest()) == []
