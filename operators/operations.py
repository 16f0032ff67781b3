"""What does the platform have to do about a decision? Key: the protected account.

All commands of an operation leave together with their decision (FA-33); none is addressed to the sender (FA-32).
"""

from collections.abc import Iterator
from dataclasses import replace

from operators.identity import identify
from operators.operator import Context
from operators.policy import FriendshipAgePolicy, Operation, WarnChannel
from operators.policy_action import IN_APP_WARNING
from schemas.records import (
    BlockAccount,
    Channel,
    Decision,
    ExitSession,
    Record,
    RequestReview,
    RequestVerification,
    Warn,
)
from state.catalog import ALERT_NUMBER, BLOCKS, SELF
from state.entries import Block, Verification


def carry_out(decision: Decision, operation: Operation, section: FriendshipAgePolicy, ctx: Context) -> Iterator[Record]:
    """Yield a decision and the commands of its operation on the pair; a block counts from here on (FA-27)."""
    yield decision
    if operation.block:
        block = Block(decision.at_ms, decision.decision_id, decision.outcome)
        ctx[BLOCKS].put(decision.subject_id, block)
        yield _block(decision)
    if operation.exit_session:
        yield _exit_session(decision, forbid=operation.forbid)
    for channel, destination in _addresses(operation, section, ctx).items():
        yield _warn(decision, channel, destination)


def warned_in_app(operation: Operation) -> Operation:
    """Return the operation without verification and with a warning in the app."""
    others = tuple(channel for channel in operation.warn if channel is not WarnChannel.IN_APP)
    return replace(operation, verify=False, warn=(*IN_APP_WARNING.warn, *others))


def _addresses(operation: Operation, section: FriendshipAgePolicy, ctx: Context) -> dict[WarnChannel, str | None]:
    """Return where the warnings go. One that has no number or platform to go to goes into the app (FA-30)."""
    found: dict[WarnChannel, str | None] = {}
    for channel in operation.warn:
        destination = _destination(channel, section, ctx)
        found[WarnChannel.IN_APP if destination is None else channel] = destination
    return found


def _destination(channel: WarnChannel, section: FriendshipAgePolicy, ctx: Context) -> str | None:
    if channel is WarnChannel.PLATFORM:
        return section.alert_platform
    if channel is WarnChannel.NUMBER:
        own = ctx[ALERT_NUMBER].get(SELF)
        return (own.number if own else None) or section.alert_number
    return None


def _block(decision: Decision) -> BlockAccount:
    account_id = decision.other_id or ""
    return BlockAccount(
        command_id=identify(decision.decision_id, "BlockAccount", account_id),
        decision_id=decision.decision_id,
        at_ms=decision.at_ms,
        account_id=account_id,
        blocked_id=decision.subject_id,
    )


def _exit_session(decision: Decision, *, forbid: bool) -> ExitSession:
    account_id = decision.other_id or ""
    return ExitSession(
        command_id=identify(decision.decision_id, "ExitSession", account_id),
        decision_id=decision.decision_id,
        at_ms=decision.at_ms,
        account_id=account_id,
        other_id=decision.subject_id,
        forbid=forbid,
    )


def _warn(decision: Decision, channel: WarnChannel, destination: str | None) -> Warn:
    account_id = decision.other_id or ""
    return Warn(
        command_id=identify(decision.decision_id, "Warn", account_id, channel),
        decision_id=decision.decision_id,
        at_ms=decision.at_ms,
        account_id=account_id,
        about_id=decision.subject_id,
        channel=channel,
        destination=destination,
        report=report(decision),
    )


def report(decision: Decision) -> str:
    """Return what a warning says: who is suspected, by which decision, why (FA-31)."""
    about, protected, reasons = decision.subject_id, decision.other_id, ", ".join(decision.reasons)
    return f"{about} is suspected of fraud against {protected} (decision {decision.decision_id}; {reasons})."


def request_verification(decision: Decision, asked: Verification) -> RequestVerification:
    """Return the request to ask the sender's person."""
    account_id, channel = decision.other_id or "", Channel(asked.channel)
    return RequestVerification(
        command_id=identify(decision.decision_id, "RequestVerification", account_id, channel),
        decision_id=decision.decision_id,
        at_ms=decision.at_ms,
        verification_id=decision.decision_id,
        account_id=account_id,
        about_id=decision.subject_id,
        app=asked.app,
        alternate_id=asked.alternate_id,
        channel=channel,
    )


def request_review(decision: Decision, summary: str) -> RequestReview:
    """Return the request that people look at the sender."""
    return RequestReview(
        command_id=identify(decision.decision_id, "RequestReview", decision.subject_id),
        decision_id=decision.decision_id,
        at_ms=decision.at_ms,
        subject_id=decision.subject_id,
        rule=decision.rule,
        summary=summary,
    )
