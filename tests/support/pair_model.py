"""Reference model of one pair: the specification's table of states, naively implemented without the job's code.

It reads the events of a pair in order and lists `(time, outcome)`. Its state is one list of verifications and a few
marks; nothing is shared with `operators/`.
"""

from dataclasses import dataclass, field

T1, T2 = 100, 300
TIMEOUT, LATE, COOL, WITHIN, TRUST, ESCALATE = 50, 70, 90, 60, 80, 2
FOREVER = 1 << 60


@dataclass
class Question:
    name: str
    deadline: int
    outcome: str = ""


@dataclass
class PairModel:
    """The state of a pair. `first_blocks`, `second_blocks`: whether those operations have BLOCK."""

    first_blocks: bool
    second_blocks: bool
    since: int | None = None
    is_blocked: bool = False
    trusted_until: int = -1
    cooling_from: int = -FOREVER
    counted: int = 0
    escalated: bool = False
    marked: bool = False
    contradicted: bool = False
    questions: list[Question] = field(default_factory=list)
    outcomes: list[tuple[int, str]] = field(default_factory=list)

    def pass_time(self, now: int) -> None:
        """Let the deadlines before `now` pass; one at `now` passes after the events of that time."""
        for question in self.questions:
            if not question.outcome and question.deadline < now:
                question.outcome = "UNVERIFIED"
                if not self.is_blocked:
                    self.outcomes.append((question.deadline, "UNVERIFIED"))

    def pending(self) -> Question | None:
        return next((question for question in self.questions if not question.outcome), None)

    def state(self, now: int) -> str:
        states = {
            "blocked": self.is_blocked,
            "trusted": now < self.trusted_until,
            "stranger": self.since is None,
            "pending": self.pending() is not None,
            "cooling": now < self.cooling_from + COOL,
            "not genuine": self.marked,
        }
        return next((name for name, holds in states.items() if holds), "open")

    def message(self, now: int, name: str) -> None:
        outcome = {
            "blocked": lambda: "ALREADY_BLOCKED",
            "trusted": lambda: "" if self.since is None else "TRUSTED",
            "stranger": lambda: "",
            "pending": lambda: "ATTACHED",
            "cooling": lambda: self._cooled(now),
            "not genuine": self._marked,
            "open": lambda: self._by_age(now, name),
        }[self.state(now)]()
        if outcome:
            self.outcomes.append((now, outcome))

    def _cooled(self, now: int) -> str:
        self.counted += now <= self.cooling_from + WITHIN
        if self.counted < ESCALATE or self.escalated or now > self.cooling_from + WITHIN:
            return "ATTACHED"
        self.escalated = True
        return "ESCALATED"

    def _marked(self) -> str:
        self.is_blocked = self.second_blocks
        return "NOT_GENUINE"

    def _by_age(self, now: int, name: str) -> str:
        age = max(now - (self.since or 0), 0)
        if age < T1:
            self.is_blocked = self.first_blocks
            return "FIRST_OPERATION"
        if age < T2:
            return "MIDDLE"
        self.questions.append(Question(name, now + TIMEOUT))
        return "VERIFY"

    def answer(self, now: int, name: str, *, genuine: bool, believed: bool) -> None:
        question = next((question for question in self.questions if question.name == name), None)
        if question is None or now > question.deadline + LATE or self.is_blocked:
            return
        if self.pending() not in (None, question) or (genuine and not believed):
            return
        if genuine:
            self._genuine(now, question)
        elif not self.marked:
            self.outcomes.append((now, "NOT_GENUINE"))
            question.outcome, self.cooling_from = "NOT_GENUINE", -FOREVER
            self.is_blocked, self.marked = self.second_blocks, not self.second_blocks

    def _genuine(self, now: int, question: Question) -> None:
        if self.marked and not self.contradicted:
            self.contradicted = True
            self.outcomes.append((now, "NOT_GENUINE"))
        elif not self.marked and now >= self.cooling_from + COOL and question.outcome != "GENUINE":
            question.outcome = "GENUINE"
            self.cooling_from, self.counted, self.escalated = now, 0, False
            self.outcomes.append((now, "GENUINE"))

    def added(self, now: int) -> None:
        if self.since is None:
            self.since = now
            self._start_afresh()

    def removed(self) -> None:
        self.since = None
        self.questions = [question for question in self.questions if question.outcome]

    def trusted(self, now: int) -> None:
        self.is_blocked, self.trusted_until = False, now + TRUST
        self._start_afresh()

    def _start_afresh(self) -> None:
        self.questions, self.cooling_from = [], -FOREVER
        self.counted, self.escalated, self.marked, self.contradicted = 0, False, False, False
