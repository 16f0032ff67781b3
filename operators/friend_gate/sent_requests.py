"""Number of an account's friend requests: how many it sent within a time, and what came of them. Keyed by requester.

Used by the step `gate`. One request looks harmless; whoever looks for victims sends many, most of them to people who
have nothing in common with the requester, and few of them lead to a friendship.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from operators.commands import request_review
from operators.decision import Basis, Trigger
from operators.friend_gate.request_comparison import FRIEND
from operators.ids import identify
from operators.policy.action import Action
from operators.policy.friendship_age import FRIEND_GATE
from operators.policy.requests import REQUESTS, REQUESTS_AT_MOST, RequestWindow
from operators.retention import set_cleanup_timer
from state.catalog.entry_key import SELF
from state.catalog.friend_gate import SENT_REQUESTS
from state.entries.profiles import SentRequests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from operators.operator import Context
    from operators.policy.friendship_age import FriendshipAgePolicy
    from schemas.records import RequestCompared, RequestFulfilled

STRANGER, ACCEPTED, REFUSED = 1, 2, 4
"""Bits of a request's mark: nothing in common, a friendship has begun, the gate has refused. They are in savepoints."""

_HASH_DIGITS: Final = 16

SentRequest = tuple[int, str, int]
"""A request's time, the hash of its target, its mark."""


class RequestCount(Struct, frozen=True):
    """How many requests an account has sent within a time, and what came of them so far."""

    within_ms: int
    sent: int
    refused: int
    unanswered: int
    strangers: int

    @property
    def fruitless(self) -> int:
        """Those that have led to no friendship."""
        return self.refused + self.unanswered


def count_request(event: RequestCompared, ctx: Context) -> tuple[RequestCount, ...]:
    """Remember a request and return how many there are with it, for each window of the policy (FA-101)."""
    sent = (event.requested_ms, _hash(event.account_id))
    known = {(at_ms, target): mark for at_ms, target, mark in _read(ctx)}
    known.setdefault(sent, ACCEPTED if event.standing == FRIEND else 0 if event.acquainted else STRANGER)
    requests = sorted((*entry, mark) for entry, mark in known.items())[-REQUESTS_AT_MOST:]
    _write(requests, ctx)
    set_cleanup_timer(ctx, requests[-1][0] + _memory_ms(ctx.policy.friendship_age))
    windows = ctx.policy.friendship_age.requests.windows
    return tuple(_count(requests, event.requested_ms, window) for window in windows)


def _count(requests: Iterable[SentRequest], at_ms: int, window: RequestWindow) -> RequestCount:
    within = [(target, mark) for sent_ms, target, mark in requests if at_ms - window.within_ms < sent_ms <= at_ms]
    marks = [mark for _, mark in within]
    refused = sum(bool(mark & REFUSED) and not mark & ACCEPTED for mark in marks)
    unanswered = sum(not mark & (ACCEPTED | REFUSED) for mark in marks)
    strangers = {target for target, mark in within if mark & STRANGER and not mark & ACCEPTED}
    return RequestCount(window.within_ms, len(marks), refused, unanswered, len(strangers))


def judge_requests(event: RequestCompared, counts: Sequence[RequestCount], ctx: Context) -> Iterator[Any]:
    """Decide that an account sends too many requests, once in a time (FA-103)."""
    section = ctx.policy.friendship_age.requests
    basis = Basis(
        rule=FRIEND_GATE,
        subject_id=ctx.key,
        trigger=Trigger(event.event_id, event.at_ms, event.late or ctx.late),
        policy_version=ctx.policy.version,
    )
    reasons = {
        reason
        for window, count in zip(section.windows, counts, strict=True)
        for reason in _too_many(window, count, basis)
    }
    if not (section.enabled and reasons) or _is_repeated(event, section.repeat_after_ms, ctx):
        return
    known = ctx[SENT_REQUESTS].get(SELF) or SentRequests()
    ctx[SENT_REQUESTS].put(SELF, replace(known, reviewed_ms=event.at_ms, reviewed=event.event_id))
    decision = basis.decide(REQUESTS, {Action.REVIEW} if section.review else (), requests_evidence(counts), reasons)
    yield decision
    if section.review:
        yield request_review(decision, f"{ctx.key} asks very many accounts for their friendship.")


