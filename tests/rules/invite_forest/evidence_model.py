"""A naive model of what is held against the members of a group: posts and reports, kept for ever."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.forest_model import ForestModel

REPORTS, HITS = 90, 60


@dataclass
class GroupModel(ForestModel):
    """The forest, and who has posted and reported what."""

    alone: bool = True  # whether what is written, or two reporters, suffices without evidence of another kind
    hits_needed: int = 1
    reports: list[tuple[int, str, str]] = field(default_factory=list)
    posts: list[tuple[int, str]] = field(default_factory=list)

    def erased(self, now: int, who: str) -> None:
        super().erased(now, who)
        self.reports = [report for report in self.reports if who not in report[1:]]
        self.posts = [post for post in self.posts if post[1] != who]

    def reported(self, now: int, who: str, by: str, name: str) -> None:
        self.reports = [report for report in self.reports if report[1:] != (who, by)] + [(now, who, by)]
        if self.is_reported(now, who):
            self.offends(now, who, name, confirmed=self.alone or self.hits(now, who, REPORTS) > 0)

    def is_reported(self, now: int, who: str) -> bool:
        return len({by for at, other, by in self.reports if other == who and now - REPORTS <= at <= now}) >= 2

    def hits(self, now: int, who: str, within: int) -> int:
        return sum(now - within <= at <= now for at, other in self.posts if other == who)

    def posted(self, now: int, who: str, name: str) -> None:
        self.posts.append((now, who))
        both = self.is_reported(now, who)
        if both or self.hits(now, who, HITS) >= self.hits_needed:
            self.offends(now, who, name, confirmed=self.alone or both)
