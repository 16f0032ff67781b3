"""The prefilter of a replay: skipping harmless messages changes no output, order or state."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.replay import session
from jobs.replay.engine import Replay
from jobs.replay.event_files import InputEvent
from jobs.replay.runner import ReplayRequest, replay_files
from jobs.replay.session import prefilter_ahead
from operators.policy.keywords import LISTED_KEYWORDS, Keyword
from operators.policy.strangers import StrangersPolicy
from schemas.jsonl import BadLine, write_file, write_line
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent, PolicyMode, PolicyPublished, Record
from state.stores.memory import MemoryStore
from tests.support.streams import BASE_MS, SECOND_MS, policy, shuffled, stories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.policy.model import Policy

LISTED = tuple(Keyword(text, text) for text in LISTED_KEYWORDS)
"""Keywords that are compiled quickly: policies change in most of the examples."""


def with_few_keywords(usual: Policy) -> Policy:
    """Return a policy without the packs."""
    age, looks, forest = usual.friendship_age, usual.avatar_impersonation, usual.invite_forest
    condition = replace(forest.condition, screen=replace(forest.condition.screen, keywords=LISTED))
    return replace(
        usual,
        friendship_age=replace(age, screen=replace(age.screen, keywords=LISTED)),
        avatar_impersonation=replace(looks, screen=replace(looks.screen, keywords=LISTED)),
        invite_forest=replace(forest, condition=condition),
    )


POLICY = with_few_keywords(policy())
QUIET = replace(POLICY, strangers=StrangersPolicy(enabled=False))
"""The same without a rule that wants to know of harmless messages."""
TEXTS = ("", "how are you?", "嗯，好的", "hello there", "\ud800", "the payment", "4111 1111 1111 1111", "x" * 70_000)
MESSAGES = st.builds(
    lambda number, at_s, group, text: MessageSent(
        event_id=f"chat-{number}" if number else "",
        at_ms=BASE_MS + at_s * SECOND_MS,
        sender_id="ann",
        recipient_id=None if group else "ben",
        group_id="g" if group else None,
        text=text,
    ),
    st.integers(0, 9),
    st.integers(0, 600),
    st.booleans(),
    st.sampled_from(TEXTS),
)
CONCLUSIONS = ("decisions", "commands", "risk-windows", "shadow-decisions")
DOCUMENTS = (
    '{"friendship_age": {"packs": [], "keywords": ["how are you"]}}',
    '{"friendship_age": {"packs": []}, "avatar_impersonation": {"both_directions": true}}',
    '{"friendship_age": {"packs": []}, "invite_forest": {"condition": {"findings": true}}}',
    "{",
)
POLICIES = st.builds(
    lambda at_s, later_s, document, mode: PolicyPublished(
        event_id=f"policy-{at_s}-{document}-{mode}",
        at_ms=BASE_MS + at_s * SECOND_MS,
        version=f"version-{document}",
        effective_at_ms=BASE_MS + (at_s + later_s) * SECOND_MS,
        mode=mode,
        document=DOCUMENTS[document],
    ),
    st.integers(0, 600),
    st.integers(-60, 60),
    st.integers(0, len(DOCUMENTS) - 1),
    st.sampled_from(PolicyMode),
)


@given(stories(), st.lists(MESSAGES, max_size=40), st.lists(POLICIES, max_size=2), st.integers(0, 2**32))
@settings(max_examples=150)
def test_skipping_harmless_messages_changes_nothing(
    events: list[Record], chat: list[Record], policies: list[Record], seed: int
) -> None:
    arriving = shuffled([*events, *chat, *policies], random.Random(seed))
    assert outcome(arriving, ahead=True) == outcome(arriving, ahead=False)


@given(
    events=stories(),
    chat=st.lists(MESSAGES, max_size=40),
    policies=st.lists(POLICIES, max_size=2),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=50)
def test_a_container_file_is_replayed_as_the_same_events_in_lines(
    events: list[Record],
    chat: list[MessageSent],
    policies: list[Record],
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("forms")
    written = [each for each in chat if each.text != "\ud800"]  # which is no text in Avro
    arriving = shuffled([*events, *written, *policies], random.Random(seed))
    told = []
    for name in ("events.jsonl", "events.avro"):
        write_file(directory / name, arriving)
        tallies = replay_files(ReplayRequest((directory / name,), directory / name[7:], POLICY))
        outputs = [(directory / name[7:] / f"{topic}.jsonl").read_bytes() for topic in CONCLUSIONS]
        told.append((tallies, outputs))
    assert told[0] == told[1]


def outcome(events: Sequence[Record], *, ahead: bool) -> tuple[Any, ...]:
    """Return outputs, counters and state of a stream whose policies are unknown before they arrive."""
    run, outputs = Replay(risk_graph(), MemoryStore(), POLICY), []
    arrivals = [InputEvent(0, "", place, b"", event) for place, event in enumerate(events)]
    for arrival, harmless in prefilter_ahead(arrivals, run) if ahead else ((arrival, None) for arrival in arrivals):
        outputs.append(list(run.skip(harmless)) if harmless is not None else list(push(run, arrival)))
    outputs.append(list(run.finish()))
    return outputs, run.counts, run.late, list(run.store.scan(b""))


def push(run: Replay, arrival: InputEvent) -> Iterator[object]:
    assert isinstance(arrival.parsed, Record)
    try:
        yield from run.push(arrival.parsed)
    except Malformed as fault:
        yield fault.reason, fault.message


def test_most_messages_are_skipped_and_bad_lines_are_not() -> None:
    run = Replay(risk_graph(), MemoryStore(), QUIET)
    told = [message(f"m{number}", text) for number, text in enumerate(TEXTS)]
    found = [*told, BadLine(line=1, reason=Reason.UNDECODABLE, message="", raw=b"")]
    passed = [harmless for _, harmless in prefilter_ahead([InputEvent(0, "", 1, b"", each) for each in found], run)]
    assert passed == [*told[:4], None, None, None, None, None]


def test_nothing_is_skipped_between_a_policy_and_its_arrival() -> None:
    run = Replay(risk_graph(), MemoryStore(), QUIET)
    published = PolicyPublished(
        event_id="p", at_ms=BASE_MS, version="p", effective_at_ms=BASE_MS, mode=PolicyMode.LIVE, document=DOCUMENTS[0]
    )
    told = message("m", "how are you?")
    assert run.prefilter([told, published, told]) == [told, None, None]
    assert list(run.push(published)) == []
    assert run.prefilter([told]) == [None]


@pytest.mark.parametrize("limit", ["_MAX_BATCH_EVENTS", "_MAX_BATCH_BYTES"])
def test_batches_are_bounded_in_number_and_bytes(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = message("m", "")
    size = len(write_line(told))
    monkeypatch.setattr(session, limit, 3 if limit == "_MAX_BATCH_EVENTS" else 3 * size)
    read: list[int] = []

    def arrivals() -> Iterator[InputEvent]:
        for line in range(7):
            read.append(line)
            yield InputEvent(0, "", line, write_line(told).encode(), told)

    seen = [len(read) for _ in prefilter_ahead(arrivals(), Replay(risk_graph(), MemoryStore(), POLICY))]
    assert seen == [3, 3, 3, 6, 6, 6, 7]


def message(event_id: str, text: str) -> MessageSent:
    return MessageSent(event_id=event_id, at_ms=BASE_MS, sender_id="ann", recipient_id="ben", text=text)
