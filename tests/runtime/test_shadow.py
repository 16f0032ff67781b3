"""Shadow mode: a policy decides on the live state, without any effect (C-21)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.runtime.shadow import ShadowContext, run_shadows
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook, PublishedPolicy
from schemas.codec import encode
from schemas.records import AnswerVia, Channel, Decision, PolicyMode, Record
from state.catalog.relationship import FRIENDS
from state.entries.relationship import Friendship
from tests.runtime.shadow_host import Context, ShadowHost
from tests.schemas.record_strategies import example
from tests.support.story import DAY, HOUR, MINUTE, SECOND, START_MS, Story, evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

SHADOW = "shadow-decisions"
EARLY = {"mode": PolicyMode.SHADOW, "version": "shade"}


def run(story: Story) -> tuple[list[Decision], list[tuple[str, Record]]]:
    """Return the shadow decisions, and all other outputs."""
    outputs = ShadowHost(story.policy).run(story.events)
    shadow = [record for topic, record in outputs if topic == SHADOW and isinstance(record, Decision)]
    return shadow, [(topic, record) for topic, record in outputs if topic != SHADOW]


def with_shadow(document: str, at: int = -DAY, **fields: object) -> Story:
    return Story().published(at, document, **(EARLY | fields))


def live(outputs: Sequence[tuple[str, Record]]) -> list[Decision]:
    return [record for _, record in outputs if isinstance(record, Decision)]


def test_a_shadow_decides_beside_the_live_policy_under_its_own_name() -> None:
    story = with_shadow("friendship_age: {t1_ms: 30m}").friends_for(HOUR).message()
    (shadow,), outputs = run(story)
    (acting,) = live(outputs)
    assert (shadow.outcome, acting.outcome) == ("MIDDLE", "FIRST_OPERATION")
    assert (shadow.policy_version, acting.policy_version) == ("shade", "default")
    assert shadow.decision_id != acting.decision_id
    assert evidence(shadow)["friendship"]["band"] == "[30m, 30d)"


def test_a_message_that_only_the_shadow_policy_matches_is_decided_in_shadow_mode_only() -> None:
    story = with_shadow("friendship_age: {keywords: [umbrella]}").friends_for(HOUR).message(text="bring the umbrella")
    shadow, outputs = run(story)
    assert [decision.outcome for decision in shadow] == ["FIRST_OPERATION"]
    assert outputs == []


def test_it_is_in_effect_from_its_time_until_a_newer_one_replaces_it__c_19() -> None:
    story = with_shadow("friendship_age: {t1_ms: 30m}", at=0, effective_at_ms=START_MS + MINUTE)
    story.published(0, "friendship_age: {t1_ms: 40m}", **(EARLY | {"version": "s2"}), effective_at_ms=START_MS + HOUR)
    story.friends_for(HOUR).message(MINUTE - 1).message(MINUTE).message(HOUR - 1).message(HOUR)
    assert [decision.policy_version for decision in run(story)[0]] == ["shade", "shade", "s2"]


def test_a_policy_that_goes_live_leaves_shadow_mode() -> None:
    document = "friendship_age: {t1_ms: 30m}"
    story = (
        with_shadow(document).published(MINUTE, document, version="shade").friends_for(HOUR).message(0).message(MINUTE)
    )
    shadow, outputs = run(story)
    assert [decision.at_ms - START_MS for decision in shadow] == [0]
    assert [decision.policy_version for decision in live(outputs)] == ["default", "shade"]


def test_a_policy_that_went_live_stays_out_of_shadow_mode_when_another_replaces_it__c_21() -> None:
    document = "friendship_age: {t1_ms: 30m}"
    story = with_shadow(document).published(MINUTE, document, version="shade")
    story.published(HOUR, "friendship_age: {t1_ms: 40m}", version="v3").friends_for(HOUR)
    shadow, outputs = run(story.message(0).message(MINUTE).message(HOUR))
    assert [decision.at_ms - START_MS for decision in shadow] == [0]
    assert [decision.policy_version for decision in live(outputs)] == ["default", "shade", "v3"]


def test_a_policy_that_was_live_can_go_into_shadow_mode_later__c_21() -> None:
    document = "friendship_age: {t1_ms: 30m}"
    story = Story().published(-DAY, document, version="shade").published(0, "{}", version="v2").friends_for(HOUR)
    shadow, _ = run(story.published(MINUTE, document, **EARLY).message(0).message(MINUTE))
    assert [(decision.at_ms - START_MS, decision.policy_version) for decision in shadow] == [(MINUTE, "shade")]


def test_the_answer_of_a_reviewer_begins_no_shadow_run__rv_13_c_21() -> None:
    host = ShadowHost(Policy())
    [review] = [step for step in host.graph.steps if step.uid == "review"]
    answer = example("ReviewAnswered", subject_id="alice", at_ms=START_MS, upheld=False)
    ctx = Context(host, review.uid, "alice", START_MS)
    assert list(run_shadows(host.graph, review, answer, ctx, [replace(Policy(), version="shade")])) == []


def test_a_shadow_policy_emits_no_commands() -> None:
    harsh = "friendship_age: {first_operation: {BLOCK: {}}, t2_ms: 20d}"
    story = with_shadow(harsh).friends_for(HOUR).message(0).message(SECOND)
    shadow, outputs = run(story)
    assert [decision.actions for decision in shadow] == [("BLOCK",), ("BLOCK",)]
    assert [decision.outcome for decision in live(outputs)] == ["FIRST_OPERATION"] * 2


def test_a_shadow_policy_sets_no_timers() -> None:
    story = with_shadow("friendship_age: {t2_ms: 4d}").friends_for(5 * DAY).message()
    shadow, outputs = run(story)
    assert [decision.outcome for decision in shadow] == ["VERIFY"], "and never UNVERIFIED"
    assert [decision.outcome for decision in live(outputs)] == ["MIDDLE"]


def test_a_shadow_policy_reads_the_live_state__c_21() -> None:
    story = with_shadow("friendship_age: {t1_ms: 30m}").friends_for(100 * DAY).message(0).message(SECOND)
    shadow, outputs = run(story)
    assert [decision.outcome for decision in shadow] == ["VERIFY", "ATTACHED"]
    assert [decision.outcome for decision in live(outputs)] == ["VERIFY", "ATTACHED", "UNVERIFIED"]


def test_an_open_item_ends_once_under_the_version_that_it_began_with__c_19() -> None:
    story = with_shadow("friendship_age: {second_operation: {WARN: {}}}").friends_for(100 * DAY).message()
    story.answered(MINUTE, genuine=False, via=AnswerVia.FIRST_APP)
    shadow, outputs = run(story)
    assert [decision.outcome for decision in shadow] == ["VERIFY"]
    assert [decision.outcome for decision in live(outputs)] == ["VERIFY", "NOT_GENUINE"]


def test_records_of_earlier_steps_are_computed_under_the_shadow_policy_too() -> None:
    """The channel of a verification is chosen at the step of the sender."""
    story = with_shadow("friendship_age: {channel_order: [TEXT]}").friends_for(100 * DAY)
    story.linked("mail", Channel.TEXT, Channel.VIDEO).message()
    (shadow,), outputs = run(story)
    ways = [evidence(decision)["verification"]["channel"] for decision in (shadow, live(outputs)[0])]
    assert ways == ["TEXT", "VIDEO"]


def test_limits_delays_and_log_only_do_not_apply_to_shadow_decisions() -> None:
    held = "limits: {WARN: {at_most: 0, per_ms: 1h}}\nenforcement: {log_only: [EXIT_SESSION], delay_at_most_ms: 1h}"
    (shadow,), outputs = run(with_shadow(held).friends_for(HOUR).message())
    assert shadow.reasons == ("keyword",)
    assert len([topic for topic, _ in outputs if topic == "commands"]) == 2


def test_the_policy_in_force_is_not_also_a_shadow_policy() -> None:
    book = PolicyBook(Policy())
    book.add_shadow(PublishedPolicy(5, 5, "e", Policy()))
    assert book.shadows(9) == ()
    book.add_shadow(PublishedPolicy(7, 7, "f", replace(Policy(), version="s")))
    assert [policy.version for policy in book.policies_at(7)] == ["s", "default"]
    assert [policy.version for policy in book.policies_at(6)] == ["default"]
    assert [policy.version for policy in book.shadows_between(0, 6)] == ["default"]


def test_shadow_writes_are_visible_only_in_the_shadow_context() -> None:
    host = ShadowHost(Policy())
    below = Context(host, "relationship", "bob", 0)
    below[FRIENDS].put("a", Friendship(1, 1))
    below[FRIENDS].put("b", Friendship(2, 2))
    shadow = ShadowContext(below, Policy())
    shadow[FRIENDS].put("c", Friendship(3, 3))
    shadow[FRIENDS].put("b", Friendship(4, 4))
    shadow[FRIENDS].remove("a")
    shadow.set_timer(7)
    assert dict(shadow[FRIENDS].items()) == {"b": Friendship(4, 4), "c": Friendship(3, 3)}
    assert (shadow[FRIENDS].get("a"), shadow[FRIENDS].get("c")) == (None, Friendship(3, 3))
    shadow[FRIENDS].clear()
    assert dict(shadow[FRIENDS].items()) == {}
    assert dict(below[FRIENDS].items()) == {"a": Friendship(1, 1), "b": Friendship(2, 2)}
    assert host.timers == set()


def test_a_shadow_decision_contains_no_text__c_14() -> None:
    story = (
        with_shadow("friendship_age: {keywords: [umbrella]}").friends_for(HOUR).message(text="bring the umbrella, dear")
    )
    (shadow,), _ = run(story)
    assert b"bring" not in encode(shadow)
