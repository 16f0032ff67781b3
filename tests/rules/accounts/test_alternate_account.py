"""Choice of the alternate account through which the sender's person is asked (FA-34 to FA-38)."""

from typing import Any

import pytest

from operators.accounts.alternate_accounts import MAX_LINKS
from operators.policy.friendship_age import AlternateOrder
from schemas.records import Channel
from tests.support.story import DAY, HOUR, MINUTE, Story, evidence, rules

VIDEO, VOICE, PHONE, TEXT = Channel.VIDEO, Channel.VOICE, Channel.PHONE, Channel.TEXT
Links = list[tuple[str, tuple[Channel, ...], int]]


def asked(story: Story) -> Any:
    [command] = story.friends_for(30 * DAY).message().play().commands[:1]
    return command


def with_links(story: Story, links: Links) -> Story:
    for app, channels, last_used in links:
        story.linked(app, *channels, last_used_ms=last_used)
    return story


@pytest.mark.parametrize(
    ("links", "app", "channel"),
    [
        pytest.param([("mail", (TEXT,), 1)], "mail", "TEXT", id="the only one"),
        pytest.param([("mail", (TEXT,), 9), ("call", (VOICE,), 1)], "call", "VOICE", id="voice before others"),
        pytest.param([("mail", (TEXT,), 9), ("cam", (VIDEO,), 1)], "cam", "VIDEO", id="video before others"),
        pytest.param([("call", (VOICE,), 1), ("cam", (VIDEO,), 0)], "call", "VOICE", id="then the latest used"),
        pytest.param([("zoo", (VOICE,), 1), ("ant", (VOICE,), 1)], "ant", "VOICE", id="then by application"),
        pytest.param([("mail", (TEXT, VOICE, VIDEO), 1)], "mail", "VIDEO", id="FA-37: the first channel in order"),
        pytest.param([("tel", (PHONE,), 9), ("mail", (TEXT,), 1)], "mail", "TEXT", id="FA-38: the telephone last"),
        pytest.param([("tel", (PHONE,), 9)], "tel", "PHONE", id="FA-38 FA-E9: the telephone, if nothing else"),
    ],
)
def test_preferred_alternate_account_is_chosen__fa_36_fa_37_fa_38(links: Links, app: str, channel: str) -> None:
    command = asked(with_links(Story(), links))
    assert (command.app, command.alternate_id, command.channel) == (app, f"alice@{app}", channel)
    assert (command.account_id, command.about_id) == ("bob", "alice")


def test_ties_within_an_application_are_broken_by_account_id__fa_36() -> None:
    story = Story().linked("mail", TEXT, alternate_id="b").linked("mail", TEXT, alternate_id="a")
    assert asked(story).alternate_id == "a"


def test_recent_first_chooses_the_latest_used_whatever_its_channels__fa_36() -> None:
    story = Story(rules(alternate_order=AlternateOrder.RECENT_FIRST))
    assert asked(with_links(story, [("mail", (TEXT,), 9), ("call", (VOICE,), 1)])).app == "mail"


def test_channel_order_is_that_of_the_policy__fa_37() -> None:
    story = Story(rules(channel_order=(TEXT, VOICE)))
    assert asked(with_links(story, [("mail", (VIDEO, VOICE, TEXT), 1)])).channel == "TEXT"


def test_account_without_a_channel_of_the_policy_is_skipped__fa_37() -> None:
    story = Story(rules(channel_order=(VOICE,)))
    assert asked(with_links(story, [("mail", (TEXT,), 9), ("call", (VOICE,), 1)])).app == "call"


def test_unverified_account_is_not_used__fa_35_fa_e10() -> None:
    command = asked(Story().linked("mail", VIDEO, verified=False).linked("tel", PHONE))
    assert command.app == "tel"


def test_unlinked_account_is_not_used__fa_35() -> None:
    assert asked(Story().linked("mail", TEXT, at=-9).unlinked(-5)).app == "FIRST_APP"


def test_account_linked_after_the_message_is_not_used__fa_35_c_2() -> None:
    assert asked(Story().linked("mail", TEXT, at=1)).app == "FIRST_APP"


def test_alternate_accounts_of_the_recipient_are_not_used__fa_34() -> None:
    assert asked(Story().linked("mail", TEXT, account_id="bob")).app == "FIRST_APP"


def test_without_alternate_account_the_first_app_asks_with_low_trust__fa_38_fa_e9() -> None:
    ending = Story().friends_for(30 * DAY).message().play()
    command, decision = ending.commands[0], ending.decisions[0]
    assert (command.app, command.alternate_id, command.channel) == ("FIRST_APP", None, "TEXT")
    assert "low_trust" in decision.reasons
    assert evidence(decision)["verification"]["low_trust"] is True


def test_with_the_challenge_disabled_the_recipient_is_warned__fa_38_fa_e9() -> None:
    ending = Story(rules(in_app_challenge=False)).friends_for(30 * DAY).message().play()
    [decision] = ending.decisions
    assert (decision.outcome, decision.actions, ending.command_names(decision)) == (
        "VERIFY",
        ("WARN",),
        ["Warn IN_APP"],
    )
    assert "verification" not in evidence(decision)


def test_nothing_is_pending_if_nobody_can_be_asked__fa_38() -> None:
    ending = Story(rules(in_app_challenge=False)).friends_for(30 * DAY).message().message(HOUR).play()
    assert ending.timed == [(0, "VERIFY"), (HOUR, "VERIFY")]


def test_request_has_application_channel_and_deadline__fa_40() -> None:
    decision = Story().friends_for(30 * DAY).linked("call", VOICE).message().play().decisions[0]
    assert evidence(decision)["verification"] == {
        "id": decision.decision_id,
        "app": "call",
        "channel": "VOICE",
        "deadline_ms": decision.at_ms + 600_000,
        "low_trust": False,
    }


def test_links_beyond_a_hundred_are_dropped() -> None:
    links: Links = [(f"app{number:03}", (TEXT,), number) for number in range(MAX_LINKS + 1)]
    assert with_links(Story(), links).play().counts["account.link-beyond-limit"] == 1


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("late", [False, True])
def test_after_a_late_erasure_an_open_verification_still_hears_of_its_link__fa_44_c_18(who: str, *, late: bool) -> None:
    story = (
        Story().friends(at=-35 * DAY).linked(at=-20 * DAY).message().friends(at=3_000, account_id="x", friend_id="y")
    )
    if late:
        story.erased(who, -40 * DAY)
    ending = story.unlinked(MINUTE).answered(2 * MINUTE, genuine=True).play()
    assert ending.counts["relationship.unbelieved-answer"] == 1
