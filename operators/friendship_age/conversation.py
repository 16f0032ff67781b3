"""Conversations: weak signs in several messages of one sender, which together count as a hit.

Keyed by recipient; runs inside the step `relationship`. Fraud is often prepared over many messages, or a demand is
split over some. A message has points for what is weakly suspicious in it. Points go down to nothing over a time, and
those of one sender add up. Only times, event ids and points are stored, under a hash of the sender's id: an unrelated
account's erasure is not told to those whom it wrote to, so no id may be stored here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from operators.contacts.pair import read_pair
from operators.decision import POLICY_UNSEEN, Basis, Trigger
from operators.erasure.markers import erased_after
from operators.ids import identify
from operators.policy.conversation import CONVERSATION, FULL_SCORE
from operators.policy.friendship_age import FRIENDSHIP_AGE
from operators.retention import remove_expired, set_cleanup_timer
from operators.screening.findings import result_for
from state.catalog.relationship import BLOCKS, SIGNS
from state.entries.relationship import Signs

if TYPE_CHECKING:
    from operators.decision import Conditions
    from operators.operator import Context
    from operators.policy.friendship_age import FriendshipAgePolicy
    from operators.screening.findings import ScreeningResult
    from schemas.records import SuspicionRaised

SIGNS_AT_MOST = 32
"""Messages remembered per sender, the latest ones."""

Sign = tuple[int, str, int]
"""A message's time, its event id and its points. Signs sort as their messages act (C-2)."""


class Conversation(Struct, frozen=True):
    """A sender's messages that have points, up to the one at hand, with their sums before it and with it."""

    signs: Sequence[Sign] = ()
    before: Fraction = Fraction(0)
    now: Fraction = Fraction(0)
    threshold: int = 0
    begins_again: bool = True
    """Whether a hit ends the sum: not in the shadow, where it may be at the threshold already."""

    @property
    def counts_as_hit(self) -> bool:
        """Whether the sum is at the threshold with the message at hand, in the shadow because of it (FA-85, FA-89)."""
        is_reached = self.begins_again or self.before < self.threshold
        return self.threshold > 0 and is_reached and self.now >= self.threshold

    def record(self, conditions: Conditions) -> None:
        """Record as evidence how the sum compares with the threshold; nothing where no points were added up."""
        if self.threshold:
            is_below = conditions.compare("conversation_before", self.before, "<", self.threshold)
            if is_below or self.begins_again:
                conditions.compare("conversation", self.now, ">=", self.threshold)

    @property
    def reasons(self) -> set[str]:
        """`CONVERSATION` of a hit, else nothing."""
        return {CONVERSATION} if self.counts_as_hit else set()

    @property
    def evidence(self) -> dict[str, object]:
        """The messages that led to a hit, by time."""
        listed = [{"event_id": event_id, "at_ms": at_ms, "points": points} for at_ms, event_id, points in self.signs]
        return {"conversation": listed} if self.counts_as_hit else {}


NO_CONVERSATION = Conversation()


def seen_in(event: SuspicionRaised, ctx: Context) -> ScreeningResult:
    """Return what the screen found in a message by the policy in force."""
    return result_for(FRIENDSHIP_AGE, ctx.policy.version, event)


def continue_conversation(event: SuspicionRaised, seen: ScreeningResult, ctx: Context) -> Conversation:
    """Add a message's points to its sender's; if together they count as a hit, the sum begins again from 0."""
    section = ctx.policy.friendship_age
    points = points_of(seen, section)
    if not points or _is_passed_over(event, ctx):
        return NO_CONVERSATION
    sign, entry = (event.at_ms, event.event_id, points), identify(event.sender_id)
    known = {each for each in _read(ctx, entry) if each[1] != event.event_id and each[0] >= (event.erased_ms or 0)}
    conversation = _add_up([each for each in known if each < sign], sign, section)
    if ctx.in_shadow:
        return replace(conversation, begins_again=False)
    if conversation.counts_as_hit:
        _write(ctx, entry, sorted(each for each in known if each > sign))
    else:
        _write(ctx, entry, sorted({*known, sign})[-SIGNS_AT_MOST:])
        set_cleanup_timer(ctx, event.at_ms + section.conversation.window_ms)
    return conversation


def basis_of(
    rule: str, event: SuspicionRaised, seen: ScreeningResult, conversation: Conversation, ctx: Context, *tags: str
) -> Basis:
    """Return the basis of a rule's decision about a message that was hit, by itself or with its conversation."""
    unseen = {POLICY_UNSEEN} if seen.policy_unseen else set[str]()
    basis = Basis(
        rule=rule,
        subject_id=event.sender_id,
        other_id=ctx.key,
        trigger=Trigger.of_event(event, ctx),
        policy_version=ctx.policy.version,
        reasons=frozenset({*(span.detector for span in seen.spans), *unseen, *conversation.reasons, *tags}),
    )
    conversation.record(basis.conditions)
    return basis


def points_of(seen: ScreeningResult, section: FriendshipAgePolicy) -> int:
    """Return the points of a message: none of one that is suspicious by itself (FA-84)."""
    if not seen.spans:
        return min(seen.score, FULL_SCORE)
    return section.conversation.mild_weight if section.are_mild(seen.spans) else 0


def _is_passed_over(event: SuspicionRaised, ctx: Context) -> bool:
    """Return whether the message adds nothing: erased, blocked, or older than an unblock (C-18, FA-87)."""
    if erased_after(ctx, event.at_ms, event.sender_id) is not None or ctx[BLOCKS].get(event.sender_id) is not None:
        return True
    trusted_ms = read_pair(ctx, event.sender_id).trusted_ms if ctx.late else None
    return trusted_ms is not None and event.at_ms < trusted_ms


def _add_up(earlier: Sequence[Sign], sign: Sign, section: FriendshipAgePolicy) -> Conversation:
    rules, (at_ms, _, points) = section.conversation, sign
    if not rules.enabled:
        return NO_CONVERSATION
    counting = sorted(each for each in earlier if each[0] > at_ms - rules.window_ms)
    left = sum(each_points * (rules.window_ms - (at_ms - each_ms)) for each_ms, _, each_points in counting)
    before = Fraction(left, rules.window_ms)
    return Conversation((*counting, sign), before, before + points, rules.threshold)


def forget_signs(ctx: Context, entry: str, before_ms: int) -> None:
    """Remove what a sender wrote before a time; `entry` is the hash of its id."""
    known = _read(ctx, entry)
    left = [sign for sign in known if sign[0] >= before_ms]
    if len(left) < len(known):
        _write(ctx, entry, left)


def remove_expired_signs(ctx: Context, at_ms: int) -> None:
    """Remove the messages of senders of whom none has points left."""
    window_ms = ctx.policy.friendship_age.conversation.window_ms
    remove_expired(ctx, SIGNS, at_ms, lambda signs: max(signs.times) + window_ms)


def _read(ctx: Context, entry: str) -> Sequence[Sign]:
    stored = ctx[SIGNS].get(entry)
    return () if stored is None else tuple(zip(stored.times, stored.event_ids, stored.points, strict=True))


def _write(ctx: Context, entry: str, signs: Sequence[Sign]) -> None:
    if signs:
        ctx[SIGNS].put(entry, Signs(*zip(*signs, strict=True)))
    else:
        ctx[SIGNS].remove(entry)
