"""Names that many bear prove nothing by themselves (FA-104); here those of more than two established accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operators.accounts.own_name import hash_of_name
from operators.accounts.profile import MAX_COMMON_NAMES
from operators.text.names import words_of
from state.catalog.accounts import PROFILE
from state.catalog.pictures import HOLDERS, SHOWN
from state.pseudonym import pseudonym_of
from state.stores.store import prefix_of
from tests.support.portraits import H0, Portraits, findings, gate, rules
from tests.support.story import DAY, HOUR, evidence

if TYPE_CHECKING:
    from operators.policy.model import Policy
    from schemas.records import Decision
    from tests.support.story import StoryResult

REQUEST = 60 * DAY
NAME = "Maria Lopez"
CROWD = ("x0", "x1", "x2")


def few(above: int = 2, **changes: int) -> Policy:
    section = {"popular_age_ms": 30 * DAY, "popular_friends": 2} | changes
    return rules(gate={"gate_common_name_above": above}, **section)


def befriended(story: Portraits, *crowd: str, at: int = 11 * DAY, friends: int = 2) -> Portraits:
    """Make accounts known, each as a friend of some others."""
    for who in crowd:
        story.profile(who, at, region="bj")
        for number in range(friends):
            story.befriends(f"friend-{number}", who, at + 1)
    return story


def namesakes(
    *crowd: str, policy: Policy | None = None, named: int = 45 * DAY, known: int = 11 * DAY, friends: int = 2
) -> Portraits:
    """Return a story in which R's friend M, S, and a crowd of established accounts bear one name."""
    story = Portraits(policy or few()).befriends("R", "M", 0).profile("M", DAY, nickname=NAME)
    befriended(story, *crowd, at=known, friends=friends)
    for who in crowd:
        story.profile(who, named, nickname=NAME)
    return story.profile("S", 50 * DAY, nickname=NAME)


def asked(story: Portraits, at: int = REQUEST) -> bool:
    return outcome(story.requests(at).play()) == "ASKED"


def outcome(ending: StoryResult) -> str:
    return gate(ending)[0][1]


def judged(story: Portraits) -> Decision:
    """Return the first decision of the gate."""
    return next(found for found in story.requests(REQUEST).play().decisions if found.rule == "friend-gate")


@pytest.mark.parametrize(("bearers", "expected"), [(50, True), (51, False)], ids=["FA-V128", "FA-V128 common"])
def test_a_name_that_more_than_fifty_established_accounts_bear_is_no_reason__fa_104_fa_v128(
    bearers: int,
    expected: bool,  # noqa: FBT001
) -> None:
    policy = few(50, popular_age_ms=0, popular_friends=0)
    story = Portraits(policy).befriends("R", "M", 0).profile("M", DAY, nickname=NAME)
    for number in range(bearers - 1):
        story.profile(f"x{number}", 10 * DAY, nickname=NAME)
    story.profile("S", REQUEST - HOUR, nickname=NAME)
    assert asked(story) is expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, False, id="established"),
        pytest.param({"friends": 1}, True, id="FA-V129 too few friends"),
        pytest.param({"known": 29 * DAY, "named": 29 * DAY + 2}, False, id="30 d old a day before"),
        pytest.param({"known": 29 * DAY + 1, "named": 29 * DAY + 2}, True, id="FA-V129 a ms younger"),
        pytest.param({"named": REQUEST - DAY}, False, id="borne for a day"),
        pytest.param({"named": REQUEST - DAY + 1}, True, id="a ms less"),
    ],
)
def test_only_established_accounts_make_a_name_common__fa_104_fa_v129_fa_e98(
    changed: dict[str, int],
    expected: bool,  # noqa: FBT001
) -> None:
    assert asked(namesakes(*CROWD, **changed)) is expected


@pytest.mark.parametrize("name", ["maria lopez 2", "Lopez, María", "Mаriа Lореz", "MARIA LOPEZ (official)"])
def test_a_name_is_counted_as_people_see_it__fa_104_fa_91(name: str) -> None:
    story = namesakes()
    befriended(story, *CROWD)
    for who in CROWD:
        story.profile(who, 45 * DAY, nickname=name)
    assert not asked(story)


@pytest.mark.parametrize("name", ["user_123", "123", "", "Maria Lopes", "🌸"])
def test_other_names_are_counted_apart__fa_104(name: str) -> None:
    assert hash_of_name(words_of(name)) != hash_of_name(words_of(NAME))


def test_a_name_that_the_platform_gives_is_not_counted__fa_104_fa_92() -> None:
    assert hash_of_name(words_of("user_123456")) == hash_of_name("") == ""
    assert hash_of_name(words_of("🌸")) == hash_of_name(words_of(" 🌸 ")) != ""


