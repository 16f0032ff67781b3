"""Samples of recorded events: whole units, and confidence intervals with their coverage."""

from __future__ import annotations

import random
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from jobs.analysis.sample import Estimate, Sample
from schemas.jsonl import write_line
from schemas.records import FriendAdded, MemberReported, MessageSent
from tests.support.given import message

HALF = Sample(Fraction(1, 2))


@given(st.text(min_size=1), st.text(min_size=1), st.text())
def test_a_line_is_drawn_as_its_message_is(sender: str, recipient: str, text: str) -> None:
    event = MessageSent(event_id="m", at_ms=1, sender_id=sender, recipient_id=recipient, text=text)
    drawn = HALF.includes_unit(sender) or HALF.includes_unit(recipient)
    assert HALF.may_include_line(write_line(event).encode()) == HALF.includes(event) == drawn


def test_a_group_message_is_drawn_with_its_group() -> None:
    events = [MessageSent(event_id="m", at_ms=1, sender_id=f"a{n}", group_id=f"g{n}", text="") for n in range(40)]
    assert [HALF.includes(event) for event in events] == [HALF.includes_unit(event.group_id or "") for event in events]
    assert all(HALF.may_include_line(write_line(event).encode()) for event in events if HALF.includes(event))


def test_what_a_person_of_the_sample_wrote_is_in_it__st_10() -> None:
    people = [f"p{n}" for n in range(40)]
    sampled = next(filter(HALF.includes_unit, people))
    other = next(person for person in people if not HALF.includes_unit(person))
    wrote = MessageSent(event_id="m", at_ms=1, sender_id=sampled, recipient_id=other, text="hello")
    assert HALF.includes(wrote)


def test_a_text_that_looks_like_a_field_is_a_text() -> None:
    event = message("m", 1, text='"type":"FriendAdded","recipient_id":"somebody"')
    drawn = HALF.includes_unit("alice") or HALF.includes_unit("bob")
    assert HALF.may_include_line(write_line(event).encode()) == drawn


def test_every_fact_and_every_line_that_is_none_is_kept() -> None:
    facts = [FriendAdded(event_id=f"f{n}", at_ms=1, account_id=f"a{n}", friend_id="b", mutual=True) for n in range(20)]
    assert all(HALF.includes(fact) and HALF.may_include_line(write_line(fact).encode()) for fact in facts)
    assert HALF.may_include_line(b'{"type": "MessageSent", "recipient_id": 7}')


def test_reports_are_drawn_with_their_group() -> None:
    reports = [
        MemberReported(event_id=f"r{n}", at_ms=1, group_id=f"g{n}", account_id="a", reporter_id="b", reason="x")
        for n in range(40)
    ]
    assert {HALF.includes(report) for report in reports} == {True, False}
    assert all(HALF.includes(report) == HALF.includes_unit(report.group_id) for report in reports)


def test_the_estimate_is_the_sum_over_the_share_with_bounds_by_unit() -> None:
    assert HALF.estimate({"a": 3, "b": 4}, 0) == Estimate(14, 7, 28)  # 14 +- 1.96 * sqrt(25 * 0.5 / 0.25)
    assert HALF.estimate({}, 5) == Estimate(5, 5, 11)
    assert Sample(Fraction(1)).estimate({"a": 3}, 2) == Estimate(5, 5, 5)
    assert Sample(Fraction(1)).estimate({}, 2) == Estimate(2, 2, 2)


def test_the_interval_covers_the_total_in_nineteen_of_twenty_samples() -> None:
    chance = random.Random(7)
    share, held = Fraction(1, 5), 0
    units = {f"u{number}": chance.choice((0, 1, 1, 2, 5)) for number in range(400)}
    total = sum(units.values())
    for _ in range(300):
        drawn = {unit: count for unit, count in units.items() if count and chance.random() < share}
        estimate = Sample(share).estimate(drawn, 0)
        held += estimate.low <= total <= estimate.high
    assert 0.92 * 300 <= held <= 0.99 * 300
