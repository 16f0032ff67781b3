"""Decisions and commands of a running job as they come, and which of them somebody wants to see.

A command has no rule and no outcome: it is wanted with its decision. The two come by different topics, so a command
waits a moment for its decision. One that is delayed (C-27) may come long after it, and its decision may be older than
the watch: then it is shown where its own accounts say that it is wanted.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput
from operators.policy.model import RULES
from schemas.records import Decision, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REMEMBERED_AT_MOST: Final = 100_000
"""Decisions whose commands are known to be wanted; those of earlier ones are not shown any more."""
WAITING_AT_MOST: Final = 10_000
"""Commands that wait for their decisions; of more, those that have waited longest do not wait on."""
_WAIT_S: Final = 3.0  # a decision is committed with the same checkpoint as its commands
_ACCOUNTS: Final = (
    *("account_id", "about_id", "other_id", "blocked_id", "subject_id"),
    *("requester_id", "lookalike_id"),
)
"""Fields of decisions and commands that name an account."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted: of any of the rules, the outcomes and the accounts. An empty set stands for all."""

    rules: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Raise BadInput for a rule or an outcome that no decision of this release has."""
        _require_known("--rule", self.rules, set(RULES))
        _require_known("--outcome", self.outcomes, {outcome for rule in RULES.values() for outcome in rule.outcomes})

    def includes(self, decision: Decision) -> bool:
        """Return whether a decision is wanted."""
        return (
            (not self.rules or decision.rule in self.rules)
            and (not self.outcomes or decision.outcome in self.outcomes)
            and self._names(decision)
        )

    def includes_alone(self, command: Record) -> bool:
        """Return whether a command is wanted whatever its decision is."""
        return not (self.rules or self.outcomes) and self._names(command)

    def _names(self, record: Record) -> bool:
        return not self.accounts or any(getattr(record, name, None) in self.accounts for name in _ACCOUNTS)


@dataclass(slots=True)
class Watch:
    """Picks out of what arrives what is wanted. Times are in seconds of any clock that only goes forward."""

    wanted: Wanted
    _decisions: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _waiting: deque[tuple[float, Record]] = field(default_factory=deque)

    def accept(self, records: Iterable[Record], now_s: float) -> Iterator[Record]:
        """Yield what is wanted of a batch and of the commands that wait: decisions first, then commands."""
        for record in records:
            if not isinstance(record, Decision):
                self._waiting.append((now_s + _WAIT_S, record))
            elif self.wanted.includes(record):
                self._remember(record)
                yield record
        yield from self._released(now_s)

    def _released(self, now_s: float) -> Iterator[Record]:
        """Yield the wanted commands whose decisions have come, or do not come any more."""
        too_many = len(self._waiting) - WAITING_AT_MOST
        for place in range(len(self._waiting)):
            until_s, command = self._waiting.popleft()
            if getattr(command, "decision_id", "") in self._decisions:
                yield command
            elif place >= too_many and now_s <= until_s:
                self._waiting.append((until_s, command))
            elif self.wanted.includes_alone(command):
                yield command

    def _remember(self, decision: Decision) -> None:
        self._decisions[decision.decision_id] = None
        if len(self._decisions) > REMEMBERED_AT_MOST:
            self._decisions.popitem(last=False)


def _require_known(option: str, names: frozenset[str], known: set[str]) -> None:
    for name in sorted(names - known):
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
        raise BadInput(f"{option} {name}", f"no decision has it; {hint}")
