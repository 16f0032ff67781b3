"""Commands of the friend gate to the platform: accept or refuse a friend request, ask a friend, tell the target.

A request that joined an open one gets commands of its own, so that both end (FA-65); their ids contain the request id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.commands import header_of
from schemas.records import AcceptFriend, AskLookalike, Decision, RefuseFriend, Warn, WarnChannel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def accept_requests(decision: Decision, request_ids: Iterable[str]) -> Iterator[AcceptFriend]:
    """Yield the commands that accept the requests."""
    for request_id, joined in _with_id_suffix(request_ids):
        account_id = decision.other_id or ""
        yield AcceptFriend(
            **header_of(AcceptFriend, decision, account_id, *joined),
            request_id=request_id,
            account_id=account_id,
            requester_id=decision.subject_id,
        )


def refuse_requests(decision: Decision, request_ids: Iterable[str], reason: str) -> Iterator[RefuseFriend]:
    """Yield the commands that refuse the requests."""
    for request_id, joined in _with_id_suffix(request_ids):
        account_id = decision.other_id or ""
        yield RefuseFriend(
            **header_of(RefuseFriend, decision, account_id, *joined),
            request_id=request_id,
            account_id=account_id,
            requester_id=decision.subject_id,
            reason=reason,
        )


def ask_lookalikes(decision: Decision, request_id: str, lookalike_ids: Iterable[str]) -> Iterator[AskLookalike]:
    """Yield the commands that ask each friend, on its own account, if the requester's account is theirs too (FA-55)."""
    for lookalike_id in lookalike_ids:
        yield AskLookalike(
            **header_of(AskLookalike, decision, lookalike_id),
            request_id=request_id,
            account_id=decision.other_id or "",
            requester_id=decision.subject_id,
            lookalike_id=lookalike_id,
        )


def note_to_target(decision: Decision) -> Warn:
    """Return the note that the requester looks like a friend, of whom nobody has said so: no suspicion (FA-60)."""
    account_id, about_id, reasons = decision.other_id or "", decision.subject_id, ", ".join(decision.reasons)
    return Warn(
        **header_of(Warn, decision, account_id, WarnChannel.IN_APP),
        account_id=account_id,
        about_id=about_id,
        channel=WarnChannel.IN_APP,
        report=f"{about_id} looks like a friend of {account_id} and may be somebody else: nobody who was asked has "
        f"answered (decision {decision.decision_id}; {reasons}).",
    )


def _with_id_suffix(request_ids: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, request_id in enumerate(request_ids):
        yield request_id, (request_id,) if number else ()
