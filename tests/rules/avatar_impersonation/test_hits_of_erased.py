"""Recent hits of a conversation, of which one account was erased in between (AI-3, C-18)."""

from dataclasses import replace

import pytest

from tests.support.portraits import H7, Portraits, family, findings, outcomes, rules
from tests.support.story import DAY, HARMLESS, MINUTE, SECOND, evidence

HIT = 20 * DAY
BOTH = {"both_directions": True}


def hit_by(writer: str) -> Portraits:
    """Return a story in which one of R and the stranger S writes something suspicious to the other."""
    return family(rules(**BOTH)).writes(HIT, sender=writer, recipient="R" if writer == "S" else "S")


@pytest.mark.parametrize("writer", ["R", "S"])
def test_a_hit_does_not_open_the_comparison_of_a_new_account_of_the_same_name__ai_3_c_18(writer: str) -> None:
    story = hit_by(writer).erased("S", HIT + SECOND).avatar("S", H7, HIT + 2 * SECOND)
    assert not outcomes(story.writes(HIT + MINUTE, HARMLESS).play())
    assert outcomes(story.writes(HIT + 2 * MINUTE).writes(HIT + 3 * MINUTE, HARMLESS).play()) == ["RISK_USER"]


def test_a_late_hit_from_before_the_recipients_erasure_opens_nothing__ai_3_c_18() -> None:
    story = family(rules(**BOTH)).avatar("S", H7, HIT - DAY).erased("R", HIT + SECOND)
    story.befriends("R", "M", HIT + 2 * SECOND).profile("x", HIT + 20 * SECOND, nickname="X").keep_order_from_now_on()
    assert not outcomes(story.writes(HIT).writes(HIT + MINUTE, HARMLESS).play())


@pytest.mark.parametrize("erased", ["R", "M"])
def test_a_late_erasure_spares_newer_hits__ai_3_c_18(erased: str) -> None:
    """The sender is M, whom R knows, so that the erasure of either reaches what R remembers."""
    story = Portraits(rules(**BOTH)).befriends("R", "D", HIT - MINUTE).avatar("D", H7, HIT - MINUTE)
    story.befriends("R", "M", HIT - MINUTE).writes(HIT, sender="R", recipient="M", event_id="hit")
    story.avatar("M", H7, HIT + SECOND).profile("x", HIT + 20 * SECOND, nickname="X").keep_order_from_now_on()
    story.erased(erased, HIT - MINUTE).writes(HIT + MINUTE, HARMLESS, sender="M")
    assert "hit" in [evidence(found).get("opened_by") for found in findings(story.play(), "M")]


def test_an_erasure_is_remembered_as_long_as_hits_are__ai_3_c_18() -> None:
    policy = rules(**BOTH, both_directions_ms=90 * DAY)
    policy = replace(policy, strangers=replace(policy.strangers, contact_memory_ms=0))
    story = family(policy).writes(HIT).erased("S", HIT + DAY).avatar("S", H7, HIT + 2 * DAY)
    story.writes(HIT + 50 * DAY, HARMLESS, sender="x")
    assert not findings(story.writes(HIT + 60 * DAY, HARMLESS).play())
