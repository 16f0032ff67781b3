"""Cost of a join and of a case in the invite forest, by the size of the group. Only the ratios are meaningful.

One group is a chain, where each member lets in the next, one a star, where one member lets in all. State is in memory,
in its stored bytes; measured is the step that keeps the forest. A small and a large group take turns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import process_time
from typing import TYPE_CHECKING, Final

from bench.ratio import ratio_line
from bench.steps.step_context import DictContext
from jobs.dataflow.risk import risk_graph
from jobs.runtime.host import Host
from operators.policy.invite_forest import InviteForestPolicy, TargetCondition
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook
from schemas.records import ContentSuspected, Finding, JoinVia, MemberJoined, MemberRole, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from schemas.records import Record

CHAIN, STAR = "chain", "star"
START_MS = 1_700_000_000_000
CASES_MS = START_MS + 1_000_000_000
TIMES_JOIN: Final = 1.2
TIMES_CASE: Final = 1.2
_SHALLOW = 100  # below the accounts that a case names (IF-53)
_SPAN = Span(detector="keyword", keyword="payment", start=0, end=7)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Members of a small and a large group, and numbers of joins and cases measured in each."""

    few: int = 1_000
    members: int = 100_000
    joins: int = 1_000
    cases: int = 100


QUICK: Final = Sizes(few=50, members=500, joins=50, cases=20)


class GroupStep(DictContext):
    """The step for one group; every event counts as late, so it is handled at once. Its timers only free memory."""

    def __init__(self) -> None:
        condition = TargetCondition(hits_needed=1, suffice_alone=frozenset({"keywords"}))
        section = replace(InviteForestPolicy(), condition=condition, case_window_ms=1, repeat_within_ms=0, mass_limit=0)
        super().__init__(PolicyBook(replace(Policy(), invite_forest=section)), "g")
        graph = risk_graph()
        self._host = Host(graph, next(step for step in graph.steps if step.uid == "group"))

    def measure_us(self, record: Record) -> float:
        """Return the microseconds of an event."""
        begun = process_time()
        for _ in self._host.handle(record, self, late=True):
            pass
        return (process_time() - begun) * 1e6


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure both shapes."""
    for shape in (CHAIN, STAR):
        say(f"building a {shape} of {sizes.members:,} members")
        small, large = build_group(shape, sizes.few), build_group(shape, sizes.members)
        joins = (
            (_join(small, shape, sizes.few + at), _join(large, shape, sizes.members + at)) for at in range(sizes.joins)
        )
        yield ratio_line(f"{shape}, a join among {sizes.few:,} and {sizes.members:,}", joins, TIMES_JOIN)
        if shape == CHAIN:
            deep = sizes.members - sizes.cases
            cases = ((_case(large, _SHALLOW + at), _case(large, deep + at)) for at in range(sizes.cases))
            yield ratio_line(f"{shape}, a case within 2 edges at depth {_SHALLOW} and {deep:,}", cases, TIMES_CASE)
        else:
            us = _case(large, sizes.members // 2)
            yield f"       {shape}, a case that ties all: {us / 1e6:.1f} s, {us / sizes.members:.0f} us a member"


def build_group(shape: str, members: int) -> GroupStep:
    """Return the step with a group of `members` members."""
    desk = GroupStep()
    for number in range(members):
        _join(desk, shape, number)
    return desk


def _join(desk: GroupStep, shape: str, number: int) -> float:
    return desk.measure_us(join_event(shape, number))


def _case(desk: GroupStep, number: int) -> float:
    return desk.measure_us(suspicious_event(number, number))


def join_event(shape: str, number: int) -> MemberJoined:
    """Return the join of a member: a root first, the others invited by the one before (chain) or the first (star)."""
    inviter = None if number == 0 else f"member-{number - 1 if shape == 'chain' else 0}"
    return MemberJoined(
        event_id=f"j{number}",
        at_ms=START_MS + number,
        group_id="g",
        account_id=f"member-{number}",
        inviter_id=inviter,
        inviter_role=None if inviter is None else MemberRole.MEMBER,
        via=JoinVia.INVITE,
    )


def suspicious_event(number: int, place: int) -> ContentSuspected:
    """Return a message of a member that meets the target condition."""
    return ContentSuspected(
        event_id=f"c{place}",
        at_ms=CASES_MS + place,
        sender_id=f"member-{number}",
        group_id="g",
        screened=("default",),
        findings=(Finding(version="default", rule="invite-forest", spans=(_SPAN,)),),
    )
