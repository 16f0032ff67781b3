"""Checks that a connector carries out each command once, whatever is repeated or killed, and takes it back."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from connectors.kit.adapter import Check, ConnectorUnderTest, Sample
from schemas.records import Record, RevokeCommand
from schemas.topics import COMMANDS, TOPICS


def revocation_of(command: Record) -> RevokeCommand:
    """Return the command that takes a command back, as the job sends it."""
    known: dict[str, Any] = msgspec.to_builtins(command)
    others = (known[name] for name in ("blocked_id", "other_id", "about_id", "requester_id") if name in known)
    return RevokeCommand(
        command_id=f"revoke-{known['command_id']}",
        decision_id=known["decision_id"],
        at_ms=known["at_ms"],
        revoked_id=known["command_id"],
        revoked_type=type(command).__name__,
        account_id=known["account_id"],
        other_id=next(others, None),
        group_id=known.get("group_id"),
        action=getattr(command, "action", None),
    )


def _wrong(connector: ConnectorUnderTest, sample: Sample, times: int, when: str) -> Iterator[str]:
    seen = connector.seen(sample.command)
    if seen != times:
        yield f"{type(sample.command).__name__} {when} is seen {seen} times, not {times}"


def _all_known(connector: ConnectorUnderTest) -> Iterator[str]:
    supported = {type(sample.command) for sample in connector.samples()}
    unsupported = connector.unsupported()
    for kind in TOPICS[COMMANDS].records:
        if kind is not RevokeCommand and (kind in supported) is (kind in unsupported):
            yield f"{kind.__name__} is {'both' if kind in supported else 'neither'} a sample and unsupported"
    yield from (f"{kind.__name__}: nothing is done instead" for kind, instead in unsupported.items() if not instead)


def _once(connector: ConnectorUnderTest) -> Iterator[str]:
    for sample in connector.samples():
        yield from _wrong(connector, sample, 0, "before it was sent")
        connector.carry_out([sample.command])
        yield from _wrong(connector, sample, 1, "once sent")
        connector.carry_out([sample.command, sample.command])
        yield from _wrong(connector, sample, 1, "sent three times")


def _restarted(connector: ConnectorUnderTest) -> Iterator[str]:
    for sample in connector.samples():
        connector.carry_out_and_kill(sample.command)
        connector.start()
        connector.carry_out([sample.command])
        yield from _wrong(connector, sample, 1, "of a connector that was killed before it remembered")


def _free(connector: ConnectorUnderTest) -> Iterator[str]:
    for sample in connector.samples():
        if sample.undone_by_people is not None:
            connector.carry_out([sample.command])
            sample.undone_by_people()
            connector.carry_out([sample.command])
            yield from _wrong(connector, sample, 0, "repeated after people had taken it back")


def _revoked(connector: ConnectorUnderTest) -> Iterator[str]:
    for sample in connector.samples():
        if sample.revocable:
            revocation = revocation_of(sample.command)
            connector.carry_out([sample.command, revocation])
            yield from _wrong(connector, sample, 0, "and revoked")
            connector.carry_out([revocation, sample.command])
            yield from _wrong(connector, sample, 0, "revoked, and both repeated")


def _revoked_first(connector: ConnectorUnderTest) -> Iterator[str]:
    for sample in connector.samples():
        if sample.revocable:
            connector.carry_out([revocation_of(sample.command)])
            connector.carry_out([sample.command])
            yield from _wrong(connector, sample, 0, "after its revocation")


def _revoked_and_killed(connector: ConnectorUnderTest) -> Iterator[str]:
    for sample in connector.samples():
        if sample.revocable:
            connector.carry_out([sample.command])
            connector.carry_out_and_kill(revocation_of(sample.command))
            connector.start()
            connector.carry_out([revocation_of(sample.command)])
            yield from _wrong(connector, sample, 0, "revoked by a connector that was killed meanwhile")


def _begun_twice(connector: ConnectorUnderTest) -> Iterator[str]:
    for sample in connector.samples():
        if sample.revocable:
            connector.carry_out_and_kill(sample.command)
            connector.start()
            connector.carry_out([sample.command, revocation_of(sample.command)])
            yield from _wrong(connector, sample, 0, "begun again by a connector that was killed, and revoked")


COMMAND_CHECKS: Final = tuple(
    Check(name, lambda connector, find=find: list(find(connector)))  # type: ignore[misc]
    for name, find in (
        ("every type of command is carried out, or said to be unsupported", _all_known),
        ("a command is carried out once, however often it is sent", _once),
        ("a command is carried out once by a connector that is killed", _restarted),
        ("a repeated command does not undo what people did since", _free),
        ("a revoked command leaves nothing behind", _revoked),
        ("a command whose revocation came first is not carried out", _revoked_first),
        ("a revocation is carried out by a connector that is killed", _revoked_and_killed),
        ("a revoked command that was begun twice leaves nothing behind", _begun_twice),
    )
)
