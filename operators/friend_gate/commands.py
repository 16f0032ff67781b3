"""Commands of the friend gate to the platform: accept or refuse a friend request, ask an imitated friend.

A request that joined an open one gets commands of its own, so that both end (FA-65); their ids contain the request id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.commands import header_of
from schemas.records import AcceptFriend, AskLookalike, Decision, RefuseFriend

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


def _with_id_suffix(request_ids: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, request_id in enumerate(request_ids):
        yield request_id, (request_id,) if number else ()
