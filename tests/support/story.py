"""Builder of event sequences for tests of the rules: messages, friendships, answers; runs them through the whole job.

A thin wrapper of the replay with the whole graph, from messages to risk windows. Times are relative to `START_MS`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.policy.friendship_age import FriendshipAgePolicy
from operators.policy.model import Policy
from operators.policy.strangers import StrangersPolicy
from schemas.records import (
    AccountErased,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    AnswerVia,
    Channel,
    Decision,
    FriendAdded,
    FriendRemoved,
    MessageSent,
    PolicyMode,
    PolicyPublished,
    Record,
    RequestVerification,
    RiskWindow,
    VerificationAnswered,
    Warn,
)
from state.stores.memory import MemoryStore

START_MS = 1_700_000_000_000
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
SENDER, RECIPIENT = "alice", "bob"
SUSPICIOUS = "please make the payment"
HARMLESS = "see you at noon"
USUAL = replace(Policy(), strangers=StrangersPolicy(enabled=False))
"""The policy of tests of other rules: the default without that about strangers, which decides on the same messages."""
UNKNOWN = -1 - START_MS
"""Start of a friendship that is unknown: -1 in the event."""


@dataclass(frozen=True)
class StoryResult:
    """The output of a story: records with topic and key, and the counted metrics."""

    outputs: Sequence[tuple[str, str, Record]]
    counts: dict[str, int]

    @property
    def decisions(self) -> list[Decision]:
        return [record for _, _, record in self.outputs if isinstance(record, Decision)]

    @property
    def outcomes(self) -> list[str]:
        return [decision.outcome for decision in self.decisions]

    @property
    def timed(self) -> list[tuple[int, str]]:
        return [(decision.at_ms - START_MS, decision.outcome) for decision in self.decisions]

    @property
    def commands(self) -> list[Any]:
        return [record for topic, _, record in self.outputs if topic == "commands"]

    @property
    def windows(self) -> list[RiskWindow]:
        return [record for _, _, record in self.outputs if isinstance(record, RiskWindow)]

    def commands_of(self, decision: Decision) -> list[Any]:
        return [command for command in self.commands if command.decision_id == decision.decision_id]

    def command_names(self, decision: Decision) -> list[str]:
        return [_named(command) for command in self.commands_of(decision)]


def _named(command: Record) -> str:
    name = type(command).__name__
    return f"{name} {command.channel}" if isinstance(command, Warn | RequestVerification) else name


def evidence(decision: Decision) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(decision.evidence)
    return found


def rules(**changes: Any) -> Policy:
    """The usual policy with some keys of its section `friendship_age` changed."""
    return replace(USUAL, friendship_age=replace(FriendshipAgePolicy(), **changes))


class Story:
    """Events in the order of the calls. Every method appends one; `at` is its time."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or USUAL
        self.events: list[Record] = []

    def _add(self, kind: type[Any], at: int, /, **fields: object) -> Self:
        event_id = fields.pop("event_id", f"event-{len(self.events)}")
        self.events.append(kind(event_id=event_id, at_ms=START_MS + at, **fields))
        return self

    def friends(self, *, at: int = -1, since: int | None = None, mutual: bool = True, **who: str) -> Self:
        """Begin a friendship; `since` is relative too, without it the friendship begins at `at`."""
        start = None if since is None else START_MS + since
        ids = {"account_id": RECIPIENT, "friend_id": SENDER} | who
        return self._add(FriendAdded, at, mutual=mutual, since_ms=start, **ids)

    def friends_for(self, age: int) -> Self:
        """Begin a friendship that is `age` old at START_MS."""
        return self.friends(since=-age)

    def unfriended(self, at: int, *, mutual: bool = True, **who: str) -> Self:
        return self._add(FriendRemoved, at, mutual=mutual, **({"account_id": RECIPIENT, "friend_id": SENDER} | who))

    def message(self, at: int = 0, text: str = SUSPICIOUS, **fields: object) -> Self:
        return self._add(MessageSent, at, text=text, **({"sender_id": SENDER, "recipient_id": RECIPIENT} | fields))

    def linked(self, app: str = "mail", *channels: Channel, at: int = -7 * DAY, **fields: object) -> Self:
        known = {"account_id": SENDER, "alternate_id": f"{SENDER}@{app}", "last_used_ms": 0, "verified": True}
        return self._add(AlternateAccountLinked, at, app=app, channels=channels or (Channel.TEXT,), **(known | fields))

    def unlinked(self, at: int, app: str = "mail", **fields: object) -> Self:
        known = {"account_id": SENDER, "alternate_id": f"{SENDER}@{app}"}
        return self._add(AlternateAccountUnlinked, at, app=app, **(known | fields))

    def answered(
        self, at: int, *, genuine: bool, via: AnswerVia = AnswerVia.ALTERNATE_APP, about: int = 0, **fields: object
    ) -> Self:
        """Answer the `about`-th verification that the story so far requests."""
        asked = [command for command in self.play().commands if isinstance(command, RequestVerification)]
        known = {"account_id": RECIPIENT, "verification_id": asked[about].verification_id}
        return self._add(VerificationAnswered, at, genuine=genuine, via=via, **(known | fields))

    def trusted(self, at: int, **who: str) -> Self:
        return self._add(AccountUnblocked, at, **({"account_id": RECIPIENT, "other_id": SENDER} | who))

    def alert_number(self, number: str | None, at: int = -1, account_id: str = RECIPIENT) -> Self:
        return self._add(AlertNumberSet, at, account_id=account_id, number=number)

    def erased(self, account_id: str, at: int, **fields: object) -> Self:
        return self._add(AccountErased, at, account_id=account_id, **fields)

    def published(self, at: int, document: str, version: str = "v2", **fields: object) -> Self:
        known = {"effective_at_ms": START_MS + at, "mode": PolicyMode.LIVE, "document": document, "version": version}
        return self._add(PolicyPublished, at, **(known | fields))

    def event(self, kind: type[Any], at: int, /, **fields: object) -> Self:
        return self._add(kind, at, **fields)

    def play(self) -> StoryResult:
        """Run the story to the end of event time and return its output."""
        run, outputs = self._run(MemoryStore())
        return StoryResult([*outputs, *run.finish()], dict(run.counts))

    def stored_rows(self) -> list[tuple[bytes, bytes]]:
        """Return the rows stored after the last event; all timers up to a second before it have fired."""
        store = MemoryStore()
        self._run(store)
        return list(store.scan(b""))

    def _run(self, store: MemoryStore) -> tuple[Replay, list[tuple[str, str, Record]]]:
        run = Replay(risk_graph(), store, self.policy)
        run.load_policies(event for event in self.events if isinstance(event, PolicyPublished))
        return run, [output for event in self.events for output in run.push(event)]