def _too_many(window: RequestWindow, count: RequestCount, basis: Basis) -> Iterator[str]:
    for name in ("sent", "fruitless", "strangers"):
        if basis.conditions.compare(name, getattr(count, name), ">=", getattr(window, name)):
            yield name


def _is_repeated(event: RequestCompared, repeat_after_ms: int, ctx: Context) -> bool:
    known = ctx[SENT_REQUESTS].get(SELF)
    if known is None or known.reviewed_ms < 0 or known.reviewed == event.event_id:
        return False
    return abs(event.at_ms - known.reviewed_ms) < repeat_after_ms


def requests_evidence(counts: Iterable[RequestCount]) -> dict[str, object]:
    """Return the evidence about the number of requests (FA-101)."""
    names = ("within_ms", "sent", "refused", "unanswered", "strangers")
    return {"requests": [{name: getattr(count, name) for name in names} for count in counts]}


def on_fulfilled(event: RequestFulfilled, ctx: Context) -> Iterator[Any]:
    """Note that the target of a request has the requester as a friend now."""
    _mark(event.target_id, ACCEPTED, event.at_ms, ctx)
    yield from ()


def note_refusal(target_id: str, at_ms: int, ctx: Context) -> None:
    """Note that the gate has refused the requests to a target."""
    _mark(target_id, REFUSED, at_ms, ctx)


def _mark(target_id: str, mark: int, until_ms: int, ctx: Context) -> None:
    """Set a bit of the requests to a target up to a time."""
    known, target = _read(ctx), _hash(target_id)
    marked = [
        (at_ms, other, bits | mark if other == target and at_ms <= until_ms else bits) for at_ms, other, bits in known
    ]
    if marked != known:
        _write(marked, ctx)


def forget_sent(before_ms: int, ctx: Context, target_id: str | None = None) -> None:
    """Forget the requests from before a time, with `target_id` only those to that account (C-18)."""
    target = None if target_id is None else _hash(target_id)
    if target is None:
        _forget_review(before_ms, ctx)
    known = _read(ctx)
    left = [each for each in known if each[0] >= before_ms or target not in (None, each[1])]
    if len(left) < len(known):
        _write(left, ctx)


def _forget_review(before_ms: int, ctx: Context) -> None:
    """Forget a decision about the number of requests from before a time."""
    known = ctx[SENT_REQUESTS].get(SELF)
    if known is not None and known.reviewed_ms < before_ms:
        ctx[SENT_REQUESTS].put(SELF, replace(known, reviewed_ms=-1, reviewed=""))


def forget_old_requests(at_ms: int, ctx: Context) -> None:
    """Forget the requests that count in no window any more."""
    known, memory_ms = _read(ctx), _memory_ms(ctx.policy.friendship_age)
    if known and known[-1][0] + memory_ms <= at_ms:
        ctx[SENT_REQUESTS].remove(SELF)
    elif known:
        set_cleanup_timer(ctx, known[-1][0] + memory_ms)


def _memory_ms(section: FriendshipAgePolicy) -> int:
    rules = section.requests
    return max(rules.repeat_after_ms, *(window.within_ms for window in rules.windows))


def _read(ctx: Context) -> list[SentRequest]:
    known = ctx[SENT_REQUESTS].get(SELF) or SentRequests()
    return list(zip(known.times, known.targets, known.marks, strict=True))


def _write(requests: Sequence[SentRequest], ctx: Context) -> None:
    if not requests:
        ctx[SENT_REQUESTS].remove(SELF)
        return
    times, targets, marks = zip(*requests, strict=True)
    known = ctx[SENT_REQUESTS].get(SELF) or SentRequests()
    ctx[SENT_REQUESTS].put(SELF, replace(known, times=times, targets=targets, marks=marks))


def _hash(account_id: str) -> str:
    return identify(account_id)[:_HASH_DIGITS]
