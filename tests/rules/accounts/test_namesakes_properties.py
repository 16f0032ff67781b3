"""Common names against a plain count: who bears the name, established, at each time (FA-104, AI-36)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tests.support.portraits import Portraits, gate, rules

NAME, OTHERS = "Maria Lopez", ("Ann Hill", "lopez maria", "")
ACCOUNTS = ("M", "S", "a", "b", "c")
STEP, AGE, AFTER = 10, 403, 104
"""Events are at multiples of the step; no account comes of age, and no name is due, at the time of an event."""
REQUEST = 100 * STEP
ABOVE = 1
Life = tuple[int | None, list[tuple[int, str]]]


@dataclass
class Bearer:
    """What a plain count knows of an account: since when, its first friend, and when it bore the name."""

    known: int | None = None
    friend: int | None = None
    borne: list[list[int]] = field(default_factory=list)

    def meet(self, at: int, *, listed: bool) -> None:
        self.known = at if self.known is None else self.known
        self.friend = at if self.friend is None and listed else self.friend

    def take(self, at: int, name: str) -> None:
        self.meet(at, listed=False)
        bears = bool(self.borne) and self.borne[-1][1] > at
        is_name = sorted(name.lower().split()) == sorted(NAME.lower().split())
        if bears and not is_name:
            self.borne[-1][1] = at
        elif is_name and not bears:
            self.borne.append([at, REQUEST + 1])

    def counted(self) -> list[tuple[int, int]]:
        """Return from when to when the account counts, as long as it goes on to bear the name."""
        if self.known is None or self.friend is None:
            return []
        established = max(self.known + AGE, self.friend)
        return [(max(start, established) + AFTER, end) for start, end in self.borne]


def is_common(bearers: dict[str, Bearer]) -> bool:
    spans = [span for bearer in bearers.values() for span in bearer.counted()]
    return any(
        sum(due <= at < end for due, end in spans) > ABOVE for at, until in spans if at < until and at <= REQUEST
    )


times = st.integers(3, 90)
lives = st.tuples(
    st.none() | times | times, st.lists(st.tuples(times, st.sampled_from((NAME, NAME, *OTHERS))), max_size=4)
)
"""When somebody first has an account as a friend, and the names that it takes."""


@given(lived=st.fixed_dictionaries(dict.fromkeys(ACCOUNTS, lives)))
def test_a_name_is_common_as_a_plain_count_says__fa_104(lived: dict[str, Life]) -> None:
    policy = rules(
        gate={"gate_common_name_above": ABOVE}, popular_age_ms=AGE, popular_friends=1, popular_after_ms=AFTER
    )
    story, bearers = Portraits(policy).befriends("R", "M", STEP), {who: Bearer() for who in ACCOUNTS}
    bearers["M"].meet(STEP, listed=True)
    acts = [(place, who, name) for who, (_, names) in lived.items() for place, name in names]
    acts += [(place, who, None) for who, (place, _) in lived.items() if place is not None]
    for place, who, name in [*sorted(acts, key=lambda act: act[0]), (97, "M", NAME), (98, "S", NAME)]:
        at = place * STEP
        if name is None:
            story.befriends("friend", who, at)
            bearers[who].meet(at, listed=True)
        else:
            story.profile(who, at, nickname=name)
            bearers[who].take(at, name)
    outcome = gate(story.requests(REQUEST).play())[0][1]
    assert outcome == ("ACCEPTED" if is_common(bearers) else "ASKED")
