"""Every command is carried out once and taken back once, wherever the process is killed in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.matrix.commands.ledger import Entry, Ledger, Status
from schemas.records import (
    AcceptFriend,
    AddMember,
    AskLookalike,
    BlockAccount,
    CancelPrompt,
    Channel,
    CloseEventGroup,
    CreateEventGroup,
    EventMember,
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
    RevokeCommand,
    TellEnded,
    Warn,
    WarnChannel,
)
from schemas.topics import COMMANDS, TOPICS
from tests.connectors.matrix.commands.acting import AT_MS, BOB, MIKA, ROSA, Acting, revocation
from tests.connectors.matrix.commands.fake_homeserver import Killed

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = {"request_id": "r1", "account_id": ROSA, "requester_id": MIKA}
GROUP = {"incident_id": "i1", "group_id": "g1"}
GATHERING = {**GROUP, "account_id": MIKA, "roles": (EventRole.OBJECT,)}


def fixed(kind: type[Record], /, **fields: Any) -> Record:
    """Return a command with an id that is the same in every run."""
    suffix = fields.get("action", "")
    return kind(command_id=f"{kind.__name__}{suffix}", decision_id="d1", at_ms=AT_MS, **fields)


def founded() -> Record:
    founder = EventMember(account_id=ROSA, roles=(EventRole.EVENT_USER,), permission=Permission.POST)
    return fixed(CreateEventGroup, **GROUP, latitude=1.0, longitude=2.0, kind="accident", members=(founder, founder))


def prompted() -> Record:
    return fixed(PromptToJoin, **GATHERING, deadline_ms=AT_MS)


def managed(action: MemberAction) -> Callable[[str], list[Record]]:
    return lambda group: [fixed(ManageMember, group_id=group, account_id=MIKA, action=action)]


def alone(kind: type[Record], **fields: Any) -> Callable[[str], list[Record]]:
    return lambda _group: [fixed(kind, **fields)]


WARNING = {"account_id": ROSA, "about_id": MIKA, "channel": WarnChannel.IN_APP, "report": "suspected"}
VERIFICATION = {"verification_id": "d1", "account_id": ROSA, "about_id": MIKA}
CASES: dict[str, Callable[[str], list[Record]]] = {
    "BlockAccount": alone(BlockAccount, account_id=ROSA, blocked_id=MIKA),
    "ExitSession": alone(ExitSession, account_id=ROSA, other_id=MIKA, forbid=True),
    "Warn": alone(Warn, **WARNING),
    "RequestVerification": alone(RequestVerification, **VERIFICATION, app="FIRST_APP", channel=Channel.TEXT),
    "AskLookalike": alone(AskLookalike, **REQUEST, lookalike_id=BOB),
    "AcceptFriend": lambda _: [fixed(AskLookalike, **REQUEST, lookalike_id=BOB), fixed(AcceptFriend, **REQUEST)],
    "RefuseFriend": alone(RefuseFriend, **REQUEST, reason="DENIED"),
    **{f"ManageMember {action}": managed(action) for action in MemberAction},
    "RequestReview": alone(RequestReview, subject_id=MIKA, rule="strangers", summary="look"),
    "CreateEventGroup": lambda _: [founded()],
    "PromptToJoin": lambda _: [founded(), prompted()],
    "AddMember": lambda _: [founded(), fixed(AddMember, **GATHERING, permission=Permission.POST)],
    "CancelPrompt": lambda _: [founded(), prompted(), fixed(CancelPrompt, incident_id="i1", account_id=MIKA)],
    "CloseEventGroup": lambda _: [founded(), fixed(CloseEventGroup, **GROUP)],
    "TellEnded": alone(TellEnded, **GROUP, account_id=ROSA),
}


def ready() -> tuple[Acting, str]:
    """Return a homeserver with two rooms of Rosa and Mika, a group that Rosa administers, and an invitation."""
    acting = Acting()
    acting.server.room(MIKA, ROSA)
    acting.server.room(ROSA, MIKA)
    group = acting.server.room(ROSA, MIKA, BOB)
    acting.request("r1", MIKA, ROSA)
    return acting, group


def test_every_type_of_command_is_tried() -> None:
    tried = {type(command) for case in CASES.values() for command in case("!g")}
    assert tried | {RevokeCommand} == set(TOPICS[COMMANDS].records)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("revoked", [False, True], ids=["sent", "revoked"])
def test_a_kill_anywhere_changes_nothing__mx_20(name: str, revoked: bool) -> None:  # noqa: FBT001
    straight, group = ready()
    commands = CASES[name](group)
    if revoked:
        commands.append(revocation(commands[-1]))
    straight.execute(*commands)
    straight.execute(*commands)
    for number in range(1, straight.server.requests + 1):
        acting, _ = ready()
        acting.server.kill_at = number
        with pytest.raises(Killed):
            acting.execute(*commands)
        acting.start()
        acting.execute(*commands)
        assert acting.server.snapshot() == straight.server.snapshot(), f"killed after request {number}"


@pytest.mark.parametrize("name", CASES)
def test_a_repeated_command_asks_the_homeserver_for_nothing(name: str) -> None:
    acting, group = ready()
    commands = CASES[name](group)
    acting.execute(*commands)
    acting.server.asked.clear()
    acting.execute(*commands)
    assert not acting.server.asked


@pytest.mark.parametrize("name", CASES)
def test_a_command_whose_revocation_came_first_is_not_carried_out__rv_9(name: str) -> None:
    acting, group = ready()
    *before, command = CASES[name](group)
    acting.execute(*before)
    seen = acting.server.snapshot()
    acting.execute(revocation(command), command)
    assert acting.server.snapshot() == seen


def test_a_revocation_of_what_failed_takes_back_what_was_done_of_it() -> None:
    acting, _ = ready()
    (command,) = CASES["AskLookalike"]("")
    acting.server.kill_at = 2
    with pytest.raises(Killed):
        acting.execute(command)
    acting.executor.give_up(command, "M_FORBIDDEN")
    acting.execute(revocation(command))
    assert acting.server.rooms["!5"].membership(ROSA) == "invite"


def test_a_command_that_was_given_up_is_not_tried_again() -> None:
    acting, _ = ready()
    (command,) = CASES["Warn"]("")
    acting.executor.give_up(command, "M_FORBIDDEN")
    acting.execute(command)
    assert acting.server.notices(ROSA) == []
    entry = acting.means.ledger.entry("Warn")
    assert entry is not None
    assert entry.status is Status.FAILED


def test_a_revocation_of_what_was_never_begun_does_nothing() -> None:
    acting, _ = ready()
    for name in ("BlockAccount", "ExitSession", "RefuseFriend"):
        (command,) = CASES[name]("")
        acting.executor.give_up(command, "REMOTE_ACCOUNT")
        acting.execute(revocation(command))
    assert not acting.server.asked


def test_an_account_that_is_erased_is_in_no_entry_of_the_ledger__mx_33() -> None:
    acting, group = ready()
    for name in ("BlockAccount", "ExitSession", "ManageMember MUTE"):
        acting.execute(*CASES[name](group))
    acting.means.ledger.forget(MIKA)
    assert acting.store.rows("SELECT * FROM commands") == []
    assert acting.store.rows("SELECT * FROM mentions") == []


def test_old_commands_are_forgotten_except_those_that_have_yet_to_end() -> None:
    acting = Acting()
    ledger = Ledger(acting.store)
    for name, due_ms in (("old", None), ("to end", 2**60)):
        ledger.begin(Entry(name, "Warn", "d", ROSA, "", Status.BEGUN, {}))
        ledger.settle(name, Status.DONE, due_ms)
    acting.execute(*CASES["RequestReview"](""))
    acting.store.run("UPDATE questions SET at_ms = 0")
    acting.store.run("UPDATE commands SET at_ms = 0")
    ledger.begin(Entry("new", "Warn", "d", ROSA, "", Status.BEGUN, {}))
    ledger.prune()
    assert {name for (name,) in acting.store.rows("SELECT command_id FROM commands")} == {"to end", "new"}
    assert acting.store.rows("SELECT * FROM questions") == []
