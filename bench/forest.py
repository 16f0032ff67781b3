"""`python -m bench.forest`: does a group's size change what a join or a case costs? Only the ratios mean anything.

One group in a chain, where each member lets in the next, and one in a star, where one lets in all. Everything is in
memory, in the state's own bytes; what is timed is the step that keeps the forest.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from jobs.host import Host
from jobs.risk import risk
from operators.policy import Policy
from operators.policy_book import PolicyBook
from operators.policy_forest import InviteForestPolicy
from schemas.records import ContentSuspected, Finding, JoinVia, MemberJoined, MemberRole, Span
from state.memory import MemoryStore
from state.store import Rows, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.records import Record
    from state.spec import K, MapSpec, RawMap, V

MEMBERS, FEW, SHALLOW, CASES = 100_000, 1_000, 10, 50
WARM = 2_000  # members of a group before the first that is measured
START_MS = 1_700_000_000_000
_SPAN = Span(detector="keyword", keyword="payment", start=0, end=7)


class Desk:
    """The step for one group; every event is late for it, and so handled at once."""

    key = "g"

    def __init__(self) -> None:
        section = replace(InviteForestPolicy(), case_window_ms=1, repeat_within_ms=0, mass_limit=0)
        self.policies = PolicyBook(replace(Policy(), invite_forest=section))
        graph = risk()
        self._host = Host(graph, next(step for step in graph.steps if step.uid == "group"))
        self._store = MemoryStore()

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        """Lend a state."""
        return Rows(self._store, prefix_of(spec.name), textual=spec.entry_key is str)

    def register(self, at_ms: int) -> None:
        """Alarms only reclaim memory: none rings here."""

    def count(self, name: str) -> None:
        """Nobody asks."""

    def timed(self, record: Record) -> float:
        """Return how many microseconds an event takes."""
        begun = time.perf_counter()
        for _ in self._host.take(record, self, late=True):
            pass
        return (time.perf_counter() - begun) * 1e6


def main(arguments: Sequence[str]) -> int:
    """Print what joins and cases cost in a small and in a large group."""
    parser = ArgumentParser(prog="python -m bench.forest", description=__doc__)
    parser.add_argument("--members", type=int, default=MEMBERS, help=f"of each group (default {MEMBERS:,})")
    members = parser.parse_args(arguments).members
    list(lines("chain", WARM))
    for shape in ("chain", "star"):
        print("\n".join(lines(shape, members)), flush=True)
    return 0


def lines(shape: str, members: int) -> Iterable[str]:
    """Measure one shape."""
    desk, few = Desk(), min(FEW, members // 4)
    joins = [desk.timed(joined(shape, number)) for number in range(members)]
    yield f"{shape:6} a join, start and end: {told(median(joins[few : 2 * few]), median(joins[-few:]))}"
    if shape == "chain":
        shallow, deep = cases(desk, SHALLOW), cases(desk, members - 2 * CASES)
        yield f"{shape:6} a case within 2 edges, depth {SHALLOW} and {members - CASES:,}: {told(shallow, deep)}"
    else:
        found = desk.timed(suspected(members // 2, 0))
        yield f"{shape:6} a case that ties all {members:,}: {found / 1e6:.1f} s, {found / members:.0f} us a member"


def cases(desk: Desk, depth: int) -> float:
    """Return what a case costs from a depth on."""
    return median(desk.timed(suspected(depth + number, depth + number)) for number in range(CASES))


def told(small: float, large: float) -> str:
    """Return two costs and how much more the second one is."""
    return f"{small:,.0f} and {large:,.0f} us, ratio {large / small:.2f}"


def joined(shape: str, number: int) -> MemberJoined:
    """Return how the member of a number comes in: a root first, the others through the one before, or the first."""
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


def suspected(number: int, place: int) -> ContentSuspected:
    """Return a message of a member that meets the target condition."""
    return ContentSuspected(
        event_id=f"c{place}",
        at_ms=START_MS + 10 * MEMBERS + place,
        sender_id=f"member-{number}",
        group_id="g",
        screened=("default",),
        findings=(Finding(version="default", rule="invite-forest", spans=(_SPAN,)),),
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
