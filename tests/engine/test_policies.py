"""When a policy is in force, however it arrives: C-4, C-12, C-19."""

from __future__ import annotations

from jobs.replay import Output, replay
from jobs.risk import risk
from schemas.records import Decision, FriendAdded, MessageSent, PolicyMode, PolicyPublished, Record
from state.memory import MemoryStore

BASE_MS = 1_700_000_000_000
HOURS_MS = 9_000_000


def published(at_ms: int, effective_ms: int) -> PolicyPublished:
    return PolicyPublished(
        event_id="p",
        at_ms=BASE_MS + at_ms,
        version="warns",
        effective_at_ms=BASE_MS + effective_ms,
        mode=PolicyMode.LIVE,
        document="friendship_age: {first_operation: {WARN: {channels: [IN_APP]}}}",
    )


def message(event_id: str, at_ms: int, text: str = "the payment please") -> Record:
    return MessageSent(event_id=event_id, at_ms=BASE_MS + at_ms, sender_id="ann", recipient_id="bob", text=text)


FRIENDS = FriendAdded(event_id="f", at_ms=BASE_MS, account_id="bob", friend_id="ann")


def versions(outputs: list[Output]) -> list[tuple[str, str]]:
    return [(r.cause_event_id, r.policy_version) for _, _, r in outputs if isinstance(r, Decision)]


def test_a_policy_that_comes_late_does_not_change_what_was_decided__c_4() -> None:
    events = [FRIENDS, message("m1", 2_000), message("m2", HOURS_MS), published(1_000, 1_000)]
    assert versions(replay(risk(), events)) == [("m1", "default"), ("m2", "warns")]


def test_a_run_that_stops_before_a_late_policy_decides_like_one_that_does_not__c_12() -> None:
    early = [FRIENDS, message("m1", 2_000), message("harmless", HOURS_MS, "hello")]
    events = [*early, published(1_000, 1_000), message("m2", HOURS_MS + 1)]
    whole = sorted(map(repr, replay(risk(), events)))
    for cut in range(len(events)):
        store = MemoryStore()
        stopped = replay(risk(), events[:cut], store=store, finish=False) + replay(risk(), events[cut:], store=store)
        assert sorted(map(repr, stopped)) == whole


def test_a_policy_in_time_is_in_force_from_its_effect_on_whatever_comes_first__c_19() -> None:
    timed = [message("before", 4_999), message("at", 5_000), message("after", 5_001)]
    for events in ([published(4_500, 5_000), *timed], [*timed, published(4_500, 5_000)]):
        found = versions(replay(risk(), [FRIENDS, *events]))
        assert found == [("before", "default"), ("at", "warns"), ("after", "warns")]