def test_a_common_name_is_shown_in_the_evidence__fa_104() -> None:
    decision = judged(namesakes(*CROWD))
    assert evidence(decision)["best"]["name"] == "common"
    assert "nickname" not in evidence(decision)["best"]["parts"]
    assert evidence(decision)["best"]["similarity"] == 0


def test_equal_regions_do_not_make_up_for_a_common_name__fa_104_fa_v130() -> None:
    story = namesakes(*CROWD)
    for who in ("M", "S"):
        story.profile(who, 55 * DAY, region="Lisbon")
    assert not asked(story)


def test_a_common_name_counts_beside_a_picture_that_is_alike__fa_104_fa_v131() -> None:
    story = namesakes(*CROWD)
    for who in ("M", "S"):
        story.avatar(who, H0, 55 * DAY)
    assert judged(story).reasons == ("picture_and_name", "same_picture", "similar_profile")


def test_a_friend_who_takes_a_common_name_of_another_does_not_drift__fa_66_fa_104() -> None:
    stories = [namesakes(*crowd).befriends("R", "S", 40 * DAY) for crowd in ((), CROWD)]
    assert [len(findings(story.play())) for story in stories] == [1, 0]


def test_who_takes_another_name_in_time_does_not_count__fa_104() -> None:
    leaving = namesakes(*CROWD).profile("x0", 46 * DAY - 1, nickname="Ann Hill")
    assert asked(leaving)


def test_a_name_stays_common_when_its_bearers_leave__fa_104() -> None:
    story = namesakes(*CROWD)
    for who in CROWD:
        story.profile(who, 47 * DAY, nickname="Ann Hill")
    assert not asked(story)


@pytest.mark.parametrize("event_id", ["a", "z"])
@pytest.mark.parametrize("at", [46 * DAY, 55 * DAY])
def test_who_takes_a_common_name_is_told_from_that_millisecond_on__fa_104_c_2(at: int, event_id: str) -> None:
    story = namesakes(*CROWD).befriends("R", "D", 2 * DAY).profile("M", 3 * DAY, nickname="Other Person")
    story.profile("D", at, nickname=NAME, event_id=event_id)
    assert not asked(story.requests(at, "q0"))


def test_a_friend_who_goes_back_to_a_common_name_has_it_at_once__fa_104() -> None:
    story = namesakes(*CROWD).profile("M", 50 * DAY, nickname="Ann Hill").profile("M", 51 * DAY, nickname="maria lopez")
    assert not asked(story)


def test_few_common_names_of_an_account_are_stored__fa_104() -> None:
    story = Portraits(few(1, popular_age_ms=0, popular_friends=0))
    names = [f"{first} Lopez" for first in ("Ana", "Berta", "Carla", "Dora", "Elena", "Frida")]
    for at, name in enumerate(names):
        story.profile(f"a{at}", at, nickname=name).profile(f"b{at}", at, nickname=name)
        story.profile("T", (10 + at) * DAY, nickname=name)
    rows = story.befriends("x", "y", 30 * DAY).stored_rows()
    place = prefix_of("account", PROFILE.name, pseudonym_of("T"))
    [kept] = [PROFILE.codec.loads(value).common_names for row, value in rows if row.startswith(place)]
    assert list(kept) == [hash_of_name(words_of(name)) for name in names[-MAX_COMMON_NAMES:]]


def test_no_common_name_of_an_erased_account_is_stored__c_18_fa_104() -> None:
    story = namesakes(*CROWD).profile("x0", 70 * DAY, nickname="New").befriends("x", "y", 71 * DAY)
    rows = story.keep_order_from_now_on().erased("x0", 69 * DAY).befriends("x", "z", 72 * DAY).stored_rows()
    place = prefix_of("account", PROFILE.name, pseudonym_of("x0"))
    [left] = [PROFILE.codec.loads(value) for row, value in rows if row.startswith(place)]
    assert (left.nickname, left.common_names) == ("new", {})


def test_an_erased_account_does_not_count__c_18_fa_104() -> None:
    story = namesakes(*CROWD).erased("x0", 46 * DAY - 1)
    assert asked(story)


def test_no_name_is_in_the_state_of_the_count__fa_104() -> None:
    rows = namesakes("x0").befriends("x", "y", 59 * DAY).stored_rows()
    places = prefix_of("namesakes", HOLDERS.name), prefix_of("avatar", SHOWN.name)
    counted = [row + value for row, value in rows if row.startswith(places)]
    assert all(any(raw.startswith(place) for raw in counted) for place in places)
    assert not [raw for raw in counted if b"maria" in raw.lower() or b"lopez" in raw.lower()]
