"""A messenger in memory with a connector, held against the test kit; subclasses are broken, each in one way."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final

from connectors.kit.adapter import Happening, Sample, Sent
from schemas.codec import encode
from schemas.records import (
    BlockAccount,
    FriendAdded,
    ManageMember,
    MemberAction,
    MessageSent,
    Record,
    RevokeCommand,
    Warn,
    WarnChannel,
)
from schemas.topics import COMMANDS, INPUT_OF, TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOW_MS: Final = 1_772_442_000_000
SUPPORTED: Final = (BlockAccount, Warn, ManageMember)


class Killed(Exception):
    """The process has ended in the middle of something."""


class Messenger:
    """What people see: block lists, muted members, notices; and the log from which events are delivered."""

    def __init__(self) -> None:
        self.entries = set[tuple[str, str, str]]()
        self.notices = dict[str, str]()
        self.log = list[tuple[str, str, str, int]]()

    def act(self, kind: str, actor: str, other: str) -> None:
        self.log.append((kind, actor, other, NOW_MS - 1000 + len(self.log)))

    def notify(self, account: str, transaction: str) -> None:
        """Show a notice, unless one with this transaction id is shown."""
        self.notices.setdefault(transaction, account)


class ToyConnector:
    """A connector that keeps the rules: derived ids, effects before records, revocations remembered."""

    def __init__(self) -> None:
        self.messenger = Messenger()
        self.produced = list[Sent]()
        self.position = 0
        self.settled = dict[str, str]()
        self.taken_back = set[str]()
        self.die_at: str | None = None
        self.numbers = count()

    # What the connector does.

    def report(self) -> None:
        for index in range(self.position, len(self.messenger.log)):
            self.produce(self.event_of(index))
            self.reach(f"event {index}")
            self.position = index + 1

    def event_of(self, index: int) -> Record:
        kind, actor, other, at_ms = self.messenger.log[index]
        event_id = self.event_id(index)
        if kind == "befriend":
            return FriendAdded(event_id=event_id, at_ms=at_ms, account_id=actor, friend_id=other)
        return MessageSent(event_id=event_id, at_ms=at_ms, sender_id=actor, recipient_id=other, text="hello")

    def event_id(self, index: int) -> str:
        return f"log-{index}"

    def produce(self, record: Record) -> None:
        topic = INPUT_OF[type(record)]
        at_ms: int = record.at_ms  # type: ignore[attr-defined]
        sent = Sent(topic=topic.name, key=topic.key_of(record), value=encode(record), timestamp_ms=at_ms)
        self.produced.append(sent)

    def execute(self, command: Record) -> None:
        if isinstance(command, RevokeCommand):
            if command.revoked_id not in self.taken_back:
                self.take_back(command)
                self.reach("effect")
                self.taken_back.add(command.revoked_id)
            return
        command_id: str = command.command_id  # type: ignore[attr-defined]
        if command_id not in self.settled and command_id not in self.taken_back:
            self.affect(command)
            self.reach("effect")
            self.settled[command_id] = type(command).__name__

    def affect(self, command: Record) -> None:
        if isinstance(command, Warn):
            self.messenger.notify(command.account_id, command.command_id)
        else:
            self.messenger.entries.add(entry_of(command))

    def take_back(self, command: RevokeCommand) -> None:
        if command.revoked_id in self.settled:
            self.messenger.entries.discard(entry_of(command))

    def reach(self, place: str) -> None:
        if place == self.die_at:
            self.die_at = None
            raise Killed

    # What the kit asks for.

    def play(self) -> Sequence[Happening]:
        happenings = self._act()
        self.report()
        return happenings

    def play_and_kill(self) -> Sequence[Happening]:
        happenings = self._act()
        self.die_at = "event 1"
        try:
            self.report()
        except Killed:
            return happenings
        raise AssertionError("it was to be killed")

    def _act(self) -> Sequence[Happening]:
        self.messenger.act("befriend", "rosa", "mika")
        for _ in range(2):
            self.messenger.act("write", "mika", "rosa")
        message = Happening(MessageSent, {"sender_id": "mika", "recipient_id": "rosa", "text": "hello"})
        return [Happening(FriendAdded, {"account_id": "rosa", "friend_id": "mika"}), message, message]

    def deliver_again(self) -> None:
        self.position = 0
        self.report()

    def sent(self) -> Sequence[Sent]:
        return self.produced

    def now_ms(self) -> int:
        return NOW_MS

    def samples(self) -> Sequence[Sample]:
        number = next(self.numbers)
        rosa, mika = f"rosa{number}", f"mika{number}"
        block = BlockAccount(command_id=f"b{number}", decision_id="d", at_ms=NOW_MS, account_id=rosa, blocked_id=mika)
        mute = ManageMember(
            command_id=f"m{number}",
            decision_id="d",
            at_ms=NOW_MS,
            group_id="choir",
            account_id=mika,
            action=MemberAction.MUTE,
        )
        warn = Warn(
            command_id=f"w{number}",
            decision_id="d",
            at_ms=NOW_MS,
            account_id=rosa,
            about_id=mika,
            channel=WarnChannel.IN_APP,
            report="suspected of fraud",
        )
        unblock = partial(self.messenger.entries.discard, entry_of(block))
        return [
            Sample(command=block, undone_by_people=unblock),
            Sample(command=mute),
            Sample(command=warn, revocable=False),
        ]

    def carry_out(self, commands: Sequence[Record]) -> None:
        for command in commands:
            self.execute(command)

    def carry_out_and_kill(self, command: Record) -> None:
        self.die_at = "effect"
        try:
            self.execute(command)
        except Killed:
            return
        self.die_at = None

    def start(self) -> None:
        self.report()

    def seen(self, command: Record) -> int:
        if isinstance(command, Warn):
            return Counter(self.messenger.notices.values())[command.account_id]
        return int(entry_of(command) in self.messenger.entries)

    def unsupported(self) -> Mapping[type[Record], str]:
        others = {*TOPICS[COMMANDS].records} - {*SUPPORTED, RevokeCommand}
        return dict.fromkeys(others, "a line for the operator")


def entry_of(command: Record) -> tuple[str, str, str]:
    """Return the entry of a list that a command, or the revocation of one, is about."""
    if isinstance(command, ManageMember):
        return (command.group_id, command.account_id, command.action)
    if isinstance(command, RevokeCommand) and command.action:
        return (command.group_id or "", command.account_id, command.action)
    blocked = command.other_id if isinstance(command, RevokeCommand) else command.blocked_id  # type: ignore[attr-defined]
    return ("blocked", command.account_id, blocked or "")  # type: ignore[attr-defined]
