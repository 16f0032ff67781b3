"""Search for people and prompts to join: EG-17 to EG-27, EG-E5 to EG-E7, EG-E11 to EG-E13."""

from __future__ import annotations

import pytest

from operators.policy.event_group import Combination, Permissions
from schemas.records import AddMember, CancelPrompt, CreateEventGroup, Permission, PromptToJoin
from tests.support.incident_story import FAR, INCIDENT, NEAR, TIMEOUT, USER, IncidentStory, event_group_policy
from tests.support.story import DAY, HOUR, MINUTE, START_MS, evidence

METRE = 0.017986 / 1_999.95


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


def test_nobody_is_nearby_without_a_fresh_location__eg_e11() -> None:
    story = new_story().located("stale", at=-15 * MINUTE - 1).located("fresh").follow("F", "missing")
    assert set(story.created().play_in_order().prompted) == {"fresh"}


def test_the_policy_sets_radius_and_freshness__eg_18() -> None:
    story = new_story(radius_m=100, location_ttl_ms=MINUTE, concern_radius_m=1)
    story.located("near", 100 * METRE).located("farther", 101 * METRE).located("older", at=-MINUTE - 1)
    assert set(story.created().play_in_order().prompted) == {"near"}


def test_a_radius_of_many_cells_is_searched_completely__eg_18() -> None:
    story = new_story(radius_m=60_000)
    story.located("near", 59_999 * METRE).located("edge", -60_000 * METRE).located("out", 60_001 * METRE)
    assert set(story.created().play_in_order().prompted) == {"near", "edge"}


def test_a_location_counts_from_its_own_time_on__c_2() -> None:
    story = (
        new_story().located("moved", at=-10).located("moved", FAR, at=5).located("same", at=0).located("after", at=1)
    )
    assert set(story.created().play_in_order().prompted) == {"moved", "same"}


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("after", [-1, 0, 1])
def test_an_account_that_goes_far_and_returns_is_in_one_place_at_a_time__eg_18_eg_v5(after: int, back: bool) -> None:  # noqa: FBT001
    """Of two incidents in one millisecond on both sides of the earth, exactly one finds the account."""
    story = new_story().located("a", NEAR, at=-100).located("a", -NEAR, 180.0, at=0 if not back else -50)
    if back:
        story.located("a", NEAR, at=0)
    story.reported(after, "here").audited(after, "here")
    story.reported(after, "there", reporter_id="other", kind="fire", longitude=180.0).audited(after, "there")
    found = [one.incident_id for one in story.play_in_order().sent(PromptToJoin) if one.account_id == "a"]
    assert found == ["here" if (after >= 0) == back else "there"]


def test_an_erased_account_is_found_at_none_of_its_locations__c_18() -> None:
    story = (
        new_story().located("a", NEAR, at=-100).located("a", FAR, at=-50).located("a", NEAR, at=-40).erased("a", -30)
    )
    story.created().reported(0, "far", kind="fire", latitude=FAR).audited(0, "far")
    assert story.play_in_order().prompted == {}


def test_a_late_older_location_changes_nothing__c_4() -> None:
    story = new_story().located("a", FAR, at=-1_000).located("b", at=1_000_000 - 5).located("a", at=-2_000)
    ending = story.created(at=1_000_000).play_as_listed()
    assert set(ending.prompted) == {"b"}
    assert ending.counts["journey.late-fact-ignored"] == 1


@pytest.mark.parametrize(("most", "found"), [(0, set()), (1, {"n2"}), (2, {"n1", "n2"})])
def test_only_the_nearest_are_prompted_ties_by_account__eg_e13(most: int, found: set[str]) -> None:
    story = new_story(nearby_at_most=most).located("n2", 10 * METRE).located("n1", 20 * METRE).located("n3", 20 * METRE)
    ending = story.created().play_in_order()
    assert set(ending.prompted) == found
    assert evidence(ending.one("CREATED"))["left_out"] == 3 - most


def test_an_organisation_serves_its_area_and_its_kinds__eg_21() -> None:
    story = new_story().organisation("inside", latitude=1_000 * METRE, radius=1_000)
    story.organisation("outside", latitude=1_001 * METRE, radius=1_000).organisation("other", "fire")
    story.organisation("world", latitude=80.0, radius=20_000_000).organisation("land", latitude=5.0, radius=600_000)
    prompted = story.created().play_in_order().prompted
    assert prompted == dict.fromkeys(("inside", "world", "land"), ("ORGANISATION",))


