"""`kithward watch`: decisions and commands as they come, one line each, and only those that are wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from jobs.explain import watching
from jobs.explain.watching import Wanted, Watch
from jobs.kafka import topic_io
from schemas.codec import encode
from schemas.jsonl import write_line
from schemas.records import Record, Warn, WarnChannel
from tests.support.fake_broker import FakeBroker
from tests.support.given import DECISION, NOON, kithward, the_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER = replace(DECISION, decision_id="d2", rule="strangers", outcome="STRANGER", subject_id="carol", other_id="dora")
SHADOW = replace(DECISION, decision_id="d3", policy_version="tried")


def warning(decision_id: str, account_id: str = "bob", about_id: str = "alice") -> Warn:
    return Warn(
        command_id=f"c-{decision_id}",
        decision_id=decision_id,
        at_ms=NOON + 1,
        account_id=account_id,
        about_id=about_id,
        report="",
        channel=WarnChannel.IN_APP,
    )


FIRST_LINES = [
    "2025-03-03 10:00:00  d1  friendship-age MIDDLE: alice, a friend of bob, sent a suspicious message",
    "2025-03-03 10:00:00  d1  -> Warn: warn bob about alice in the application",
]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    played = FakeBroker(monkeypatch)
    records: list[tuple[str, Any]] = [
        ("decisions", DECISION),
        ("decisions", OTHER),
        ("commands", warning("d1")),
        ("commands", warning("d2", "dora", "carol")),
        ("shadow-decisions", SHADOW),
    ]
    for topic, record in records:
        played.add(topic, 0, record.at_ms, encode(record))
    return played


def watched(*arguments: object, limit: int) -> list[str]:
    result = kithward("watch", "--since", NOON, "--limit", limit, *arguments)
    assert (result.exit_code, result.stderr.count("\n")) == (0, 1)
    return result.stdout.splitlines()


@pytest.mark.usefixtures("broker")
def test_each_decision_and_each_command_is_a_line() -> None:
    lines = watched(limit=4)
    assert len(lines) == 4
    assert [line for line in lines if "  d1  " in line] == FIRST_LINES, "a command follows its decision"


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize(
    "wanted", [("--rule", "friendship-age", "verification"), ("--outcome", "MIDDLE"), ("--account", "alice", "zoe")]
)
def test_commands_are_shown_with_the_decisions_that_are_wanted(wanted: tuple[str, ...]) -> None:
    assert watched(*wanted, limit=2) == FIRST_LINES


@pytest.mark.usefixtures("broker")
def test_what_policies_decide_in_the_shadow_is_shown_instead() -> None:
    (line,) = watched("--shadow", limit=1)
    assert "  d3  friendship-age MIDDLE: " in line


@pytest.mark.usefixtures("broker")
def test_json_lines_are_those_of_a_replays_files() -> None:
    first, second = map(json.loads, watched("--rule", "friendship-age", "--json", limit=2))
    assert (first["type"], first["decision_id"], first["outcome"]) == ("Decision", "d1", "MIDDLE")
    assert (second["type"], second["decision_id"], second["account_id"]) == ("Warn", "d1", "bob")


def test_a_record_that_cannot_be_read_is_named_and_passed_over(broker: FakeBroker) -> None:
    broker.add("shadow-decisions", 0, NOON, b"x")
    broker.add("shadow-decisions", 0, NOON, encode(SHADOW))
    result = kithward("watch", "--since", NOON, "--limit", 2, "--shadow")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
    assert "warning: shadow-decisions, partition 0, offset 1: UNDECODABLE" in result.stderr


def test_without_a_time_it_begins_with_what_comes_next(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    polled = []

    def end(*_: object) -> Iterable[object]:
        polled.append(True)
        if len(polled) > 1:
            raise KeyboardInterrupt
        return iter(())

    monkeypatch.setattr(topic_io, "poll", end)
    result = kithward("watch")
    assert (result.exit_code, result.stdout) == (0, ""), "Ctrl-C is the way to end it"
    assert result.stderr == "watching decisions and commands of localhost:9092; Ctrl-C ends it\n"
    assert broker.sent == []


@pytest.mark.usefixtures("broker")
def test_colours_are_for_terminals_and_not_wanted_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    assert any("\x1b[32m" in line for line in watched("--outcome", "MIDDLE", limit=2))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not any("\x1b[3" in line for line in watched("--outcome", "MIDDLE", limit=2))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rule", "friendship_age"), "--rule friendship_age: no decision has it; did you mean friendship-age?"),
        (("--outcome", "MIDLE"), "--outcome MIDLE: no decision has it; did you mean MIDDLE?"),
        (("--rule", "x"), "--rule x: no decision has it; there are avatar-impersonation, "),
        (("--since", "noon"), "--since noon: is not a time"),
    ],
)
def test_a_rule_or_outcome_that_there_is_not_is_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in the_one_line(kithward("watch", *arguments))


class TestWatch:
    """What is wanted of what arrives, in whatever order it comes."""

    def test_a_command_that_is_first_waits_for_its_decision(self) -> None:
        watch = Watch(Wanted(rules=frozenset({"friendship-age"})))
        assert list(watch.accept([warning("d1"), warning("d2")], 0.0)) == []
        assert list(watch.accept([OTHER, DECISION], 1.0)) == [DECISION, warning("d1")]
        assert list(watch.accept([DECISION], 1.0)) == [DECISION], "each is shown once"

    def test_it_waits_a_moment_only(self) -> None:
        watch = Watch(Wanted(outcomes=frozenset({"MIDDLE"})))
        assert list(watch.accept([warning("d1")], 0.0)) == []
        assert list(watch.accept([], 60.0)) == []
        assert list(watch.accept([DECISION], 61.0)) == [DECISION]

    def test_filters_hold_together(self) -> None:
        watch = Watch(Wanted(frozenset({"friendship-age"}), frozenset({"MIDDLE"}), frozenset({"carol"})))
        assert list(watch.accept([DECISION, OTHER, warning("d2", "carol")], 0.0)) == []

    def test_a_command_to_an_account_is_wanted_whoever_the_decision_is_about(self) -> None:
        watch = Watch(Wanted(accounts=frozenset({"admin"})))
        told: list[Record] = [DECISION, warning("d1", "admin"), warning("d1", "bob")]
        assert list(watch.accept(told, 0.0)) == []
        assert list(watch.accept([], 60.0)) == [warning("d1", "admin")]

    def test_a_command_of_an_earlier_decision_is_shown_where_everything_is(self) -> None:
        watch = Watch(Wanted())
        assert list(watch.accept([warning("d0")], 0.0)) == []
        assert list(watch.accept([], 60.0)) == [warning("d0")]

    def test_what_is_remembered_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watching, "REMEMBERED_AT_MOST", 2)
        monkeypatch.setattr(watching, "WAITING_AT_MOST", 2)
        watch = Watch(Wanted(rules=frozenset({"friendship-age"})))
        decisions = [replace(DECISION, decision_id=f"x{number}") for number in range(5)]
        assert list(watch.accept(decisions, 0.0)) == decisions
        assert list(watch.accept([warning("x0"), warning("x4")], 0.0)) == [warning("x4")]
        assert list(watch.accept([warning(f"y{number}") for number in range(5)], 0.0)) == []
        later = [replace(DECISION, decision_id=f"y{number}") for number in (0, 4)]
        assert list(watch.accept(later, 0.0)) == [*later, warning("y4")]


def test_outputs_in_json_are_watched_as_well(broker: FakeBroker) -> None:
    broker.add("decisions", 1, NOON + 9, write_line(replace(OTHER, decision_id="d9")).encode())
    assert [line.split("  ")[1] for line in watched("--rule", "strangers", limit=3)] == ["d2", "d2", "d9"]
