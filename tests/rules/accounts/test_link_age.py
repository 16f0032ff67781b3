"""Age of the links to alternate accounts: whoever has taken an account over cannot answer for it (FA-93, FA-94)."""

from typing import Any

import pytest

from operators.policy.friendship_age import AlternateOrder
from schemas.records import Channel, RequestVerification
from state.catalog.accounts import LINKS
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, START_MS, Story, StoryResult, evidence, rules

VOICE, TEXT = Channel.VOICE, Channel.TEXT
LINK_AGE = 7 * DAY
MILD = "my account is DE89 3704 0044 0532 0130 00"


def old_friends(policy: Any = None) -> Story:
    return Story(policy).friends_for(60 * DAY)


def apps(ending: StoryResult) -> list[str]:
    return [command.app for command in ending.commands if isinstance(command, RequestVerification)]


@pytest.mark.parametrize(
    ("age", "app", "tags"),
    [
        pytest.param(LINK_AGE, "mail", set(), id="FA-V104"),
        pytest.param(LINK_AGE - 1, "FIRST_APP", {"low_trust", "new_link"}, id="FA-V105"),
    ],
)
def test_a_link_counts_from_an_age_on__fa_93(age: int, app: str, tags: set[str]) -> None:
    ending = old_friends().linked(at=-age).message().play()
    assert apps(ending) == [app]
    assert set(ending.decisions[0].reasons) == {"keyword", *tags}


def test_the_age_at_which_a_link_counts_is_that_of_the_policy__fa_93() -> None:
    assert apps(old_friends(rules(link_age_ms=0)).linked(at=0).message().play()) == ["mail"]


@pytest.mark.parametrize(
    ("times", "last"),
    [
        pytest.param((6 * DAY, 12 * DAY), "FIRST_APP", id="FA-V106"),
        pytest.param((1 + LINK_AGE,), "mail", id="FA-V107"),
        pytest.param((LINK_AGE - 1, 2 * LINK_AGE - 2), "FIRST_APP", id="no quiet time"),
    ],
)
def test_a_link_counts_that_was_there_before_the_suspicion__fa_93_fa_94(times: tuple[int, ...], last: str) -> None:
    story = old_friends().message(0).linked(at=1)
    for at in times:
        story.message(at)
    assert apps(story.play())[-1] == last


def test_a_suspicion_is_of_the_account_whoever_is_written_to__fa_94_fa_e94() -> None:
    story = old_friends().message(0, recipient_id="carol").linked(at=1).message(6 * DAY, recipient_id="dave")
    assert apps(story.message(12 * DAY).play()) == ["FIRST_APP"]


@pytest.mark.parametrize(("text", "app"), [(MILD, "FIRST_APP"), (HARMLESS, "mail")])
def test_a_suspicion_begins_with_whatever_is_suspicious__fa_94_fa_6(text: str, app: str) -> None:
    story = old_friends().message(0, text).linked(at=1).message(6 * DAY, text).message(12 * DAY)
    assert apps(story.play())[-1:] == [app]


def test_the_one_that_was_linked_first_is_asked__fa_36() -> None:
    links = old_friends().linked("mail", TEXT, at=-20 * DAY).linked("call", VOICE, at=-19 * DAY)
    assert apps(links.message().play()) == ["mail"]
    preferring = old_friends(rules(alternate_order=AlternateOrder.VOICE_FIRST))
    preferring.linked("mail", TEXT, at=-20 * DAY).linked("call", VOICE, at=-19 * DAY)
    assert apps(preferring.message().play()) == ["call"]


@pytest.mark.parametrize(
    ("later", "app"),
    [
        pytest.param(lambda story: story.linked(TEXT, at=-1), "mail", id="another account"),
        pytest.param(lambda story: story.linked("mail", VOICE, at=-1), "mail", id="linked again as it is"),
        pytest.param(lambda story: story.unlinked(-2).linked(at=-1), "FIRST_APP", id="unlinked between"),
        pytest.param(lambda story: story.linked(verified=False, at=-2).linked(at=-1), "FIRST_APP", id="unverified"),
    ],
)
def test_a_link_is_as_old_as_it_is_verified_without_a_break__fa_93(later: Any, app: str) -> None:
    assert apps(later(old_friends().linked(at=-20 * DAY)).message().play()) == [app]


def test_a_hijacker_does_not_answer_by_an_own_telephone__fa_93_fa_48_fa_e93() -> None:
    story = Story().friends(at=-40 * DAY, since=-1_000 * DAY).linked("real", VOICE, at=-40 * DAY)
    story.linked("evil", VOICE, at=-MINUTE, last_used_ms=1).message()
    assert apps(story.play()) == ["real"]
    story.answered(MINUTE, genuine=True).message(HOUR)
    ending = story.play()
    assert ending.outcomes == ["VERIFY", "GENUINE", "ATTACHED"]
    assert ending.command_names(ending.decisions[-1]) == ["Warn IN_APP"]


def test_the_evidence_says_which_links_count__fa_93() -> None:
    story = old_friends().linked(at=-20 * DAY).linked("call", VOICE, at=-1).message(-HOUR, recipient_id="carol")
    [decision, *_] = story.message().play().decisions
    assert evidence(decision)["links"] == {
        "linked_ms": decision.at_ms - 20 * DAY,
        "suspected_ms": decision.at_ms - HOUR,
        "too_new": 1,
    }


def test_a_suspicion_is_forgotten_after_the_quiet_time__fa_94() -> None:
    def stored(at: int) -> int:
        story = old_friends().message().friends(at=at, account_id="x", friend_id="y")
        return sum(b"suspected" in row for row, _ in story.stored_rows())

    assert (stored(LINK_AGE - HOUR), stored(LINK_AGE + 2 * HOUR)) == (1, 0)


def test_an_erasure_ends_a_suspicion__c_18() -> None:
    story = old_friends().message().erased("alice", 1).friends(at=2, account_id="x", friend_id="y")
    rows = story.friends(at=HOUR, account_id="x", friend_id="z").stored_rows()
    assert not [row for row, _ in rows if b"suspected" in row or LINKS.name.encode() + b"\0" in row]


@pytest.mark.parametrize("late", [False, True])
def test_the_link_of_a_new_account_is_not_older_than_the_erasure__fa_93_c_18(*, late: bool) -> None:
    story = Story().linked(at=-60 * DAY).friends(at=-35 * DAY).linked(at=-3 * DAY)
    story.friends(at=-2 * DAY, account_id="x", friend_id="y").erased("alice", -40 * DAY)
    if not late:
        story.events.sort(key=lambda event: event.at_ms)
    assert apps(story.message().play()) == ["FIRST_APP"]


def test_the_suspicion_of_a_new_account_is_not_older_than_a_late_erasure__fa_94_c_18() -> None:
    story = Story().friends(at=-40 * DAY, account_id="carol").message(-3 * DAY, recipient_id="carol")
    story.friends(at=-DAY, since=-1 - START_MS).message(-HOUR, recipient_id="carol")
    story.friends(at=-MINUTE, account_id="x", friend_id="y").erased("alice", -2 * DAY)
    [decision] = [
        each for each in story.message().play().decisions if (each.outcome, each.other_id) == ("VERIFY", "bob")
    ]
    assert evidence(decision)["links"]["suspected_ms"] == decision.at_ms - 2 * DAY
