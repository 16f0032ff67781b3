"""Reporters: who may report a member of the group, and how many of the reporters are independent of each other.

Keyed by the group; runs inside the step `group`. Nobody outside of the group counts (IF-47). Reporters whom an inviter
connects, or who all came when there was something to report, may be one person: together they count once (IF-48), by
the best of their records (IF-51).
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from operators.invite_forest.forest import current_node, inviter_of, stays_of
from operators.invite_forest.report_record import weight_of
from operators.operator import Context
from state.catalog.invite_forest import NODES
from state.entries.invite_forest import NO_NODE, ConditionSignals, Node

_NEWCOMERS: Final = "\x00newcomers"


def stay_at(ctx: Context, account_id: str, at_ms: int) -> int | None:
    """Return the stay in which an account was a member at a time; None if it was none (IF-47)."""
    found = current_node(ctx, account_id)
    for number, stay in () if found is None else stays_of(ctx, found[0]):
        if stay.joined_ms <= at_ms and (stay.left_ms is None or at_ms < stay.left_ms):
            return number
    return None


def independent_reporters(
    ctx: Context, reports: ConditionSignals, reported_id: str, since_ms: int, at_ms: int
) -> Sequence[Fraction]:
    """Return what each circle of reporters of an account counts at a time, most first (IF-48, IF-51).

    `since_ms` is the time of the first sign against the account: whoever joined after it is a newcomer.
    """
    circles: list[tuple[set[str], Fraction]] = []
    for source, number in zip(reports.sources, reports.nodes or (NO_NODE,) * len(reports.sources), strict=True):
        circle = {f"\x00{source}"}
        if (node := ctx[NODES].get(number)) is not None:
            circle |= set(_ties(ctx, number, node, reported_id, since_ms))
        tied = [other for other in circles if other[0] & circle]
        circles = [other for other in circles if not other[0] & circle]
        weight = max((weight_of(ctx, source, at_ms), *(weight for _, weight in tied)))
        circles.append((circle.union(*(names for names, _ in tied)), weight))
    return sorted((weight for _, weight in circles), reverse=True)


def _ties(ctx: Context, number: int, node: Node, reported_id: str, since_ms: int) -> Iterator[str]:
    """Yield what ties a reporter to others: itself as inviter, its own inviter, being new.

    Whom the reported account has let in itself is not tied by that: else nobody's guests could report their host.
    """
    yield node.account or f"\x00{number}"
    if node.parent is not None and (inviter_id := inviter_of(ctx, node)) != reported_id:
        yield inviter_id or f"\x00{node.parent}"
    if node.joined_ms > since_ms:
        yield _NEWCOMERS
