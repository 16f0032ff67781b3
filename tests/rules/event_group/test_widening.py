"""People farther away are asked while nobody comes to help: EG-50."""

from __future__ import annotations

from typing import Any

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.policy.event_group import Widening
from schemas.records import Decision, PromptToJoin
from state.stores.memory import MemoryStore
from tests.support.incident_story import USER, IncidentStory, event_group_policy
from tests.support.story import MINUTE, START_MS, evidence

KILOMETRE = 0.00899
STEP = Widening(after_ms=10 * MINUTE, radius_m=5_000, nearby_at_most=2)


def new_story(*steps: Widening, **rules: Any) -> IncidentStory:
    """Return a story with a nearby user, and three users at 3,000 m whom the first search does not find."""
    story = IncidentStory(event_group_policy(widen=steps or (STEP,), **rules)).located("near")
    for number in range(3):
        story.located(f"far-{number}", (3 + number / 10) * KILOMETRE)
    return story


def asked(story: IncidentStory) -> list[tuple[int, str]]:
    """Return when each account is prompted."""
    prompts = story.play_in_order().sent(PromptToJoin)
    return sorted((one.at_ms - START_MS, one.account_id) for one in prompts)


WIDENED = [(10 * MINUTE, "far-0"), (10 * MINUTE, "far-1")]


def test_without_a_helper_the_nearest_farther_away_are_asked__eg_50_eg_v26() -> None:
    story = new_story().created()
    assert asked(story) == [(0, "near"), *WIDENED]
    decision = story.play_in_order().one("WIDENED")
    shown = evidence(decision)
    assert (shown["radius_m"], shown["nearby_at_most"], shown["left_out"]) == (5_000, 2, 1)
    assert [one["account_id"] for one in shown["prompts"]] == ["far-0", "far-1"]
    prompts = story.play_in_order().sent(PromptToJoin)
    assert [one.account_id for one in prompts if one.decision_id == decision.decision_id] == ["far-0", "far-1"]


def test_a_helper_ends_it__eg_50_eg_v26() -> None:
    assert asked(new_story().created().joined("near", at=10 * MINUTE)) == [(0, "near")]
    story = new_story().organisation("org").created().joined("org")
    assert asked(story) == [(0, "near"), (0, "org")]


def test_a_reporter_who_is_there_is_no_helper__eg_50() -> None:
    assert asked(new_story().located(USER).created())[1:] == WIDENED


def test_a_helper_who_leaves_does_not__eg_50() -> None:
    assert asked(new_story().created().joined("near").withdrawn("near", MINUTE))[1:] == WIDENED


def test_a_follower_or_an_object_is_no_helper__eg_50_eg_v26() -> None:
    story = new_story().follow("F", "O").created("O").joined("O", "F")
    assert asked(story)[-2:] == WIDENED


def test_a_person_in_trouble_who_answers_is_no_helper__eg_50() -> None:
    story = new_story().follow("F", "O").located("O").created().joined("O")
    assert asked(story)[-2:] == WIDENED


def test_each_step_asks_others__eg_50_eg_e29() -> None:
    wider = Widening(after_ms=12 * MINUTE, radius_m=8_000, nearby_at_most=5)
    story = new_story(STEP, wider).located("farthest", 7 * KILOMETRE).created()
    assert asked(story)[1:] == [*WIDENED, (12 * MINUTE, "far-2"), (12 * MINUTE, "farthest")]


def test_whoever_is_watched_is_not_asked__eg_50_eg_47() -> None:
    story = new_story().follow("F", "far-0").created()
    assert asked(story)[1:] == [(10 * MINUTE, "far-1"), (10 * MINUTE, "far-2")]


def test_only_an_open_group_widens__eg_50() -> None:
    assert asked(new_story().created().closed(5 * MINUTE)) == [(0, "near")]
    assert asked(new_story().reported().audited(approved=False)) == []


def test_an_emergency_widens_from_its_report_on__eg_50() -> None:
    story = new_story(emergency_kinds=frozenset({"accident"})).reported().audited(2 * MINUTE)
    assert asked(story) == [(0, "near"), *WIDENED]


def test_nobody_farther_away_leaves_no_decision__eg_50() -> None:
    story = IncidentStory(event_group_policy(widen=(STEP,))).located("near").created()
    assert "WIDENED" not in story.play_in_order().outcomes_of()


def test_locations_count_as_they_are_then__eg_50_eg_18() -> None:
    story = new_story().located("comes", 9 * KILOMETRE).located("comes", 2.5 * KILOMETRE, at=9 * MINUTE)
    story.located("stale", 2.6 * KILOMETRE, at=-6 * MINUTE)
    assert asked(story.created())[1:] == [(10 * MINUTE, "comes"), (10 * MINUTE, "far-0")]


def test_an_erased_account_is_not_asked__eg_50_c_18() -> None:
    assert (10 * MINUTE, "far-0") not in asked(new_story().created().erased("far-0", MINUTE))


def test_a_policy_without_steps_asks_nobody_farther_away__eg_50() -> None:
    story = IncidentStory(event_group_policy()).located("near").located("far", 3 * KILOMETRE).created()
    assert asked(story) == [(0, "near")]


def test_a_job_that_continues_under_another_first_policy_leaves_out_the_steps_it_has_not__eg_50() -> None:
    store, story = MemoryStore(), new_story().created().located("later", 80.0, at=MINUTE)
    story.events.sort(key=lambda event: event.at_ms)  # type: ignore[attr-defined]
    earlier = Replay(risk_graph(), store, story.policy)
    asked_before = [output for event in story.events for output in earlier.push(event)]
    outputs = list(Replay(risk_graph(), store, event_group_policy()).finish())
    assert asked_before
    assert [record.outcome for _, _, record in outputs if isinstance(record, Decision)] == ["PROMPT_EXPIRED", "CLOSED"]
