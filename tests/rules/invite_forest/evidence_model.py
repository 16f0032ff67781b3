"""A naive model of what is held against the members of a group: posts and reports, kept for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from tests.rules.invite_forest.forest_model import ForestModel
from tests.rules.invite_forest.forest_stay import Stay

REPORTS, HITS = 90, 60
UPHELD, MEMORY, SAMPLE, LEAST = 70, 300, 2, Fraction(1, 4)


@dataclass
class GroupModel(ForestModel):
    """The forest, and who has posted and reported what."""

    alone: bool = True  # whether what is written, or two reporters, suffices without evidence of another kind
    hits_needed: int = 1
    confirm: int = 2  # reporters who confirm what is written
    reports: list[tuple[int, str, str, Stay]] = field(default_factory=list)
    posts: list[tuple[int, str]] = field(default_factory=list)
    told: list[tuple[int, str, str]] = field(default_factory=list)  # when who was reported by whom, for the record
    findings: list[tuple[int, str]] = field(default_factory=list)

    def erased(self, now: int, who: str) -> None:
        super().erased(now, who)
        self.told = [report for report in self.told if who not in report[1:]]
        self.findings = [finding for finding in self.findings if finding[1] != who]
        self.reports = [report for report in self.reports if who not in report[1:3]]
        self.posts = [post for post in self.posts if post[1] != who]

    def reported(self, now: int, who: str, by: str, name: str) -> None:
        if not self.inside(by):
            return
        stay = self.of(by)[-1]
        before = [report for report in self.reports if report[1:3] == (who, by)]
        first = [report for report in before if report[0] >= now - REPORTS][:1]
        self.reports = [report for report in self.reports if report not in before] + [*first, (now, who, by, stay)]
        if not any(now - at <= UPHELD for at, *pair in self.told if pair == [who, by]):
            self.told.append((now, who, by))
        if (total := self.reporters(now, who)) >= 2:
            written = self.hits(now, who, REPORTS) > 0
            if written:
                self.findings.append((now, who))
            self.offends(now, who, name, confirmed=self.alone or (written and total >= self.confirm))

    def lifted(self, now: int, who: str) -> None:
        super().lifted(now, who)
        self.findings = [finding for finding in self.findings if finding[1] != who or finding[0] >= now]

    def leaves(self, now: int, who: str, by: str | None = None) -> None:
        unseen = not self.of(who) and who not in self.gone
        if by is not None and (self.inside(who) or unseen) and not self.is_to_be_out(now, who):
            self.findings.append((now, who))
        super().leaves(now, who)

    def is_to_be_out(self, now: int, who: str) -> bool:
        case, (since, until, _) = self.cases.get(who), self.held.get((who, "BAN"), (0, 0, ""))
        barred = case is not None and case.barred and case.stay is self.of(who)[-1] and now <= case.known_until
        return barred or since <= now < until

    def weight(self, now: int, by: str | None) -> Fraction:
        record = [(at, self.is_upheld(at, who)) for at, who, other in self.told if other == by and now - at <= MEMORY]
        decided = [upheld for at, upheld in record if upheld or now - at > UPHELD]
        if len(decided) < SAMPLE:
            return Fraction(1)
        return min(Fraction(1), max(LEAST, Fraction(2 * sum(decided) + 2, len(decided) + 2)))

    def is_upheld(self, at: int, who: str) -> bool:
        return any(abs(at - found) <= UPHELD for found, other in self.findings if other == who)

    def reporters(self, now: int, who: str) -> Fraction:
        found = [(at, by, stay) for at, other, by, stay in self.reports if other == who and now - REPORTS <= at <= now]
        written = [at for at, other in self.posts if other == who and now - REPORTS <= at <= now]
        begun = min([at for at, *_ in found] + written, default=now)
        left = list({by: (by, stay) for _, by, stay in found}.values())
        total = Fraction()
        while left:
            circle = [left.pop()]
            for _, known in circle:
                tied = [each for each in left if self.are_tied(known, each[1], who, begun)]
                left = [each for each in left if each not in tied]
                circle += tied
            total += max(self.weight(now, by) for by, _ in circle)
        return total

    def are_tied(self, one: Stay, other: Stay, host: str, begun: int) -> bool:
        if one.joined > begun and other.joined > begun:
            return True
        mine, theirs = self.circle(one, host), self.circle(other, host)
        return bool(mine & theirs)

    @staticmethod
    def circle(stay: Stay, host: str) -> set[object]:
        above = None if stay.parent is None else stay.parent.who or id(stay.parent)
        return {stay.who or id(stay)} | ({above} if above not in (None, host) else set())

    def hits(self, now: int, who: str, within: int) -> int:
        return sum(now - within <= at <= now for at, other in self.posts if other == who)

    def posted(self, now: int, who: str, name: str) -> None:
        self.posts.append((now, who))
        both = self.reporters(now, who) >= max(2, self.confirm)
        if both or self.hits(now, who, HITS) >= self.hits_needed:
            self.findings.append((now, who))
            self.offends(now, who, name, confirmed=self.alone or both)
