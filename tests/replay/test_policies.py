"""When a published policy is in force, in any order of arrival: C-4, C-12, C-19."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Output, Replay, replay
from operators.policy.model import Policy
from schemas.malformed import Malformed
from schemas.records import Decision, FriendAdded, MessageSent, PolicyMode, PolicyPublished, Record
from state.stores.memory import MemoryStore

BASE_MS = 1_700_000_000_000
HOURS_MS = 9_000_000


def published(at_ms: int, effective_ms: int, event_id: str = "p", **fields: object) -> PolicyPublished:
    policy = PolicyPublished(
        event_id=event_id,
        at_ms=BASE_MS + at_ms,
        version="warns",
        effective_at_ms=BASE_MS + effective_ms,
        mode=PolicyMode.LIVE,
        document="friendship_age: {first_operation: {WARN: {channels: [IN_APP]}}}",
    )
    return replace(policy, **fields)  # type: ignore[arg-type]


def message(event_id: str, at_ms: int, text: str = "the payment please") -> Record:
    return MessageSent(event_id=event_id, at_ms=BASE_MS + at_ms, sender_id="ann", recipient_id="bob", text=text)


FRIENDS = FriendAdded(event_id="f", at_ms=BASE_MS, account_id="bob", friend_id="ann")


def versions(outputs: list[Output]) -> list[tuple[str, str]]:
    return [(r.cause_event_id, r.policy_version) for _, _, r in outputs if isinstance(r, Decision)]


def test_a_late_policy_does_not_change_earlier_decisions__c_4() -> None:
    events = [FRIENDS, message("m1", 2_000), message("m2", HOURS_MS), published(1_000, 1_000)]
    assert versions(replay(risk_graph(), events)) == [("m1", "default"), ("m2", "warns")]


def test_a_run_that_stops_before_a_late_policy_decides_like_one_that_does_not__c_12() -> None:
    early = [FRIENDS, message("m1", 2_000), message("harmless", HOURS_MS, "hello")]
    events = [*early, published(1_000, 1_000), message("m2", HOURS_MS + 1)]
    whole = sorted(map(repr, replay(risk_graph(), events)))
    for cut in range(len(events)):
        store = MemoryStore()
        stopped = replay(risk_graph(), events[:cut], store=store, finish=False) + replay(
            risk_graph(), events[cut:], store=store
        )
        assert sorted(map(repr, stopped)) == whole


AROUND = [message(f"{at_ms} {n}", at_ms) for at_ms in (4_999, 5_000, 5_001) for n in range(2)]
IN_FORCE = {"4999": "default", "5000": "warns", "5001": "warns"}


@given(st.permutations([published(4_500, 5_000), *AROUND]))
def test_a_policy_that_arrives_in_time_is_in_force_from_its_effective_time__c_19(events: list[Record]) -> None:
    found = versions(replay(risk_graph(), [FRIENDS, *events]))
    assert sorted(found) == [(event.event_id, IN_FORCE[event.event_id.split()[0]]) for event in AROUND]


@pytest.mark.parametrize(
    "wrong",
    [
        published(1_500, 1_500, "q", version="wrong", document="friendship_age: {t1_ms: -1}"),
        published(1_500, 1_500, "q", document="friendship_age: {enabled: false}"),
        published(1_500, 1_500, "q", version="wrong", document="version: other"),
    ],
    ids=["a wrong value", "a version that is another policy's", "a document that calls itself otherwise"],
)
def test_an_invalid_policy_is_ignored_and_the_one_before_stays_in_force__c_16_c_19(
    wrong: PolicyPublished,
) -> None:
    run = Replay(risk_graph(), MemoryStore(), Policy())
    before = [output for event in (FRIENDS, published(1_000, 1_000)) for output in run.push(event)]
    with pytest.raises(Malformed, match="INVALID_POLICY"):
        list(run.push(wrong))
    after = [*run.push(message("m", 2_000)), *run.finish()]
    assert versions([*before, *after]) == [("m", "warns")]


def test_a_version_that_is_published_again_is_in_force_again__c_19() -> None:
    other = published(2_000, 2_000, "q", version="other", document="{}")
    timed = [message(f"m{at_ms}", at_ms) for at_ms in (1_500, 2_500, 3_500)]
    events = [FRIENDS, published(1_000, 1_000), other, published(3_000, 3_000, "r"), *timed]
    assert versions(replay(risk_graph(), events)) == [("m1500", "warns"), ("m2500", "other"), ("m3500", "warns")]


def test_a_repeated_event_publishes_nothing__c_12() -> None:
    other = published(2_000, 2_000, "q", version="other", document="{}")
    events = [FRIENDS, published(1_000, 1_000), other, published(3_000, 3_000), message("m", 3_500)]
    assert versions(replay(risk_graph(), events)) == [("m", "other")]


def test_a_run_resumes_with_one_version_in_shadow_mode_and_live__c_12_c_21() -> None:
    """Neither publication replaces the other in state."""
    shadow = published(4_000, 4_000, "s", mode=PolicyMode.SHADOW)
    other = published(3_000, 3_000, "q", version="other", document="{}")
    events = [FRIENDS, published(1_000, 1_000), message("m1", 2_000), other, shadow, message("m2", 5_000)]
    whole = sorted(map(repr, replay(risk_graph(), events)))
    for cut in range(len(events)):
        store = MemoryStore()
        stopped = replay(risk_graph(), events[:cut], store=store, finish=False) + replay(
            risk_graph(), events[cut:], store=store
        )
        assert sorted(map(repr, stopped)) == whole