def test_an_organisation_serves_what_it_registered_last__eg_21() -> None:
    story = new_story().organisation("moved").organisation("moved", latitude=FAR, radius=10, at=-100)
    story.organisation("kind", "fire").organisation("kind", "fire", "accident", at=-100).organisation("gone").erased(
        "gone", -50
    )
    assert set(story.created().play_in_order().prompted) == {"kind"}


def test_a_named_account_that_is_no_object_is_left_out__eg_22() -> None:
    assert new_story().follow("F", "O", accepted=None).created("O", "nobody").play_in_order().prompted == {}


def test_an_object_nearby_is_concerned_without_being_named__eg_22() -> None:
    story = new_story().follow("F", "O").located("O").follow("G", "P").located("P", FAR)
    assert story.created().play_in_order().prompted == {"O": ("OBJECT", "NEARBY_USER"), "F": ("FOLLOWER",)}


@pytest.mark.parametrize(("metres", "concerned"), [(3_000, True), (3_001, False)])
def test_objects_have_a_radius_of_concern_of_their_own__eg_22(metres: int, *, concerned: bool) -> None:
    story = new_story(concern_radius_m=3_000).follow("F", "O").located("O", metres * METRE)
    assert ("F" in story.created().play_in_order().prompted) is concerned


@pytest.mark.parametrize(("age", "found"), [(HOUR - 1, False), (HOUR, True), (DAY, True), (DAY + 1, False)])
def test_concern_may_also_depend_on_the_age_of_a_follow__eg_22(age: int, *, found: bool) -> None:
    rules = {"concern_follow_age_min_ms": HOUR, "concern_follow_age_max_ms": DAY}
    story = new_story(**rules).follow("F", "O", at=-age - 1).located("O").follow("G", "P", at=-2 * HOUR)
    assert ("F" in story.created().play_in_order().prompted) is found


@pytest.mark.parametrize(("age", "found"), [(HOUR - 1, {"N", "G"}), (HOUR, {"O", "F", "N", "G"})])
def test_with_or_one_predicate_suffices__eg_22(age: int, found: set[str]) -> None:
    rules = {"concern_follow_age_min_ms": HOUR, "concern_combine": Combination.OR}
    story = new_story(**rules).follow("F", "O", at=-age - 1).follow("G", "N", at=-10).located("N")
    assert set(story.created().play_in_order().prompted) == found


def test_a_follower_of_several_objects_is_prompted_once_with_all_roles__eg_e5() -> None:
    story = new_story().follow("F", "O").follow("F", "P").organisation("F").located("F").follow("O", "P")
    ending = story.created("O", "P").joined("F").play_in_order()
    prompts = [one for one in ending.sent(PromptToJoin) if one.account_id == "F"]
    assert [one.roles for one in prompts] == [("ORGANISATION", "FOLLOWER", "NEARBY_USER")]
    assert ending.prompted["O"] == ("FOLLOWER", "OBJECT")
    assert (ending.sent(AddMember)[0].roles[0], ending.sent(AddMember)[0].permission) == ("ORGANISATION", "MANAGE")


def test_the_event_user_may_be_the_object__eg_e6() -> None:
    ending = new_story().follow("F", USER).created(USER).play_in_order()
    assert ending.prompted == {"F": ("FOLLOWER",)}
    assert ending.sent(CreateEventGroup)[0].members[0].roles == ("EVENT_USER", "OBJECT")


@pytest.mark.parametrize(
    ("role", "account"),
    [("ORGANISATION", "org"), ("FOLLOWER", "F"), ("OBJECT", "O"), ("NEARBY_USER", "near"), ("EVENT_USER", USER)],
)
def test_each_role_has_its_permission__eg_33(role: str, account: str) -> None:
    def permission(story: IncidentStory) -> str:
        ending = (
            story.organisation("org")
            .follow("F", "O")
            .located("near")
            .created("O")
            .joined("org", "F", "O", "near")
            .play_in_order()
        )
        founders = [one for group in ending.sent(CreateEventGroup) for one in group.members]
        (found,) = [one for one in (*founders, *ending.sent(AddMember)) if one.account_id == account]
        return str(found.permission)

    default = "MANAGE" if role == "ORGANISATION" else "POST"
    assert permission(new_story()) == default
    assert permission(new_story(permissions=Permissions(**{role.lower(): Permission.READ}))) == "READ"


def test_the_largest_permission_of_several_roles_counts__eg_33() -> None:
    rules = event_group_policy(permissions=Permissions(follower=Permission.READ, nearby_user=Permission.MANAGE))
    story = IncidentStory(rules).follow("F", "O").located("F").created("O").joined("F")
    assert story.play_in_order().sent(AddMember)[0].permission == "MANAGE"


