"""Expiry of state entries, and bounds of every list in state (C-4, FA-46)."""

import pytest

from operators.decision import POLICY_UNSEEN
from operators.friendship_age import verification
from operators.friendship_age.bands import band_name
from operators.policy.action import Operation
from operators.policy.friendship_age import Band, Outcome
from operators.screening.findings import ScreeningResult, result_for
from schemas.records import Finding, Span, SuspicionRaised
from tests.support.group_story import GroupStory, forest_policy
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, SECOND, Story, evidence

SPAN = Span(detector="keyword", start=0, end=1)


def kept(story: Story, state: str, at: int) -> int:
    """Return the number of entries of a state at a time, with no events after it."""
    rows = story.message(at + 1_001, HARMLESS).stored_rows()
    return sum(f"\x00\x00\x00{chr(len(state))}{state}".encode() in row for row, _ in rows)


def asked() -> Story:
    return Story().friends_for(30 * DAY).linked().message()


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story(), id="a stranger"),
        pytest.param(Story().friends_for(30 * DAY).unfriended(-1), id="a friend of before"),
        pytest.param(Story().friends(account_id="alice", friend_id="bob", mutual=False), id="only the sender's friend"),
    ],
)
def test_an_account_without_verification_gets_no_news_of_links__fa_44(story: Story) -> None:
    assert kept(story.linked().message(), "asked", 0) == 0


@pytest.mark.parametrize(
    ("story", "state", "last", "gone"),
    [
        pytest.param(asked(), "verifications", 4_200_000 - 1, 4_200_000, id="FA-46: deadline and late window"),
        pytest.param(asked(), "pairs", 4_200_000 - 1, 4_200_000, id="nothing of a pair without marks"),
        pytest.param(asked(), "asked", 4_200_000, 4_200_001 + HOUR, id="whom to tell about a link"),
        pytest.param(asked().answered(1, genuine=True), "pairs", DAY, DAY + 1 + HOUR, id="FA-48: cool-down"),
        pytest.param(Story().trusted(0), "pairs", 7 * DAY - 1, 7 * DAY + HOUR, id="FA-52: trust"),
        pytest.param(Story().unlinked(0), "removed-links", 7 * DAY - 1, 7 * DAY + HOUR, id="C-4: removed link"),
        pytest.param(Story().erased("alice", 0), "erased", 7 * DAY - 1, 7 * DAY + HOUR, id="C-18: marker"),
        pytest.param(Story().friends_for(0).message(), "windows", 399_999, 400_000, id="C-6: window"),
    ],
)
def test_how_long_an_entry_is_kept__c_4_c_18(story: Story, state: str, last: int, gone: int) -> None:
    assert kept(story, state, last) > 0
    assert kept(story, state, gone) == 0


@pytest.mark.parametrize(("state", "days"), [("hits", 3), ("reports", 3), ("accusations", 20), ("report-records", 200)])
def test_a_policy_with_longer_times_removes_the_signs_of_before_at_their_end__if_43_if_51(
    state: str, days: int
) -> None:
    story = GroupStory(forest_policy(hits_needed=2)).joins("reporter", at=-1).posts("member", 0)
    times = "hits_within_ms: 3d, reports_within_ms: 3d, upheld_within_ms: 20d, reporter_memory_ms: 200d"
    story.reported("member", "reporter", 1).published(MINUTE, f"invite_forest: {{condition: {{{times}}}}}")
    assert kept(story, state, days * DAY - 1) == 1
    assert kept(story, state, days * DAY + 2 * HOUR) == 0


def test_a_friendship_never_expires__fa_17() -> None:
    assert kept(Story().friends(at=0), "friends", 400 * DAY) == 2


def test_the_end_of_a_friendship_is_remembered_until_they_are_friends_again__fa_18() -> None:
    story = Story().friends(at=0).unfriended(DAY)
    assert kept(story, "removed-friends", 400 * DAY) == 2
    assert kept(story.friends(at=401 * DAY), "removed-friends", 402 * DAY) == 0


def test_a_block_is_kept_until_it_is_lifted__fa_51() -> None:
    story = asked().answered(1, genuine=False)
    assert kept(story, "blocks", 400 * DAY) == 1
    assert kept(story.trusted(401 * DAY), "blocks", 402 * DAY) == 0


def test_a_flood_of_messages_is_counted_and_not_listed_in_full__fa_39(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MAX_LISTED", 3)
    story = asked()
    for second in range(1, 6):
        story.message(second * SECOND)
    shown = evidence(story.play().decisions[-1])
    assert (len(shown["attached"]), shown["attached_count"]) == (3, 6)


@pytest.mark.parametrize(
    ("band", "name"),
    [
        ((0, 3 * DAY), "[0, 3d)"),
        ((36 * HOUR, None), "[36h, inf)"),
        ((1, 90 * SECOND), "[1ms, 90s)"),
        ((0, MINUTE), "[0, 1m)"),
    ],
)
def test_a_band_is_named_as_an_interval__c_13(band: tuple[int, int | None], name: str) -> None:
    assert band_name(Band(*band, Operation(), Outcome.MIDDLE)) == name


@pytest.mark.parametrize(
    ("screened", "spans", "is_unseen"),
    [
        pytest.param(("v1", "v2"), (SPAN,), False, id="screened by the version that judges"),
        pytest.param(("v2",), (SPAN,), False, id="by that one alone"),
        pytest.param(("v0", "v1"), (), True, id="the last version stands in, and found nothing"),
    ],
)
def test_a_message_screened_before_its_policy_was_known_uses_the_last__c_19(
    *, screened: tuple[str, ...], spans: tuple[Span, ...], is_unseen: bool
) -> None:
    found = (("invite-forest", "v1"), ("friendship-age", "v2"), ("friendship-age", "v0"))
    event = SuspicionRaised(
        event_id="m",
        at_ms=1,
        sender_id="alice",
        recipient_id="bob",
        screened=screened,
        findings=tuple(Finding(version=version, rule=rule, spans=(SPAN,)) for rule, version in found),
    )
    assert result_for("friendship-age", "v2", event) == ScreeningResult(spans, 0, is_unseen)
    assert POLICY_UNSEEN == "POLICY_UNSEEN"
