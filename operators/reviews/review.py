"""Step `review`: concludes from the answers of reviewers whether a decision stands.

Keyed by subject of the decision. Keeps the latest answer of each reviewer, under a hash. Emits `DecisionOverturned` to
the steps that hold what stands because of the decision.

| the latest answers | the decision is |
|---|---|
| all upheld | upheld |
| none upheld, of as many reviewers as are needed | overturned |
| none upheld, of fewer reviewers | undecided |
| both | disputed: neither |
"""

from collections.abc import Container, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.ids import identify
from operators.operator import ERASED_METRIC, LATE_FACT_METRIC, Context, Handler, Labels, Metric, Operator
from operators.policy.model import RULES
from operators.retention import remove_expired, set_cleanup_timer
from schemas.records import AccountErased, DecisionOverturned, MissReported, ReviewAnswered
from state.catalog.erasure import ERASED
from state.catalog.reviews import ANSWERS
from state.entries.reviews import Answer, Answers

REVIEWERS_AT_MOST: Final = 32
"""Reviewers of one decision whose answers count."""

_UNANSWERED: Final = Answers({}, 0)
_NO_LABEL, _OTHER_LABEL = "none", "other"


class Verdict(StrEnum):
    """What reviewers have made of a decision; also the name of the counter of such changes."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    DISPUTED = "disputed"
    UNDECIDED = "undecided"


class Review(Operator):
    """Keeps what people answered about the decisions on one account."""

    uid = "review"
    states = (ANSWERS, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {ReviewAnswered: on_answered, MissReported: on_missed, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove expired answers and erasure markers."""
        memory_ms = ctx.policy.reviews.memory_ms
        remove_expired(ctx, ANSWERS, at_ms, lambda answers: answers.latest_ms + memory_ms)
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_answered(event: ReviewAnswered, ctx: Context) -> Iterator[Any]:
    """Store an answer, and tell the steps that it names while the decision is overturned (RV-4, RV-5, RV-8)."""
    if erased_after(ctx, event.at_ms) is not None:
        yield ERASED_METRIC
        return
    known, reviewer = _remembered(event, ctx), identify(event.reviewer_id)
    earlier = known.given.get(reviewer)
    answer = Answer(event.at_ms, event.upheld, event.event_id)
    if earlier is not None and order_of(answer) < order_of(earlier):
        yield LATE_FACT_METRIC
        return
    if earlier is None and len(known.given) >= REVIEWERS_AT_MOST:
        yield Metric("reviewer-beyond-limit")
        return
    given = {**known.given, reviewer: answer}
    verdict = verdict_by(given, ctx.policy.reviews.reviewers_needed)
    answers = Answers(given, max(known.latest_ms, event.at_ms), verdict)
    ctx[ANSWERS].put(event.decision_id, answers)
    set_cleanup_timer(ctx, answers.latest_ms + ctx.policy.reviews.memory_ms)
    if verdict != known.verdict:
        yield Metric(verdict.value, labels=_labels(event, known.verdict))
    if verdict is Verdict.OVERTURNED and ctx.policy.reviews.undo:
        yield _overturned_by(event)


def verdict_by(given: Mapping[str, Answer], needed: int) -> Verdict:
    """Return what the answers make of a decision. So many as are `needed` have to say that it is wrong."""
    said = {answer.upheld for answer in given.values()}
    if len(said) > 1:
        return Verdict.DISPUTED
    if True in said:
        return Verdict.UPHELD
    return Verdict.OVERTURNED if len(given) >= needed else Verdict.UNDECIDED


def order_of(answer: Answer) -> tuple[int, bytes]:
    """Return what answers of one reviewer are ordered by, as events are (C-2)."""
    return answer.at_ms, answer.event_id.encode()


def _remembered(event: ReviewAnswered, ctx: Context) -> Answers:
    """Return the answers about a decision that have not expired (RV-7)."""
    known = ctx[ANSWERS].get(event.decision_id)
    expired = known is None or event.at_ms >= known.latest_ms + ctx.policy.reviews.memory_ms
    return _UNANSWERED if known is None or expired else known


def _overturned_by(event: ReviewAnswered) -> DecisionOverturned:
    return DecisionOverturned(
        event_id=event.event_id,
        at_ms=event.at_ms,
        decision_id=event.decision_id,
        subject_id=event.subject_id,
        other_id=event.other_id,
        group_id=event.group_id,
    )


def _labels(answer: ReviewAnswered, was: str) -> Labels:
    """Return the labels of a change: rule and outcome as the platform repeats them, and what the decision was."""
    rule = RULES.get(answer.rule)
    outcome = _among(() if rule is None else rule.outcomes, answer.outcome or _NO_LABEL)
    return ("rule", _among(RULES, answer.rule)), ("outcome", outcome), ("was", was or _NO_LABEL)


def _among(known: Container[str], name: str) -> str:
    """Return a name of the product as it is: any other would make a label with any number of values (RV-19)."""
    return name if name in known or name == _NO_LABEL else _OTHER_LABEL


def on_missed(event: MissReported, _: Context) -> Iterator[Any]:
    """Count what a rule should have found: nothing stands that could be changed (RV-3)."""
    yield Metric("missed", labels=(("rule", _among(RULES, event.rule)),))


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Remove the answers about the account from before its erasure; newer ones belong to a new account (C-18)."""
    for decision_id, known in list(ctx[ANSWERS].items()):
        given = {reviewer: answer for reviewer, answer in known.given.items() if answer.at_ms >= event.at_ms}
        if not given:
            ctx[ANSWERS].remove(decision_id)
        elif len(given) < len(known.given):
            verdict = verdict_by(given, ctx.policy.reviews.reviewers_needed)
            ctx[ANSWERS].put(decision_id, Answers(given, known.latest_ms, verdict))
    mark_erased(ctx, event.at_ms)
    yield from ()