def test_a_prompt_has_a_deadline_and_names_kind_and_place_only__eg_26_eg_27() -> None:
    ending = new_story().located("near", at=-1).follow("F", "O").created("O").play_in_order()
    (prompt,) = [one for one in ending.sent(PromptToJoin) if one.account_id == "near"]
    assert (prompt.kind, prompt.latitude, prompt.longitude) == ("accident", 0.0, 0.0)
    assert prompt.deadline_ms == START_MS + TIMEOUT
    assert prompt.decision_id == ending.one("CREATED").decision_id
    assert str(NEAR) not in repr(ending.outputs)


@pytest.mark.parametrize(("accepted", "asked"), [(-HOUR, 0), (MINUTE, MINUTE + 1)])
def test_a_late_follow_prompts_no_earlier_than_the_group_exists__eg_24_eg_27(accepted: int, asked: int) -> None:
    story = new_story().follow("F", "O").created("O").located("x", at=20 * MINUTE).follow("G", "O", at=accepted)
    ending = story.joined("G", at=21 * MINUTE).play_as_listed()
    (prompt,) = [one for one in ending.sent(PromptToJoin) if one.account_id == "G"]
    assert (prompt.at_ms - START_MS, prompt.deadline_ms - START_MS) == (asked, asked + TIMEOUT)
    assert [one.account_id for one in ending.sent(AddMember)] == ["G"]


def test_the_creation_lists_who_was_found_and_the_consents__eg_17() -> None:
    story = new_story().follow("F", "O").organisation("org").located("near").created("O")
    shown = evidence(story.play_in_order().one("CREATED"))
    assert shown["found"] == {"EVENT_USER": 1, "NEARBY_USER": 1, "FOLLOWER": 1, "OBJECT": 1, "ORGANISATION": 1}
    assert (shown["radius_m"], shown["left_out"]) == (2_000, 0)
    assert shown["consents"] == [{"object": "O", "follower": "F", "version": 2}]


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ((0.0, 179.9999), (0.0, -179.9999)),
        ((89.9999, 0.0), (89.9999, 180.0)),
        ((-89.9999, 90.0), (-89.9999, -90.0)),
        ((90.0, 17.0), (89.99, -140.0)),
    ],
    ids=["antimeridian", "north pole", "south pole", "at the pole"],
)
def test_distances_are_great_circles__eg_19(place: tuple[float, float], other: tuple[float, float]) -> None:
    story = new_story().located("near", *other).located("far", 45.0, other[1]).organisation("org", radius=0.5)
    story.reported(latitude=place[0], longitude=place[1]).audited(1)
    assert set(story.play_in_order().prompted) == {"near"}


def test_search_results_are_kept_per_incident() -> None:
    story = new_story().located("a").located("b", 10.0).created().reported(0, "two", latitude=10.0).audited(0, "two")
    prompts = story.play_in_order().sent(PromptToJoin)
    assert {(one.incident_id, one.account_id) for one in prompts} == {(INCIDENT, "a"), ("two", "b")}


def test_whom_a_merged_report_names_is_asked_and_so_are_the_followers__eg_15() -> None:
    story = new_story().follow("F", "O").created()
    story.reported(MINUTE, "inc-2", reporter_id="second", object_ids=("O", "P")).audited(2 * MINUTE, "inc-2")
    story.follow("G", "P", at=3 * MINUTE).revoked("F", "O", at=4 * MINUTE)
    ending = story.closed(HOUR).play_in_order()
    assert ending.prompted == {"F": ("FOLLOWER",), "O": ("OBJECT",), "G": ("FOLLOWER",), "P": ("OBJECT",)}
    assert {one.incident_id for one in ending.sent(PromptToJoin)} == {INCIDENT}
    cancelled = [(one.account_id, one.at_ms - START_MS) for one in ending.sent(CancelPrompt)]
    assert ("F", 4 * MINUTE) in cancelled


def test_whom_a_merged_report_names_is_asked_although_the_audit_comes_late__eg_15_c_4() -> None:
    story = new_story().follow("F", "O").created()
    story.reported(MINUTE, "inc-2", reporter_id="second", object_ids=("O",)).located("x", at=3 * MINUTE)
    story.audited(2 * MINUTE, "inc-2")
    assert set(story.play_as_listed().prompted) == {"F", "O"}


def test_an_erasure_forgets_whom_a_merged_report_has_named__eg_15_c_18() -> None:
    story = new_story().created().reported(MINUTE, "inc-2", reporter_id="second", object_ids=("P",))
    story.audited(2 * MINUTE, "inc-2").erased("P", 3 * MINUTE).follow("G", "P", at=4 * MINUTE)
    assert story.play_in_order().prompted == {}
