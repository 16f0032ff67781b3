"""A naive model of what is held against the members of a group: posts and reports, kept for ever."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.forest_model import ForestModel, Stay

REPORTS, HITS = 90, 60


@dataclass
class GroupModel(ForestModel):
    """The forest, and who has posted and reported what."""

    alone: bool = True  # whether what is written, or two reporters, suffices without evidence of another kind
    hits_needed: int = 1
    reports: list[tuple[int, str, str, Stay]] = field(default_factory=list)
    posts: list[tuple[int, str]] = field(default_factory=list)

    def erased(self, now: int, who: str) -> None:
        super().erased(now, who)
        self.reports = [report for report in self.reports if who not in report[1:3]]
        self.posts = [post for post in self.posts if post[1] != who]

    def reported(self, now: int, who: str, by: str, name: str) -> None:
        if not self.inside(by):
            return
        stay = self.of(by)[-1]
        self.reports = [report for report in self.reports if report[1:3] != (who, by)] + [(now, who, by, stay)]
        if self.is_reported(now, who):
            self.offends(now, who, name, confirmed=self.alone or self.hits(now, who, REPORTS) > 0)

    def is_reported(self, now: int, who: str) -> bool:
        found = [(at, stay) for at, other, _, stay in self.reports if other == who and now - REPORTS <= at <= now]
        written = [at for at, other in self.posts if other == who and now - REPORTS <= at <= now]
        begun = min([at for at, _ in found] + written, default=now)
        left = [stay for _, stay in found]
        circles = 0
        while left:
            circles += 1
            circle = [left.pop()]
            for known in circle:
                tied = [stay for stay in left if self.are_tied(known, stay, who, begun)]
                left = [stay for stay in left if stay not in tied]
                circle += tied
        return circles >= 2

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
        both = self.is_reported(now, who)
        if both or self.hits(now, who, HITS) >= self.hits_needed:
            self.offends(now, who, name, confirmed=self.alone or both)
